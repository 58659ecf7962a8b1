/** What stacks need beside the emulator's own services: roles, functions, mappings, permissions; made once for each emulator. */
import type { Emulator } from '../emulator.ts';
import type { Deliver } from '../eventbridge/event-bus.ts';
import { serviceIsAllowed } from '../iam/resource-policy.ts';
import { createRoleAuthorizer } from '../iam/role-authorizer.ts';
import { loadServiceFacts } from '../iam/service-facts.ts';
import type { EventSourceMapping } from '../lambda/event-source-mapping.ts';
import { createLambda, type Lambda } from '../lambda/lambda.ts';
import { createLambdaService } from '../lambda/rest-service.ts';
import { createCloudFormationService } from './query-service.ts';
import { createRoles, type Roles } from './roles.ts';
import type { Stack } from './stack.ts';

/** One `AWS::Lambda::Permission`, as a statement of the function's resource policy. */
export interface FunctionPermission {
  readonly functionName: string;
  readonly document: unknown;
}

export interface Platform {
  readonly roles: Roles;
  readonly lambda: Lambda;
  readonly mappings: Map<string, EventSourceMapping>;
  readonly permissions: Set<FunctionPermission>;
  /** By name; deleted stacks are gone. */
  readonly stacks: Map<string, Stack>;
}

/** Services whose condition keys are checked against the Service Authorization Reference. */
const KNOWN_SERVICES = ['ec2', 'sqs', 'events', 'logs', 'lambda', 'sts', 'cloudformation', 'cloudwatch'];
/** Lambda runs an asynchronous invocation again after one and two minutes. */
const ASYNC_RETRY_MS = [60_000, 120_000];

const platforms = new WeakMap<Emulator, Promise<Platform>>();

/** The platform of an emulator: from the first call on its requests are decided by roles, and Lambda and CloudFormation answer. */
export function platformOf(emulator: Emulator): Promise<Platform> {
  const existing = platforms.get(emulator);
  if (existing !== undefined) return existing;
  const made = makePlatform(emulator);
  platforms.set(emulator, made);
  return made;
}

async function makePlatform(emulator: Emulator): Promise<Platform> {
  const { host } = emulator;
  const facts = await loadServiceFacts(KNOWN_SERVICES);
  const roles = createRoles(host);
  const lambda = createLambda(host, {
    logs: emulator.logs,
    endpoint: emulator.endpoint,
    onInvocation: (invocation) => emulator.cloudWatch.reportInvocation(invocation),
    registerSession: (session) => emulator.registerSession(session),
  });
  const platform: Platform = { roles, lambda, mappings: new Map(), permissions: new Set(), stacks: new Map() };
  emulator.setAuthorizer(createRoleAuthorizer({ facts, policiesOf: (roleArn) => roles.policiesOf(roleArn) }));
  emulator.registerService(
    'lambda',
    createLambdaService(host, lambda, () => [...platform.mappings.values()]),
  );
  emulator.registerService('cloudformation', createCloudFormationService(host, platform.stacks), { version: '2010-05-15' });
  emulator.events.registerTarget('lambda', functionTarget(emulator, platform));
  emulator.onStop(async () => {
    const stopping = [...platform.mappings.values()].map((mapping) => mapping.stop());
    // Ending the processes ends the batches that the mappings wait for.
    await lambda.stop();
    await Promise.all(stopping);
  });
  return platform;
}

/** Delivers events to functions that have a permission for the rule; the invocation is asynchronous and tried three times. */
function functionTarget(emulator: Emulator, platform: Platform): Deliver {
  const { host } = emulator;
  async function invoke(arn: string, payload: string, attempt: number): Promise<void> {
    const isDone = await platform.lambda.invoke(arn, payload).then(
      ({ functionError }) => functionError === undefined,
      () => false,
    );
    const retryMs = ASYNC_RETRY_MS[attempt];
    if (!isDone && retryMs !== undefined) host.clock.after(retryMs, () => void invoke(arn, payload, attempt + 1));
  }
  return (target, rule, payload) => {
    const settings = platform.lambda.function(target.arn);
    const refuse = (code: string, message: string) => ({ delivered: false, retryable: false, code, message }) as const;
    if (settings === undefined) return refuse('NO_RESOURCE', `The function ${target.arn} does not exist.`);
    const documents = [...platform.permissions].filter(({ functionName }) => functionName === settings.name);
    const question = {
      service: 'events.amazonaws.com',
      action: 'lambda:InvokeFunction',
      resource: settings.arn,
      context: { 'aws:SourceArn': rule.arn, 'aws:SourceAccount': host.accountId },
    };
    if (
      !serviceIsAllowed(
        documents.map(({ document }) => document),
        question,
      )
    ) {
      return refuse('NO_PERMISSIONS', `${settings.arn} has no permission for ${rule.arn}.`);
    }
    void invoke(settings.arn, payload, 0);
    return { delivered: true };
  };
}
