/**
 * The states of an instance and their events:
 *
 *   RunInstances ─► pending ─► running ─► stopping ─► stopped ─► pending …
 *                      └───────┴────────────┴───────────┴─► shutting-down ─► terminated
 *
 * Source: EC2 User Guide, "Instance lifecycle" and "State change events".
 */
import type { Account } from './account.ts';
import { deleteInterface, freeInterface } from './interfaces.ts';
import type { InstanceRecord, InstanceStateName } from './records.ts';

/** The low byte of `instanceState.code`. */
export const STATE_CODES: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

function enter(account: Account, instanceId: string, state: InstanceStateName, changes: Partial<InstanceRecord> = {}): void {
  account.world.instances.patch(instanceId, { ...changes, state });
  account.announce.stateChange(instanceId, state);
}

/** Runs `next` after the delay unless the instance has left `state` meanwhile. */
function later(account: Account, instanceId: string, state: InstanceStateName, delayMs: number, next: () => void): void {
  account.host.clock.after(delayMs, () => {
    if (account.world.instances.get(instanceId)?.state === state) next();
  });
}

/** Who or what ends the running of an instance: a user's call, its own operating system, or AWS taking a Spot Instance back. */
export type Cause = 'user' | 'hibernate' | 'system' | 'spot-stop' | 'spot-termination';

/** Codes and what they mean: API reference, "StateReason". */
const CAUSES: Readonly<Record<Cause, { readonly who: string; readonly code: string; readonly what: string }>> = {
  user: { who: 'User initiated', code: 'Client.UserInitiatedShutdown', what: 'User initiated shutdown' },
  hibernate: { who: 'User initiated', code: 'Client.UserInitiatedHibernate', what: 'User initiated hibernate' },
  system: { who: '', code: 'Client.InstanceInitiatedShutdown', what: 'Instance initiated shutdown' },
  'spot-stop': { who: 'Server.SpotInstanceShutdown', code: 'Server.SpotInstanceShutdown', what: 'Instance was interrupted' },
  'spot-termination': {
    who: 'Server.SpotInstanceTermination',
    code: 'Server.SpotInstanceTermination',
    what: 'Instance was interrupted',
  },
};

function reasonOf(account: Account, cause: Cause): Pick<InstanceRecord, 'reason' | 'stateReason'> {
  const { who, code, what } = CAUSES[cause];
  const time = new Date(account.host.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
  return { reason: who === '' ? '' : `${who} (${time} GMT)`, stateReason: { code, message: `${code}: ${what}` } };
}

/** For an instance that has just been launched or started. */
export function begin(account: Account, instanceId: string): void {
  enter(account, instanceId, 'pending', { reason: '', stateReason: undefined });
  later(account, instanceId, 'pending', account.options.pendingMs, () => enter(account, instanceId, 'running'));
}

/** A hibernation is a stop for everything outside of the instance. */
export function stop(account: Account, instanceId: string, cause: Cause = 'user'): void {
  enter(account, instanceId, 'stopping', reasonOf(account, cause));
  later(account, instanceId, 'stopping', account.options.stoppingMs, () => enter(account, instanceId, 'stopped'));
}

/**
 * Interfaces are deleted or freed by their `deleteOnTermination` just before `terminated`; tags vanish later, the record
 * last, both without an event.
 */
export function terminate(account: Account, instanceId: string, cause: Cause = 'user'): void {
  const { options, world } = account;
  enter(account, instanceId, 'shutting-down', reasonOf(account, cause));
  later(account, instanceId, 'shutting-down', options.shuttingDownMs, () => {
    for (const eniId of world.instances.get(instanceId)?.networkInterfaceIds ?? []) {
      const attachment = world.networkInterfaces.get(eniId)?.attachment;
      if (attachment?.deleteOnTermination === true) deleteInterface(account, eniId);
      else freeInterface(account, eniId);
    }
    enter(account, instanceId, 'terminated', { networkInterfaceIds: [] });
    account.host.clock.after(options.terminatedTagsMs, () => world.tags.remove(instanceId));
    account.host.clock.after(options.terminatedVisibleMs, () => world.instances.remove(instanceId));
  });
}
