/** The log of every request that reached the emulated EC2, for counting. */
import type { Caller } from '../core.ts';

export interface RecordedCall {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly action: string;
  readonly callerKind: Caller['kind'];
  readonly callerArn: string;
  readonly requestId: string;
  /** `ok`, or the error code that the client saw. */
  readonly outcome: string;
  readonly mutating: boolean;
  readonly dryRun: boolean;
}

/** Every field given must be equal. */
export type CallSelector = Partial<Pick<RecordedCall, 'action' | 'callerKind' | 'outcome' | 'mutating' | 'dryRun'>>;

export interface Calls {
  list(selector?: CallSelector): readonly RecordedCall[];
  count(selector?: CallSelector): number;
  byAction(selector?: CallSelector): Readonly<Record<string, number>>;
  reset(): void;
  record(call: RecordedCall): void;
}

/** Beyond this many the oldest are dropped from the list and the counts. */
const CALLS_KEPT = 200_000;

export function createCalls(): Calls {
  let recorded: RecordedCall[] = [];
  const select = (selector: CallSelector = {}): RecordedCall[] =>
    recorded.filter(
      (call) =>
        (selector.action === undefined || call.action === selector.action) &&
        (selector.callerKind === undefined || call.callerKind === selector.callerKind) &&
        (selector.outcome === undefined || call.outcome === selector.outcome) &&
        (selector.mutating === undefined || call.mutating === selector.mutating) &&
        (selector.dryRun === undefined || call.dryRun === selector.dryRun),
    );
  return {
    list: select,
    count: (selector) => select(selector).length,
    byAction(selector) {
      const counts: Record<string, number> = {};
      for (const { action } of select(selector)) counts[action] = (counts[action] ?? 0) + 1;
      return counts;
    },
    reset: () => {
      recorded = [];
    },
    record(call) {
      recorded.push(call);
      if (recorded.length > CALLS_KEPT) recorded = recorded.slice(CALLS_KEPT / 10);
    },
  };
}
