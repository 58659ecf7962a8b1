/** What ends the running of an instance although nobody called the API. */
import type { Account } from './account.ts';
import type { SpotAction } from './events.ts';
import { stop, terminate } from './lifecycle.ts';
import type { InstanceRecord } from './records.ts';

function runningInstance(account: Account, instanceId: string): InstanceRecord {
  const instance = account.world.instances.get(instanceId);
  if (instance?.state !== 'running') throw new RangeError(`${instanceId} is ${instance?.state ?? 'unknown'}, not running`);
  return instance;
}

/**
 * A Spot interruption: EC2 User Guide, "Spot Instance interruption notices". Whoever stops or terminates the instance within the notice is first.
 *
 * @throws RangeError unless the instance runs
 */
export function interruptSpot(account: Account, instanceId: string, action: SpotAction): void {
  const { availabilityZone } = runningInstance(account, instanceId);
  account.announce.spotWarning(instanceId, availabilityZone, action);
  const interrupt = (): void => {
    if (account.world.instances.get(instanceId)?.state !== 'running') return;
    if (action === 'terminate') terminate(account, instanceId, 'spot-termination');
    else stop(account, instanceId, 'spot-stop');
  };
  if (action === 'hibernate') interrupt();
  else account.host.clock.after(account.options.spotNoticeMs, interrupt);
}

/**
 * `shutdown -h` within the instance: EC2 User Guide, "Change the instance initiated shutdown behavior". Termination protection does not apply.
 *
 * @throws RangeError unless the instance runs
 */
export function shutDownFromInside(account: Account, instanceId: string): void {
  const { shutdownBehavior } = runningInstance(account, instanceId);
  if (shutdownBehavior === 'terminate') terminate(account, instanceId, 'system');
  else stop(account, instanceId, 'system');
}
