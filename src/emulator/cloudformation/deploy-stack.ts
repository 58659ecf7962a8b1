/** Deploys a compiled template into an emulator, as CloudFormation would create the stack. */
import { basename, join } from 'node:path';
import { AwsError, type Host } from '../core.ts';
import type { Emulator } from '../emulator.ts';
import { MalformedPolicyError } from '../iam/policy-document.ts';
import { identityTypes } from './identity-types.ts';
import { NO_VALUE, resolveValue, type Scope } from './intrinsics.ts';
import { lambdaTypes } from './lambda-types.ts';
import { messagingTypes } from './messaging-types.ts';
import { observabilityTypes } from './observability-types.ts';
import { creationOrder } from './order.ts';
import { resolveParameters } from './parameters.ts';
import { type Platform, platformOf } from './platform.ts';
import type { CreateResource, FunctionCode } from './resource-type.ts';
import { createScope, pseudoParameters } from './scope.ts';
import type { Stack, StackResource, StackStatus } from './stack.ts';
import { checkTemplate, loadTemplate, type Template, TemplateError } from './template.ts';

export type { Stack } from './stack.ts';

export interface DeployOptions {
  readonly stackName: string;
  /** A file, or the parsed template. */
  readonly templatePath?: string;
  readonly template?: unknown;
  /** The folder that holds each function's package under the base name of its `S3Key`. */
  readonly artifactDirectory?: string;
  /** Says where a function's package is, instead. */
  readonly artifact?: (code: FunctionCode) => string;
  readonly parameters?: Readonly<Record<string, string>>;
  /** Added to every function's environment, over what the template says. */
  readonly environment?: Readonly<Record<string, string>>;
}

const TYPES: Readonly<Record<string, CreateResource>> = {
  ...messagingTypes,
  ...identityTypes,
  ...lambdaTypes,
  ...observabilityTypes,
};

type Remove = () => Promise<void> | void;

/**
 * Creates the stack and emits CloudFormation's events of its status. Rejects with TemplateError or AwsError naming the logical id, after
 * removing what was created so far.
 */
export async function deployStack(emulator: Emulator, options: DeployOptions): Promise<Stack> {
  const { stackName } = options;
  if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(stackName)) throw new TemplateError(`${stackName} is no name for a stack`);
  if ((options.templatePath === undefined) === (options.template === undefined))
    throw new TemplateError('Give either templatePath or template');
  const template =
    options.templatePath === undefined ? checkTemplate(options.template) : await loadTemplate(options.templatePath);
  const platform = await platformOf(emulator);
  if (platform.stacks.has(stackName)) throw new AwsError('AlreadyExistsException', `Stack [${stackName}] already exists`);
  const { host } = emulator;
  const id = `arn:${host.partition}:cloudformation:${host.region}:${host.accountId}:stack/${stackName}/${host.newUuid()}`;
  const parameters = resolveParameters(template, options.parameters);
  const resources = new Map<string, StackResource>();
  const removals: Remove[] = [];
  const scope = createScope(template, parameters, pseudoParameters(host, stackName, id), resources);
  const order = creationOrder(template, scope, (name) => name in parameters || name.startsWith('AWS::'));
  for (const logicalId of order) {
    const { Type = '' } = template.Resources[logicalId] ?? {};
    if (TYPES[Type] === undefined) throw new TemplateError(`${logicalId}: resource type ${Type} is not supported`);
  }

  let status: StackStatus = 'CREATE_IN_PROGRESS';
  let outputs: Readonly<Record<string, string>> = {};
  const stack: Stack = {
    name: stackName,
    id,
    createdAt: host.clock.now(),
    get status() {
      return status;
    },
    get outputs() {
      return outputs;
    },
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, String(value)])),
    lambda: platform.lambda,
    resource(logicalId) {
      const found = resources.get(logicalId);
      if (found === undefined) throw new TemplateError(`Stack ${stackName} has no resource ${logicalId}`);
      return found;
    },
    resources: () => [...resources.values()],
    mappings: () => [...resources.values()].flatMap(({ physicalId }) => platform.mappings.get(physicalId) ?? []),
    async remove() {
      if (status !== 'CREATE_COMPLETE') return;
      setStatus('DELETE_IN_PROGRESS');
      await removeAll();
      platform.stacks.delete(stackName);
      setStatus('DELETE_COMPLETE');
    },
  };

  /** The event as documented: event-detail-stack-status-change.html of the CloudFormation user guide. */
  function setStatus(next: StackStatus, reason = ''): void {
    status = next;
    const detail = { 'stack-id': id, 'status-details': { status, 'status-reason': reason }, 'client-request-token': '' };
    host.emit({ source: 'aws.cloudformation', detailType: 'CloudFormation Stack Status Change', resources: [id], detail });
  }

  async function removeAll(): Promise<void> {
    for (let remove = removals.pop(); remove !== undefined; remove = removals.pop()) await remove();
    resources.clear();
  }

  platform.stacks.set(stackName, stack);
  setStatus('CREATE_IN_PROGRESS', 'User Initiated');
  try {
    for (const logicalId of order) {
      const { resource, remove } = await create(logicalId, template, scope, { emulator, platform, options });
      resources.set(logicalId, resource);
      if (remove !== undefined) removals.push(remove);
    }
    outputs = resolveOutputs(template, scope);
  } catch (error) {
    setStatus('ROLLBACK_IN_PROGRESS', error instanceof Error ? error.message : '');
    await removeAll();
    platform.stacks.delete(stackName);
    setStatus('ROLLBACK_COMPLETE');
    throw error;
  }
  setStatus('CREATE_COMPLETE');
  return stack;
}

