/** The emulated EC2 of one account and Region: query protocol in, XML out. */
import { AwsError, type Caller, type Host, type Service, type ServiceRequest, type ServiceResponse } from '../core.ts';
import type { Account, Call, Operation } from './account.ts';
import { authorization, requireAllowed } from './authorization.ts';
import { type Calls, createCalls } from './calls.ts';
import { createControls, type Ec2Controls } from './controls.ts';
import { createAnnouncer } from './events.ts';
import { createFaults, type Fate } from './faults.ts';
import { createIdempotency } from './idempotency.ts';
import { addStartNetwork, type StartNetwork } from './network.ts';
import { operations } from './operations/index.ts';
import { defaultEc2Options, type Ec2Options } from './options.ts';
import { createPager } from './paging.ts';
import { decodeInput } from './protocol/decode.ts';
import { encodeError, encodeOutput } from './protocol/encode.ts';
import { type Parameters, readForm } from './protocol/form.ts';
import { type OperationShapes, operationShapes } from './protocol/schema.ts';
import type {
  FilterRecord,
  FilterRuleRecord,
  InstanceRecord,
  NetworkInterfaceRecord,
  SessionRecord,
  SubnetRecord,
  TagSet,
  TargetRecord,
} from './records.ts';
import { tagsOf } from './tags.ts';
import { createThrottle } from './throttle.ts';
import { trailRecord } from './trail.ts';
import { createWorld } from './world.ts';

export type { Calls } from './calls.ts';
export type { Ec2Controls } from './controls.ts';
export type { StartNetwork } from './network.ts';
export type { Ec2Options } from './options.ts';
export type {
  FilterRecord,
  FilterRuleRecord,
  InstanceRecord,
  NetworkInterfaceRecord,
  SessionRecord,
  SubnetRecord,
  TagSet,
  TargetRecord,
} from './records.ts';

/** Everything as it is now, whatever describes show; oldest first. */
export interface Ec2World {
  instances(): readonly InstanceRecord[];
  networkInterfaces(): readonly NetworkInterfaceRecord[];
  subnets(): readonly SubnetRecord[];
  sessions(): readonly SessionRecord[];
  targets(): readonly TargetRecord[];
  filters(): readonly FilterRecord[];
  filterRules(): readonly FilterRuleRecord[];
  tags(resourceId: string): TagSet;
}

/** A request that was never put into a form: the input in the shapes of the SDK. */
export interface DirectRequest {
  readonly action: string;
  readonly input: object;
  readonly caller: Caller;
  readonly requestId: string;
}

export interface Ec2 extends Service {
  /**
   * Answers as `handle` does, with the same faults, throttles, authorization and records, but without form and XML: a simulation of millions of calls spends
   * most of its time on those. Rejects with the AwsError that a client would see.
   */
  answer(request: DirectRequest): Promise<object>;
  readonly controls: Ec2Controls;
  readonly world: Ec2World;
  readonly calls: Calls;
  /** The network that exists from the start; undefined when `startNetwork` is off. */
  readonly network: StartNetwork | undefined;
}

/** What became of a request, before it is written down and sent. */
interface Attempt {
  readonly action: string;
  readonly operation?: Operation;
  readonly shapes?: OperationShapes;
  readonly parameters?: Parameters;
  readonly input?: object;
  readonly outcome: { readonly output: object } | { readonly error: AwsError };
}

type Requester = Pick<ServiceRequest, 'caller' | 'requestId'>;

/** What tells one request from another, as its form would: members that are not given have no parameter. */
function parametersOf(input: object): Parameters {
  const given = Object.entries(input).filter(([, value]) => value !== undefined);
  // A list's members are `Filter.1.Name` in a form: the singular and a dot.
  return new Map(
    given.map(([name, value]) =>
      typeof value === 'object' ? [`${name.replace(/s$/, '')}.`, JSON.stringify(value)] : [name, String(value)],
    ),
  );
}

