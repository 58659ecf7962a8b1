import type {
  InstanceStateChange,
  RebootInstancesRequest,
  StartInstancesRequest,
  StartInstancesResult,
  StopInstancesRequest,
  StopInstancesResult,
  TerminateInstancesRequest,
  TerminateInstancesResult,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { authorization, existing } from '../authorization.ts';
import { checkIds, notFound } from '../ids.ts';
import { begin, stop, terminate } from '../lifecycle.ts';
import type { InstanceRecord, InstanceStateName } from '../records.ts';
import { missing } from '../refusals.ts';
import { renderStateChange } from '../render/instance.ts';

interface Input {
  readonly InstanceIds?: string[] | undefined;
}

function check(input: Input): void {
  if (input.InstanceIds === undefined || input.InstanceIds.length === 0) throw missing('InstanceId');
  checkIds('instance', input.InstanceIds);
}

/** Every instance named, each once; unknown ones refuse the whole call. */
function named(input: Input, call: Call): InstanceRecord[] {
  const ids = [...new Set(input.InstanceIds)];
  const { instances } = call.world;
  const unknown = ids.filter(
    (id) => instances.get(id) === undefined || (call.options.lagOnCommands && instances.seen(id) === undefined),
  );
  if (unknown.length > 0) throw notFound('instance', unknown, call);
  return ids.flatMap((id) => instances.get(id) ?? []);
}

const authorize = (action: string) => (input: Input, call: Call) =>
  authorization(
    call,
    action,
    (input.InstanceIds ?? []).map((id) => existing(call, 'instance', id)),
  );

/** Refuses the whole call when an instance is in none of the states. */
function checkStates(instances: readonly InstanceRecord[], allowed: readonly InstanceStateName[], verb: string): void {
  const wrong = instances.find((instance) => !allowed.includes(instance.state));
  if (wrong !== undefined) {
    throw new AwsError(
      'IncorrectInstanceState',
      `The instance '${wrong.instanceId}' is not in a state from which it can be ${verb} (${wrong.state}).`,
    );
  }
}

/** Changes those in one of the states `from`, leaves the others as they are, and reports before and after. */
function change(
  instances: readonly InstanceRecord[],
  from: readonly InstanceStateName[],
  act: (id: string) => void,
  call: Call,
): InstanceStateChange[] {
  return instances.map(({ instanceId, state }) => {
    if (from.includes(state)) act(instanceId);
    return renderStateChange(instanceId, state, call.world.instances.get(instanceId)?.state ?? state);
  });
}

const resourceTokens = (input: Input): number => input.InstanceIds?.length ?? 0;

export const startInstances = operation<StartInstancesRequest, StartInstancesResult>({
  name: 'StartInstances',
  mutating: true,
  check,
  authorize: authorize('StartInstances'),
  resourceTokens,
  perform(input, call) {
    const instances = named(input, call);
    checkStates(instances, ['stopped', 'pending', 'running'], 'started');
    return {
      StartingInstances: change(
        instances,
        ['stopped'],
        (id) => {
          call.world.instances.patch(id, { launchedAt: call.host.clock.now() });
          begin(call, id);
        },
        call,
      ),
    };
  },
});

export const stopInstances = operation<StopInstancesRequest, StopInstancesResult>({
  name: 'StopInstances',
  mutating: true,
  check,
  authorize: authorize('StopInstances'),
  resourceTokens,
  perform(input, call) {
    const instances = named(input, call);
    checkStates(instances, ['running', 'stopping', 'stopped'], 'stopped');
    const cause = input.Hibernate === true ? 'hibernate' : 'user';
    return { StoppingInstances: change(instances, ['running'], (id) => stop(call, id, cause), call) };
  },
});

/** A reboot makes no event and leaves the state. */
export const rebootInstances = operation<RebootInstancesRequest, object>({
  name: 'RebootInstances',
  mutating: true,
  check,
  authorize: authorize('RebootInstances'),
  perform(input, call) {
    checkStates(named(input, call), ['running', 'pending'], 'rebooted');
    return {};
  },
});

export const terminateInstances = operation<TerminateInstancesRequest, TerminateInstancesResult>({
  name: 'TerminateInstances',
  mutating: true,
  check,
  authorize: authorize('TerminateInstances'),
  resourceTokens,
  perform(input, call) {
    const instances = named(input, call);
    const kept = instances.find((instance) => instance.disableApiTermination);
    if (kept !== undefined) {
      throw new AwsError(
        'OperationNotPermitted',
        `The instance '${kept.instanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    }
    return {
      TerminatingInstances: change(instances, ['pending', 'running', 'stopping', 'stopped'], (id) => terminate(call, id), call),
    };
  },
});