async function create(
  logicalId: string,
  template: Template,
  scope: Scope,
  place: { readonly emulator: Emulator; readonly platform: Platform; readonly options: DeployOptions },
): Promise<{ readonly resource: StackResource; readonly remove: Remove | undefined }> {
  const { emulator, platform, options } = place;
  const declared = template.Resources[logicalId];
  const createResource = TYPES[declared?.Type ?? ''];
  if (declared === undefined || createResource === undefined) throw new TemplateError(`${logicalId}: cannot be created`);
  const properties = resolveValue(declared.Properties ?? {}, scope, logicalId);
  try {
    const created = await createResource(properties, {
      emulator,
      platform,
      logicalId,
      stackName: options.stackName,
      environment: options.environment ?? {},
      artifactOf: (code) => locateArtifact(options, code, logicalId),
      generateName: (longest = 128) => generateName(emulator.host, options.stackName, logicalId, longest),
    });
    const { physicalId, attributes = {} } = created;
    return {
      resource: { logicalId, type: declared.Type, physicalId, attributes, properties },
      remove: declared.DeletionPolicy?.startsWith('Retain') === true ? undefined : () => created.remove?.(),
    };
  } catch (error) {
    if (error instanceof AwsError) throw new AwsError(error.code, `${logicalId}: ${error.message}`, error.status);
    if (error instanceof MalformedPolicyError) throw new TemplateError(`${logicalId}: ${error.message}`, { cause: error });
    throw error;
  }
}

function locateArtifact({ artifact, artifactDirectory }: DeployOptions, code: FunctionCode, logicalId: string): string {
  if (artifact !== undefined) return artifact(code);
  if (code.S3Key === undefined) throw new TemplateError(`${logicalId}: Code has neither S3Key nor ZipFile`);
  if (artifactDirectory === undefined) throw new TemplateError(`${logicalId}: artifactDirectory is needed to find ${code.S3Key}`);
  return join(artifactDirectory, basename(code.S3Key));
}

function generateName(host: Host, stackName: string, logicalId: string, longest: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  const random = Array.from({ length: 12 }, () => alphabet.charAt(Math.floor(host.random() * alphabet.length))).join('');
  return `${`${stackName}-${logicalId}`.slice(0, longest - 13)}-${random}`;
}

function resolveOutputs(template: Template, scope: Scope): Readonly<Record<string, string>> {
  const resolved = Object.entries(template.Outputs)
    .filter(([, { Condition }]) => Condition === undefined || scope.condition(Condition) === true)
    .map(([name, { Value }]) => [name, resolveValue(Value, scope, `Outputs.${name}`)] as const);
  return Object.fromEntries(resolved.flatMap(([name, value]) => (value === NO_VALUE ? [] : [[name, String(value)]])));
}
