import type { InstanceId, TargetId } from '../model/ids.ts';
import type { Tags } from '../model/tags.ts';
import type { LeaveSource, RefuseTarget, ReportShadow } from '../plan/action.ts';
import { destinationText } from '../plan/spec.ts';
import { Backlog, Coverage } from './coverage.ts';
import { RecentWrites } from './recent-writes.ts';

const hourMs = 3_600_000;

/**
 * What one execution environment remembers from run to run. It saves calls and noise; nothing depends on it being there.
 */
export class Memory {
  readonly writes = new RecentWrites();
  readonly coverage = new Coverage();
  readonly backlog = new Backlog();
  /** Tags that a finding has set on an instance, and until when (epoch milliseconds) EC2's lists may not show them. */
  readonly tagged = new Map<InstanceId, { readonly tags: Tags; readonly unseenUntil: number }>();
  /** How many interfaces the account had when a sweep listed them all. */
  interfacesInAccount: number | undefined;
  readonly #refusedTypes = new Map<string, number>();
  readonly #failed = new Map<InstanceId, number>();
  readonly #fullTargets = new Map<TargetId, number>();
  readonly #failedTargets = new Map<string, number>();
  readonly #reported = new Map<string, number>();
  #changes = 0;

  /** Instance types that EC2 refused as sources within the last hour; after that EC2 is asked again, for AWS adds types now and then. */
  refusedTypes(now: number): ReadonlyMap<string, number> {
    forget(this.#refusedTypes, now - hourMs);
    return this.#refusedTypes;
  }

  refuseType(type: string, now: number): void {
    this.#refusedTypes.set(type.toLowerCase(), now);
  }

  /** Instances with a failed change within ten minutes: they go last, so that they hold nobody up. */
  failedLately(now: number): ReadonlySet<InstanceId> {
    forget(this.#failed, now - hourMs / 6);
    return new Set(this.#failed.keys());
  }

  failed(instanceId: InstanceId, now: number): void {
    this.#failed.set(instanceId, now);
  }

  succeeded(instanceId: InstanceId): void {
    this.#failed.delete(instanceId);
  }

  /** Targets that EC2 called full within ten minutes: of a target that another account shares, only that one sees all sessions. */
  fullTargets(now: number): ReadonlySet<TargetId> {
    forget(this.#fullTargets, now - hourMs / 6);
    return new Set(this.#fullTargets.keys());
  }

  filled(targetId: TargetId, now: number): void {
    this.#fullTargets.set(targetId, now);
  }

  /** Declared targets, by what they stand for, that EC2 did not let us make within ten minutes: sources go elsewhere meanwhile. */
  failedTargets(now: number): ReadonlySet<string> {
    forget(this.#failedTargets, now - hourMs / 6);
    return new Set(this.#failedTargets.keys());
  }

  targetFailed(destination: string, now: number): void {
    this.#failedTargets.set(destination, now);
  }

  /** To be told of each session that has left a target. */
  freed(targetId: TargetId): void {
    this.#fullTargets.delete(targetId);
  }

  /** Whether a sweep should record this refusal or report: once an hour is enough for what does not change. */
  isNews(refusal: LeaveSource | RefuseTarget | ReportShadow, now: number): boolean {
    forget(this.#reported, now - hourMs);
    const { code, detail } = refusal.reason;
    const subject =
      refusal.kind === 'target.refuse'
        ? [destinationText(refusal.destination)]
        : [refusal.instanceId ?? '', refusal.eniId ?? '', refusal.slot ?? ''];
    const key = [...subject, code, detail].join('|');
    if (this.#reported.has(key)) return false;
    this.#reported.set(key, now);
    return true;
  }

  /** To be told of each thing that was made or deleted. */
  changed(): void {
    this.#changes += 1;
  }

  /**
   * Salt of client tokens: equal for a while, so that a create whose answer was lost is the same request to EC2 when it is tried again, and new after
   * each thing made or deleted, so that one made again (because somebody deleted or changed it by hand) is not answered with the old one.
   */
  tokenSalt(now: number): string {
    return `${Math.floor(now / 60_000)}.${this.#changes}`;
  }
}

function forget<K>(map: Map<K, number>, before: number): void {
  for (const [key, at] of map) {
    if (at < before) map.delete(key);
  }
}
