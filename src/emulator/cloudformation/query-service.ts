/** The part of the CloudFormation API with which clients find a stack's resources: DescribeStacks, DescribeStackResources, ListStackResources. */
import { AwsError, type Host, type Service, type ServiceRequest } from '../core.ts';
import { type Element, xml } from '../query-protocol.ts';
import type { Stack, StackResource } from './stack.ts';

const NAMESPACE = 'http://cloudformation.amazonaws.com/doc/2010-05-15/';
function describeStack(stack: Stack): Element {
  const pairs = (record: Readonly<Record<string, string>>, key: string, value: string) =>
    Object.entries(record).map(([name, text]) => ({ [key]: name, [value]: text }));
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: new Date(stack.createdAt).toISOString(),
    StackStatus: stack.status,
    DisableRollback: 'false',
    Parameters: pairs(stack.parameters, 'ParameterKey', 'ParameterValue'),
    Outputs: pairs(stack.outputs, 'OutputKey', 'OutputValue'),
  };
}

function describeResource(stack: Stack, resource: StackResource): { readonly [name: string]: string } {
  return {
    LogicalResourceId: resource.logicalId,
    PhysicalResourceId: resource.physicalId,
    ResourceType: resource.type,
    ResourceStatus: 'CREATE_COMPLETE',
    Timestamp: new Date(stack.createdAt).toISOString(),
  };
}

/** Serves the API over the given stacks, which may grow and shrink. */
export function createCloudFormationService(host: Host, stacks: ReadonlyMap<string, Stack>): Service {
  function find(nameOrId: string): Stack {
    const found = stacks.get(nameOrId) ?? [...stacks.values()].find(({ id }) => id === nameOrId);
    if (found === undefined) throw new AwsError('ValidationError', `Stack with id ${nameOrId} does not exist`);
    return found;
  }

  function answer(action: string, parameters: URLSearchParams): Element {
    const name = parameters.get('StackName');
    const named = (): Stack => {
      if (name === null) throw new AwsError('ValidationError', 'StackName is required');
      return find(name);
    };
    switch (action) {
      case 'DescribeStacks':
        return { Stacks: (name === null ? [...stacks.values()] : [find(name)]).map(describeStack) };
      case 'DescribeStackResources': {
        const stack = named();
        const only = parameters.get('LogicalResourceId');
        const resources = stack.resources().filter(({ logicalId }) => only === null || logicalId === only);
        const identity = { StackId: stack.id, StackName: stack.name };
        return { StackResources: resources.map((resource) => ({ ...identity, ...describeResource(stack, resource) })) };
      }
      case 'ListStackResources': {
        const stack = named();
        const summaries = stack.resources().map((resource) => {
          const { Timestamp = '', ...rest } = describeResource(stack, resource);
          return { ...rest, LastUpdatedTimestamp: Timestamp };
        });
        return { StackResourceSummaries: summaries };
      }
      default:
        throw new AwsError('InvalidAction', `Could not find operation ${action} for version 2010-05-15`);
    }
  }

  function authorize(request: ServiceRequest, action: string, name: string | null): void {
    const stack = name === null ? undefined : (stacks.get(name) ?? [...stacks.values()].find(({ id }) => id === name));
    const resources = stack === undefined ? [] : [{ type: 'stack', arn: stack.id }];
    const denial = host.authorizer.deny(request.caller, { action: `cloudformation:${action}`, resources });
    if (denial !== undefined) throw new AwsError('AccessDenied', denial, 403);
  }

  return {
    handle(request) {
      const { requestId } = request;
      const parameters = new URLSearchParams(request.body === '' ? (request.path.split('?')[1] ?? '') : request.body);
      const action = parameters.get('Action') ?? '';
      const headers = { 'content-type': 'text/xml', 'x-amzn-requestid': requestId };
      try {
        authorize(request, action, parameters.get('StackName'));
        const result = xml({ [`${action}Result`]: answer(action, parameters), ResponseMetadata: { RequestId: requestId } });
        return Promise.resolve({
          status: 200,
          headers,
          body: `<${action}Response xmlns="${NAMESPACE}">${result}</${action}Response>`,
        });
      } catch (error) {
        if (!(error instanceof AwsError)) throw error;
        const body = xml({ Error: { Type: 'Sender', Code: error.code, Message: error.message }, RequestId: requestId });
        return Promise.resolve({
          status: error.status,
          headers,
          body: `<ErrorResponse xmlns="${NAMESPACE}">${body}</ErrorResponse>`,
        });
      }
    },
  };
}
