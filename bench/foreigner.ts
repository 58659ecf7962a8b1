/** Somebody else in the account, whose calls come out of the same buckets as ours. */
import { administrator } from './account.ts';
import type { SimulatedService } from './simulated-service.ts';

/** Refills a second of the buckets that we draw on: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html */
const perSecond: Readonly<Record<string, number>> = {
  DescribeInstances: 20,
  DescribeNetworkInterfaces: 20,
  DescribeTrafficMirrorSessions: 20,
  DescribeTrafficMirrorTargets: 20,
  DescribeTrafficMirrorFilters: 20,
  CreateTrafficMirrorSession: 5,
  ModifyTrafficMirrorSession: 5,
  DeleteTrafficMirrorSession: 5,
};

export class Foreigner {
  readonly #service: SimulatedService;
  readonly #share: number;
  readonly #spent = new Map<string, number>();

  /** @param share of each bucket's refill, 0 to 1 */
  constructor(service: SimulatedService, share: number) {
    this.#service = service;
    this.#share = share;
  }

  /** Makes the calls that are due by now: dry runs, which change nothing and cost a token each. */
  spend(passedMs: number): void {
    const hand = administrator(this.#service);
    for (const [action, rate] of Object.entries(perSecond)) {
      const due = Math.floor((passedMs / 1_000) * rate * this.#share);
      for (let spent = this.#spent.get(action) ?? 0; spent < due; spent += 1)
        hand.answer(action, { ...inputOf(action), DryRun: true }).catch(ignore);
      this.#spent.set(action, due);
    }
  }
}

/** Lists with paging and without have buckets of their own. */
function inputOf(action: string): object {
  return action.startsWith('Describe') ? { MaxResults: 1_000 } : {};
}

/** A dry run always ends in an error. */
function ignore(): void {
  // Nobody waits for it.
}
