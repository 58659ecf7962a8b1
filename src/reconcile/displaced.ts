import type { EniId } from '../model/ids.ts';
import type { Action } from '../plan/action.ts';
import type { Result } from './result.ts';

/** Whether EC2 refused a session because its target has as many sources as it can take. */
export function isTargetFull({ errorCode }: Result): boolean {
  return errorCode !== undefined && /PerTargetLimit/.test(errorCode);
}

/** Whether EC2 refused a session because its interface has as many as it can have. */
export function isInterfaceFull({ errorCode }: Result): boolean {
  return errorCode !== undefined && /PerInterfaceLimit/.test(errorCode);
}

/** Sources that did not get the target or the room that a plan had for them: what they are to have is planned again, so their failures are not told yet. */
export class Displaced {
  readonly results: Result[] = [];
  readonly #interfaces = new Set<EniId>();

  get size(): number {
    return this.#interfaces.size;
  }

  /**
   * Takes a result that another plan may mend, and answers whether it was one.
   *
   * @param failedTargets declared targets that could not be made, by what they stand for
   */
  holds(result: Result, failedTargets: ReadonlySet<string>): boolean {
    const { action, outcome, reason } = result;
    if (outcome !== 'failed' || !('spec' in action)) return false;
    const { target } = action.spec;
    const isUnmade = 'destination' in target && failedTargets.has(target.destination);
    const isAfter = reason.code === 'skipped' && (isUnmade || this.#interfaces.has(action.eniId));
    if (!isTargetFull(result) && !isInterfaceFull(result) && !isAfter) return false;
    this.results.push(result);
    this.#interfaces.add(action.eniId);
    return true;
  }

  /** Of another plan, what concerns these sources; the rest was done or told by the plan before. */
  onlyTheirs(actions: readonly Action[]): readonly Action[] {
    return actions.filter((action) =>
      'eniId' in action
        ? action.eniId !== undefined && this.#interfaces.has(action.eniId)
        : action.kind === 'filter.create' || action.kind === 'target.create',
    );
  }
}
