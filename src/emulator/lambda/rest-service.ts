/** The part of Lambda's REST API that clients of a running emulator use: Invoke, GetFunction, ListFunctions, ListEventSourceMappings. */
import { AwsError, type Host, type Service, type ServiceRequest, type ServiceResponse } from '../core.ts';
import type { EventSourceMapping } from './event-source-mapping.ts';
import type { FunctionSettings } from './function-config.ts';
import type { Lambda } from './lambda.ts';

function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): ServiceResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) };
}

function configurationOf(settings: FunctionSettings) {
  return {
    FunctionName: settings.name,
    FunctionArn: settings.arn,
    Runtime: settings.runtime,
    Role: settings.roleArn,
    Handler: settings.handler,
    Timeout: settings.timeoutSeconds,
    MemorySize: settings.memoryMb,
    Version: '$LATEST',
    State: 'Active',
    PackageType: 'Zip',
    Environment: { Variables: settings.env },
    LoggingConfig: { LogFormat: settings.logFormat, LogGroup: settings.logGroup },
  };
}

function mappingOf({ uuid, config }: EventSourceMapping) {
  return {
    UUID: uuid,
    EventSourceArn: config.queue.arn,
    FunctionArn: config.functionArn,
    BatchSize: config.batchSize ?? 10,
    MaximumBatchingWindowInSeconds: config.maximumBatchingWindowSeconds ?? 0,
    FunctionResponseTypes: config.reportBatchItemFailures === true ? ['ReportBatchItemFailures'] : [],
    State: config.enabled === false ? 'Disabled' : 'Enabled',
  };
}

/** Serves the API; errors are JSON with `x-amzn-errortype`. */
export function createLambdaService(host: Host, lambda: Lambda, mappings: () => readonly EventSourceMapping[]): Service {
  function authorize(request: ServiceRequest, action: string, arn?: string): void {
    const resources = arn === undefined ? [] : [{ type: 'function', arn }];
    const denial = host.authorizer.deny(request.caller, { action: `lambda:${action}`, resources });
    if (denial !== undefined) throw new AwsError('AccessDeniedException', denial, 403);
  }

  function existing(name: string): FunctionSettings {
    const settings = lambda.function(name);
    if (settings === undefined) throw new AwsError('ResourceNotFoundException', `Function not found: ${name}`, 404);
    return settings;
  }

  async function invoke(request: ServiceRequest, name: string): Promise<ServiceResponse> {
    const { arn } = existing(name);
    authorize(request, 'InvokeFunction', arn);
    const payload = request.body === '' ? '{}' : request.body;
    const type = request.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (type === 'DryRun') return { status: 204, headers: {}, body: '' };
    if (type === 'Event') {
      // The caller of an asynchronous invocation learns nothing of its outcome.
      void lambda.invoke(arn, payload).catch(() => undefined);
      return { status: 202, headers: {}, body: '' };
    }
    if (type !== 'RequestResponse') throw new AwsError('InvalidParameterValueException', `Unknown invocation type ${type}`);
    const result = await lambda.invoke(arn, payload);
    return {
      status: 200,
      headers: {
        'content-type': 'application/json',
        'x-amz-executed-version': '$LATEST',
        ...(result.functionError === undefined ? {} : { 'x-amz-function-error': result.functionError }),
        ...(request.headers['x-amz-log-type'] === 'Tail'
          ? { 'x-amz-log-result': Buffer.from(result.logTail).toString('base64') }
          : {}),
      },
      body: result.payload,
    };
  }

  async function route(request: ServiceRequest): Promise<ServiceResponse> {
    const [path = ''] = request.path.split('?');
    const [, , resource, encoded, rest] = path.split('/');
    const name = decodeURIComponent(encoded ?? '');
    if (resource === 'functions' && rest === 'invocations' && request.method === 'POST') return invoke(request, name);
    if (resource === 'functions' && name === '' && request.method === 'GET') {
      authorize(request, 'ListFunctions');
      return json(200, { Functions: lambda.functions().map(configurationOf) });
    }
    if (resource === 'functions' && (rest === undefined || rest === 'configuration') && request.method === 'GET') {
      const settings = existing(name);
      authorize(request, rest === undefined ? 'GetFunction' : 'GetFunctionConfiguration', settings.arn);
      const configuration = configurationOf(settings);
      return json(200, rest === undefined ? { Configuration: configuration, Code: { RepositoryType: 'S3' } } : configuration);
    }
    if (resource === 'event-source-mappings' && request.method === 'GET') {
      authorize(request, 'ListEventSourceMappings');
      return json(200, { EventSourceMappings: mappings().map(mappingOf) });
    }
    throw new AwsError('UnknownOperationException', `${request.method} ${path} is not part of this emulator`, 404);
  }

  return {
    async handle(request) {
      try {
        return await route(request);
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        return json(
          error.status,
          { Type: 'User', message: error.message, Message: error.message },
          { 'x-amzn-errortype': error.code },
        );
      }
    },
  };
}
