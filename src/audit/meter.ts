import { type Figures, type MetricDimensions, toMetricLine } from './metrics.ts';
import type { RunCounts } from './run-counts.ts';
import type { Log } from './trail.ts';

/** Attempts, repeated ones too, and how many of them were throttled. */
export interface ApiCalls {
  readonly calls: number;
  readonly throttled: number;
}

/** Writes the metrics of a batch into the log: one line for what a run comes to, and one for each reason to fail or refuse that it had. */
export class Meter {
  readonly #log: Log;
  readonly #owner: string;
  readonly #runId: string;
  readonly #now: () => Date;
  readonly #takeCalls: () => ApiCalls;

  /** @param takeCalls what was asked of EC2 since it was called last */
  constructor(log: Log, owner: string, runId: string, now: () => Date, takeCalls: () => ApiCalls) {
    this.#log = log;
    this.#owner = owner;
    this.#runId = runId;
    this.#now = now;
    this.#takeCalls = takeCalls;
  }

  /** @param sweep of a run over everything */
  write(counts: RunCounts, sweep?: Parameters<RunCounts['figures']>[0]): void {
    this.#total(counts.figures(sweep));
    for (const [Reason, figures] of counts.byReason()) this.#line({ Owner: this.#owner, Reason }, figures);
  }

  writeReadFailure(): void {
    this.#total({ ReadFailures: 1 });
  }

  #total(figures: Figures): void {
    const { calls, throttled } = this.#takeCalls();
    this.#line({ Owner: this.#owner }, { ...figures, Ec2Calls: calls, Ec2CallsThrottled: throttled });
  }

  #line(dimensions: MetricDimensions, figures: Figures): void {
    this.#log('info', toMetricLine(dimensions, figures, this.#runId, this.#now()));
  }
}