/** An error that is none of AWS's is a mistake of ours: it goes out as one, with its message. */
const toAwsError = (error: unknown): AwsError =>
  error instanceof AwsError
    ? error
    : new AwsError(
        'InternalError',
        `The emulator failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
        500,
      );

function findOperation(action: string): { readonly operation: Operation; readonly shapes: OperationShapes } {
  const operation = operations.get(action);
  const shapes = operationShapes(action);
  if (operation !== undefined && shapes !== undefined) return { operation, shapes };
  const why = shapes === undefined ? 'is not valid for this web service.' : 'is not emulated.';
  throw new AwsError('InvalidAction', `The action ${action} ${why}`);
}

/** Creates the service; its start network is there at once, without events. */
export function createEc2(host: Host, given: Partial<Ec2Options> = {}): Ec2 {
  const options: Ec2Options = { ...defaultEc2Options, ...given };
  const world = createWorld(host, options);
  const account: Account = {
    host,
    options,
    world,
    announce: createAnnouncer(host, options, world),
    pager: createPager(host, options),
  };
  const faults = createFaults();
  const throttle = createThrottle(host.clock, options);
  const idempotency = createIdempotency();
  const calls = createCalls();

  /** Throws where the call is refused. */
  function perform(operation: Operation, input: object, call: Call): object {
    operation.check?.(input, call);
    const questions = operation.authorize?.(input, call) ?? authorization(call, operation.name, []);
    requireAllowed(call, questions);
    if (call.parameters.get('DryRun') === 'true') {
      throw new AwsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
    }
    const tokens = operation.resourceTokens?.(input);
    if (tokens !== undefined) throttle.admitResources(call.caller.accountId, operation.name, tokens);
    return idempotency.perform(operation, input, call);
  }

  function attempt(
    request: Requester,
    action: string,
    parameters: Parameters,
    fate: Fate,
    decode: (shapes: OperationShapes) => object,
  ): Attempt {
    let found: ReturnType<typeof findOperation> | undefined;
    let input: object | undefined;
    try {
      found = findOperation(action);
      throttle.admitRequest(request.caller.accountId, action, found.operation.mutating, parameters);
      if (fate.before !== undefined) throw fate.before;
      input = decode(found.shapes);
      const call: Call = { ...account, caller: request.caller, requestId: request.requestId, parameters };
      return { action, ...found, parameters, input, outcome: { output: perform(found.operation, input, call) } };
    } catch (error) {
      return { action, ...found, parameters, ...(input === undefined ? {} : { input }), outcome: { error: toAwsError(error) } };
    }
  }

  /** Tells CloudTrail what happened, and the log what the client sees: answers the error, if it is one. */
  function record(
    { caller, requestId }: Requester,
    { action, operation, parameters, input, outcome }: Attempt,
    userAgent: string,
    lost: AwsError | undefined,
  ): AwsError | undefined {
    if (operation?.mutating === true && options.cloudTrail)
      account.announce.apiCall(trailRecord(host, { operation, caller, requestId, userAgent, input, outcome }));
    const error = 'error' in outcome ? outcome.error : lost;
    calls.record({
      at: host.clock.now(),
      action,
      callerKind: caller.kind,
      callerArn: caller.arn,
      requestId,
      outcome: error?.code ?? 'ok',
      mutating: operation?.mutating ?? false,
      dryRun: parameters?.get('DryRun') === 'true',
    });
    return error;
  }

  function finish(request: ServiceRequest, done: Attempt, lost: AwsError | undefined): ServiceResponse {
    const { action, outcome, shapes } = done;
    const { requestId } = request;
    let body = '';
    let failure = lost;
    if (shapes !== undefined && 'output' in outcome && lost === undefined) {
      try {
        body = encodeOutput(action, shapes.output, outcome.output, requestId);
      } catch (error) {
        failure = toAwsError(error);
      }
    }
    const error = record(request, done, request.headers['user-agent'] ?? 'unknown', failure);
    const headers = { 'content-type': 'text/xml;charset=UTF-8', 'x-amzn-requestid': requestId };
    if (error === undefined) return { status: 200, headers, body };
    return { status: error.status, headers, body: encodeError(error.code, error.message, requestId) };
  }

  /** What befalls the call, once it has waited for as long as it is made to. */
  async function meet(caller: Caller, action: string, parameters: Parameters): Promise<Fate> {
    const fate = faults.meet(action, parameters, account.pager.pageNumberOf(parameters.get('NextToken')), caller.kind);
    if (fate.delayMs > 0) await new Promise<void>((resolve) => host.clock.after(fate.delayMs, resolve));
    return fate;
  }

  return {
    controls: createControls(account, faults, throttle),
    calls,
    network: options.startNetwork ? addStartNetwork(account) : undefined,
    world: {
      instances: () => world.instances.all(),
      networkInterfaces: () => world.networkInterfaces.all(),
      subnets: () => world.subnets.all(),
      sessions: () => world.sessions.all(),
      targets: () => world.targets.all(),
      filters: () => world.filters.all(),
      filterRules: () => world.filterRules.all(),
      tags: (resourceId) => tagsOf(account, resourceId),
    },
    async handle(request) {
      let form: ReturnType<typeof readForm>;
      try {
        form = readForm(request.method, request.path, request.body);
      } catch (error) {
        return finish(request, { action: '', outcome: { error: toAwsError(error) } }, undefined);
      }
      const { action, parameters } = form;
      const fate = await meet(request.caller, action, parameters);
      const done = attempt(request, action, parameters, fate, ({ input }) => decodeInput(input, parameters));
      return finish(request, done, fate.after);
    },
    async answer(request) {
      const { action, input, caller } = request;
      const parameters = parametersOf(input);
      const fate = await meet(caller, action, parameters);
      const done = attempt(request, action, parameters, fate, () => input);
      const error = record(request, done, 'in-process', fate.after);
      if (error !== undefined) throw error;
      return 'output' in done.outcome ? done.outcome.output : {};
    },
  };
}
