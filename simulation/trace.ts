/** A run as text for people. */

import type { Script } from './deeds.ts';
import type { Outcome } from './run-script.ts';

/** The law that was broken, and the steps that led there, each with its time and what came of it. */
export function formatTrace({ seed, conditions }: Script, { violation, trace, virtualMs }: Outcome): string {
  const steps = trace.map(({ atMs, step, came }, index) => {
    const { do: name, afterMs: _afterMs, ...details } = step;
    const told = Object.entries(details).map(
      ([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(shortened(value))}`,
    );
    return `  ${String(index + 1).padStart(3)}. ${timeOf(atMs)}  ${name}${told.length > 0 ? ` (${told.join(', ')})` : ''}${came === '' ? '' : ` -> ${came}`}`;
  });
  const end =
    violation === undefined
      ? `all well after ${timeOf(virtualMs)}`
      : `${timeOf(violation.atMs)}  broken: ${violation.law}, ${violation.owner}: ${violation.detail}`;
  return [`seed ${seed}, ${JSON.stringify(conditions)}`, ...steps, `       ${end}`].join('\n');
}

function timeOf(ms: number): string {
  const [minutes, seconds] = [Math.floor(ms / 60_000), (ms % 60_000) / 1_000];
  return `${String(minutes).padStart(3, '0')}:${seconds.toFixed(3).padStart(6, '0')}`;
}

function shortened(value: unknown): unknown {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toFixed(3)) : value;
}
