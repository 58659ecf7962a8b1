/** Makes a script that breaks a law shorter while it still breaks the same one. */

import type { Script, Step } from './deeds.ts';
import { type Outcome, type RunOptions, runScript } from './run-script.ts';

export interface Shrunk {
  readonly script: Script;
  readonly outcome: Outcome;
  readonly runs: number;
}

/** Leaves out ever smaller pieces of the script, from half of it down to single steps, and then waiting that is not needed; at most `mostRuns` runs. */
export async function shrink(script: Script, outcome: Outcome, options: RunOptions = {}, mostRuns = 400): Promise<Shrunk> {
  const law = outcome.violation?.law;
  let best: Shrunk = { script: { ...script, steps: script.steps.slice(0, outcome.trace.length + 1) }, outcome, runs: 0 };
  let runs = 0;
  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    if (runs >= mostRuns) return false;
    runs += 1;
    const tried = { ...script, steps };
    const result = await runScript(tried, options);
    if (result.violation?.law !== law) return false;
    best = { script: { ...tried, steps: steps.slice(0, result.trace.length + 1) }, outcome: result, runs };
    return true;
  };

  for (let piece = Math.ceil(best.script.steps.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let start = best.script.steps.length - piece; start > -piece; ) {
      const { steps } = best.script;
      const from = Math.max(0, Math.min(start, steps.length - piece));
      await attempt(withoutPiece(steps, from, piece));
      start = Math.min(start, best.script.steps.length) - piece;
    }
  }
  for (let index = 0; index < best.script.steps.length; index += 1) {
    const { steps } = best.script;
    await attempt(steps.map((step, at) => (at === index ? { ...step, afterMs: 0 } : step)));
  }
  return { ...best, runs };
}

/** What was waited within the piece is waited before what follows it. */
function withoutPiece(steps: readonly Step[], from: number, length: number): readonly Step[] {
  const waitedMs = steps.slice(from, from + length).reduce((sum, { afterMs }) => sum + afterMs, 0);
  const [next, ...rest] = steps.slice(from + length);
  const after = next === undefined ? [] : [{ ...next, afterMs: next.afterMs + waitedMs }, ...rest];
  return [...steps.slice(0, from), ...after];
}
