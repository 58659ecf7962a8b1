import type { Request, Trigger } from '../events/trigger.ts';
import type { InstanceId } from '../model/ids.ts';
import type { Result } from '../reconcile/result.ts';

/** A message that asks for a reconcile. */
export type Asked = Exclude<Request, { kind: 'drop' | 'finding' }>;

/** What the messages of one batch ask for together, and which of their events is to be named for what is done. */
export class BatchTriggers {
  readonly sweep: Trigger | undefined;
  readonly instances: ReadonlySet<InstanceId>;
  readonly allowDeletes: boolean;
  readonly rebalance: boolean;
  readonly isBacklog: boolean;
  /** Whether nothing here tells of a hand on a session. */
  readonly areLaunchesAndTags: boolean;
  readonly #byInstance = new Map<InstanceId, Trigger>();
  readonly #any: Trigger;

  /** @param sweep why everything is to be looked at, if no request asks for it */
  constructor(requests: readonly Asked[], sweep?: Trigger) {
    for (const request of requests) {
      if (request.kind === 'instances') for (const id of request.ids) this.#byInstance.set(id, request.trigger);
    }
    const sweeps = requests.flatMap((request) => (request.kind === 'sweep' ? [request.trigger] : []));
    // A person who asked for it may be waiting for the record that names it.
    this.sweep = sweep ?? sweeps.find(({ what }) => what === 'sweep-requested') ?? sweeps[0];
    this.isBacklog = sweep !== undefined;
    this.areLaunchesAndTags = requests.every(({ trigger }) => trigger.what === 'instance-state' || trigger.what === 'tag-change');
    this.instances = new Set(this.#byInstance.keys());
    this.allowDeletes = requests.some((request) => request.kind === 'sweep' && request.allowDeletes === true);
    this.rebalance = requests.some((request) => request.kind === 'sweep' && request.rebalance === true);
    this.#any = this.sweep ?? requests[0]?.trigger ?? { what: 'unknown' };
  }

  /** The event that named the instance of a result; where none did, the one that asked for everything, or the first. */
  of({ action }: Result): Trigger {
    const instanceId = 'instanceId' in action ? action.instanceId : undefined;
    return (instanceId === undefined ? undefined : this.#byInstance.get(instanceId)) ?? this.#any;
  }
}
