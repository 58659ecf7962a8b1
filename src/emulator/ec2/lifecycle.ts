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

function userReason(account: Account, what: string): Pick<InstanceRecord, 'reason' | 'stateReason'> {
  const time = new Date(account.host.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
  return {
    reason: `User initiated (${time} GMT)`,
    stateReason: { code: `Client.User${what}`, message: `Client.User${what}: User initiated shutdown` },
  };
}

/** For an instance that has just been launched or started. */
export function begin(account: Account, instanceId: string): void {
  enter(account, instanceId, 'pending', { reason: '', stateReason: undefined });
  later(account, instanceId, 'pending', account.options.pendingMs, () => enter(account, instanceId, 'running'));
}

export function stop(account: Account, instanceId: string): void {
  enter(account, instanceId, 'stopping', userReason(account, 'InitiatedShutdown'));
  later(account, instanceId, 'stopping', account.options.stoppingMs, () => enter(account, instanceId, 'stopped'));
}

/**
 * Interfaces are deleted or freed by their `deleteOnTermination` just before `terminated`; tags vanish later, the record
 * last, both without an event.
 */
export function terminate(account: Account, instanceId: string): void {
  const { options, world } = account;
  enter(account, instanceId, 'shutting-down', userReason(account, 'InitiatedShutdown'));
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
