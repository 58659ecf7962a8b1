import pc from 'picocolors';

/** Colours on a terminal only, and none where NO_COLOR is set: a continuous integration's log is no terminal. */
export const colors = pc.createColors(process.stdout.isTTY === true && pc.isColorSupported);

/** Columns of the terminal; 100 where the output is none. */
export function columns(): number {
  return process.stdout.columns ?? 100;
}
