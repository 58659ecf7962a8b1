import type { EniId } from '../model/ids.ts';
import { type Action, isChange } from '../plan/action.ts';
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

  /** Whether an action is about one of these sources: what a plan has to say of them, the next one says anew. */
  areMeant(action: Result['action']): boolean {
    return 'eniId' in action && action.eniId !== undefined && this.#interfaces.has(action.eniId);
  }

  /** Of another plan, what concerns these sources; the rest was done or told by the plan before. */
  onlyTheirs(actions: readonly Action[]): readonly Action[] {
    return actions.filter(
      (action) => this.areMeant(action) || action.kind === 'filter.create' || action.kind === 'target.create',
    );
  }
}

/** What a plan leaves as it is on sources that are to get something, and may have to be planned again without it: it is true only once they have got it. */
export class Unsettled {
  readonly results: Result[] = [];
  readonly #interfaces: ReadonlySet<EniId>;

  constructor(actions: readonly Action[]) {
    this.#interfaces = new Set(actions.flatMap((action) => ('spec' in action ? action.eniId : [])));
  }

  /** Takes a result that may be untrue yet, and answers whether it was one. */
  holds(result: Result): boolean {
    const { action } = result;
    const isHeld = action.kind !== 'instance.tag' && !isChange(action) && 'eniId' in action && this.#has(action.eniId);
    if (isHeld) this.results.push(result);
    return isHeld;
  }

  #has(eniId: EniId | undefined): boolean {
    return eniId !== undefined && this.#interfaces.has(eniId);
  }
}
