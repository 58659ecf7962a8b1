/** A function's configuration, checked as Lambda checks it, and the environment variables its processes see. */
import { z } from 'zod';
import { AwsError, type Host } from '../core.ts';
import type { CodeSource } from './code-package.ts';

export interface FunctionConfig {
  readonly name: string;
  /** `folder/file.export` */
  readonly handler: string;
  readonly code: CodeSource;
  readonly env?: Readonly<Record<string, string>>;
  /** 1-900, default 3. */
  readonly timeoutSeconds?: number;
  /** 128-10,240, default 128. */
  readonly memoryMb?: number;
  readonly roleArn: string;
  /** Default `/aws/lambda/NAME`. */
  readonly logGroup?: string;
  readonly logFormat?: 'Text' | 'JSON';
  /** Lowest level of JSON application logs, default INFO. */
  readonly applicationLogLevel?: string;
  /** Lowest level of JSON system logs, default INFO. */
  readonly systemLogLevel?: string;
  readonly reservedConcurrency?: number;
  readonly runtime?: string;
}

/** A checked configuration with every default filled in. */
export interface FunctionSettings extends FunctionConfig {
  readonly arn: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  readonly logGroup: string;
  readonly logFormat: 'Text' | 'JSON';
  readonly applicationLogLevel: string;
  readonly systemLogLevel: string;
  readonly runtime: string;
}

const RESERVED_VARIABLES =
  /^(_HANDLER|_X_AMZN_TRACE_ID|AWS_DEFAULT_REGION|AWS_REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_.*|AWS_ACCESS_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|LAMBDA_TASK_ROOT|LAMBDA_RUNTIME_DIR)$/;
/** All variables together may have 4 KB. */
const LARGEST_ENVIRONMENT_BYTES = 4096;
/** The runtimes whose processes this emulator starts; all run on the Node.js it finds. */
const RUNTIMES = ['nodejs22.x', 'nodejs24.x', 'nodejs26.x'];
const APPLICATION_LEVELS = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

const shape = z.object({
  name: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  handler: z.string().min(1).max(128).regex(/^\S+$/),
  roleArn: z.string().regex(/^arn:[^:]+:iam::\d{12}:role\/.+$/),
  timeoutSeconds: z.int().min(1).max(900),
  memoryMb: z.int().min(128).max(10_240),
  logGroup: z.string().regex(/^[.\-_/#A-Za-z0-9]{1,512}$/),
  logFormat: z.enum(['Text', 'JSON']),
  applicationLogLevel: z.enum(APPLICATION_LEVELS),
  systemLogLevel: z.enum(['DEBUG', 'INFO', 'WARN']),
  reservedConcurrency: z.int().min(0).max(900).optional(),
  runtime: z.enum(RUNTIMES),
});

/** Fills in defaults; throws AwsError `InvalidParameterValueException` for what Lambda would refuse. */
export function checkFunction(host: Host, config: FunctionConfig): FunctionSettings {
  const settings: FunctionSettings = {
    ...config,
    arn: `arn:${host.partition}:lambda:${host.region}:${host.accountId}:function:${config.name}`,
    env: config.env ?? {},
    timeoutSeconds: config.timeoutSeconds ?? 3,
    memoryMb: config.memoryMb ?? 128,
    logGroup: config.logGroup ?? `/aws/lambda/${config.name}`,
    logFormat: config.logFormat ?? 'Text',
    applicationLogLevel: config.applicationLogLevel ?? 'INFO',
    systemLogLevel: config.systemLogLevel ?? 'INFO',
    runtime: config.runtime ?? 'nodejs24.x',
  };
  const refuse = (message: string): never => {
    throw new AwsError('InvalidParameterValueException', message);
  };
  const { error } = shape.safeParse(settings);
  const issue = error?.issues[0];
  if (issue !== undefined) refuse(`Function ${config.name}: ${issue.path.join('.')}: ${issue.message}`);
  for (const name of Object.keys(settings.env)) {
    if (!/^[A-Za-z][A-Za-z0-9_]+$/.test(name)) refuse(`Function ${config.name}: ${name} is no name of an environment variable`);
    if (RESERVED_VARIABLES.test(name)) refuse(`Function ${config.name}: environment variable ${name} is reserved by Lambda`);
  }
  const size = Object.entries(settings.env).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + Buffer.byteLength(value),
    0,
  );
  if (size > LARGEST_ENVIRONMENT_BYTES)
    refuse(`Function ${config.name}: environment variables have ${size} bytes, at most 4096 are allowed`);
  return settings;
}

export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
}

/**
 * The environment variables Lambda defines, the function's own, and the two that point an SDK at the emulator.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export function environmentOf(
  host: Host,
  settings: FunctionSettings,
  place: {
    readonly taskRoot: string;
    readonly logStream: string;
    readonly endpoint: string;
    readonly credentials: RoleCredentials;
  },
): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: place.endpoint,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    TZ: 'UTC',
    LANG: 'en_US.UTF-8',
    PATH: '/usr/local/bin:/usr/bin:/bin',
    ...settings.env,
    _HANDLER: settings.handler,
    AWS_REGION: host.region,
    AWS_DEFAULT_REGION: host.region,
    AWS_EXECUTION_ENV: `AWS_Lambda_${settings.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: settings.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: settings.logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: place.logStream,
    AWS_LAMBDA_LOG_FORMAT: settings.logFormat,
    ...(settings.logFormat === 'JSON' ? { AWS_LAMBDA_LOG_LEVEL: settings.applicationLogLevel } : {}),
    AWS_ACCESS_KEY_ID: place.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: place.credentials.secretAccessKey,
    AWS_SESSION_TOKEN: place.credentials.sessionToken,
    LAMBDA_TASK_ROOT: place.taskRoot,
  };
}
