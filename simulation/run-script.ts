/** Plays a script to its end, lets all become quiet, and tells which law was broken first. */
import { SimulatedAccount } from './account.ts';
import type { Script, Step } from './deeds.ts';
import { differences } from './quiet-check.ts';
import type { Totals, Violation } from './witness.ts';

export interface Outcome {
  readonly violation: Violation | undefined;
  /** Each step that was taken: when, what, and what came of it. */
  readonly trace: readonly Taken[];
  readonly totals: Totals;
  readonly virtualMs: number;
}

export interface Taken {
  /** Since the beginning. */
  readonly atMs: number;
  readonly step: Step;
  readonly came: string;
}

export interface RunOptions {
  /** The wire's own protocol. */
  readonly isOnWire?: boolean;
  /** Every line of the function's log. */
  readonly onLine?: (atMs: number, owner: string, line: Readonly<Record<string, unknown>>) => void;
}

/** A batch that failed comes back after six minutes; EC2 may be called full for ten. */
const quietMs = 19 * 60_000;
const sweepMs = 90_000;
/** Long enough for a sweep that has nothing to change. */
const momentMs = 30_000;

export async function runScript(
  { seed, conditions, steps }: Script,
  { isOnWire = false, onLine }: RunOptions = {},
): Promise<Outcome> {
  const account = await SimulatedAccount.create(seed, conditions, isOnWire);
  const { clock, history, witness } = account;
  const begin = clock.now();
  if (onLine !== undefined) account.onLine = (owner, line) => onLine(clock.now() - begin, owner, line);
  const trace: Taken[] = [];
  const onRejection = (reason: unknown) =>
    witness.violated('rejection', '', reason instanceof Error ? (reason.stack ?? reason.message) : String(reason));
  process.on('unhandledRejection', onRejection);
  const isBroken = () => witness.violations.length > 0;
  try {
    for (const step of steps) {
      await clock.advance(step.afterMs);
      if (isBroken()) break;
      history.look();
      const atMs = clock.now() - begin;
      const came = await account.carryOut(step);
      trace.push({ atMs, step, came });
      history.look();
    }
    if (!isBroken()) await becomeQuiet(account);
    return { violation: witness.violations[0], trace, totals: witness.totals, virtualMs: clock.now() - begin };
  } finally {
    process.off('unhandledRejection', onRejection);
    await account.stop();
  }
}

/** Fair weather, time for what was under way and for two sweeps by the schedule; then one that is asked for, by somebody who has looked if a gate wants that. */
async function becomeQuiet(account: SimulatedAccount): Promise<void> {
  const { clock, emulator, history, witness } = account;
  account.calm();
  await clock.advance(quietMs);
  history.look();
  account.blocked.clear();
  account.askForSweeps(false);
  await clock.advance(sweepMs);
  if (account.blocked.size > 0) {
    account.askForSweeps(true);
    await clock.advance(sweepMs);
  }
  if (witness.violations.length > 0) return;
  // The schedule may have struck at this very moment.
  if (account.waiting() > 0) await clock.advance(momentMs);
  if (account.waiting() > 0) witness.violated('restless', '', `${account.waiting()} messages still wait`);
  const now = clock.now();
  for (const { owner, policy } of account.stacks) {
    const found = differences(emulator.ec2.world, { owner, policy: policy.plain, accountId: emulator.host.accountId, now });
    const unaccounted = witness.unaccounted(owner);
    if (unaccounted.length > 0) witness.violated('audit', owner, `the trail and EC2 differ:\n    ${unaccounted.join('\n    ')}`);
    if (found.length > 0) witness.violated('unequal', owner, `under the policy "${policy.name}":\n    ${found.join('\n    ')}`);
  }
  const changes = witness.totals.changes;
  account.askForSweeps(false);
  await clock.advance(sweepMs);
  if (witness.totals.changes > changes)
    witness.violated('restless', '', `a sweep of what is as it should be made ${witness.totals.changes - changes} changes`);
}
