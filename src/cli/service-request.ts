import { PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { eventSource } from '../aws/event-bus.ts';
import type { InstanceId } from '../model/ids.ts';
import type { Account } from './account.ts';
import { CliError, inWords } from './cli-error.ts';

/** What a person may ask of a sweep, beyond that it be done. */
export interface SweepWishes {
  readonly allowDeletes?: boolean;
  readonly rebalance?: boolean;
}

/** A request that the bus has taken; records of what it leads to name its id. */
export interface ServiceRequest {
  readonly eventId: string;
  readonly detail: Readonly<Record<string, unknown>>;
}

/** Asks the deployed service, through the event bus, to compare everything. */
export function requestSweep(account: Account, owner: string, { allowDeletes, rebalance }: SweepWishes): Promise<ServiceRequest> {
  return request(account, 'Sweep Requested', {
    owner,
    ...(allowDeletes ? { allowDeletes } : {}),
    ...(rebalance ? { rebalance } : {}),
  });
}

/** Asks the deployed service to look at one instance. */
export function requestReconcile(account: Account, owner: string, instanceId: InstanceId): Promise<ServiceRequest> {
  return request(account, 'Reconcile Requested', { owner, instanceIds: [instanceId] });
}

async function request({ eventBridge }: Account, DetailType: string, detail: ServiceRequest['detail']): Promise<ServiceRequest> {
  const Entries = [{ Source: eventSource, DetailType, Detail: JSON.stringify(detail) }];
  const { Entries: [answer] = [] } = await inWords(
    'The event bus did not take the request',
    eventBridge.send(new PutEventsCommand({ Entries })),
  );
  if (answer?.EventId === undefined) {
    const said =
      answer?.ErrorCode === undefined ? 'it did not answer for it' : `${answer.ErrorCode}: ${answer.ErrorMessage ?? ''}`;
    throw new CliError(`The event bus did not take the request: ${said}`);
  }
  return { eventId: answer.EventId, detail };
}
