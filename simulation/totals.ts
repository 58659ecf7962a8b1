/** What several runs amount to. */
import type { Outcome } from './run-script.ts';
import type { Totals } from './witness.ts';

export type Sum = Totals & { seeds: number; steps: number; virtualDays: number };

const dayMs = 86_400_000;

export function noTotals(): Sum {
  return {
    seeds: 0,
    steps: 0,
    virtualDays: 0,
    invocations: 0,
    calls: 0,
    changes: 0,
    crashes: 0,
    unrecordedByCrash: 0,
    toldTwice: 0,
    unclear: 0,
  };
}

export function addTotals(sum: Sum, { totals, trace, virtualMs }: Outcome): void {
  sum.seeds += 1;
  sum.steps += trace.length;
  sum.virtualDays = Number((sum.virtualDays + virtualMs / dayMs).toFixed(3));
  for (const name of ['invocations', 'calls', 'changes', 'crashes', 'unrecordedByCrash', 'toldTwice', 'unclear'] as const)
    sum[name] += totals[name];
}
