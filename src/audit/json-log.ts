import type { Log, LogLevel } from './trail.ts';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * A log of one JSON object a line, for standard output: not through console, which Lambda's JSON format would wrap into a second object.
 *
 * @param least lines below this level are not written; audit records, what goes before them and metrics always are
 */
export function createJsonLog(write: (line: string) => void, now: () => Date, least: LogLevel): Log {
  const threshold = levels.indexOf(least);
  return (level, line) => {
    const isAlways = line.audit !== undefined || line.intent !== undefined || line._aws !== undefined;
    if (levels.indexOf(level) < threshold && !isAlways) return;
    write(`${oneLine({ timestamp: now().toISOString(), level: level.toUpperCase(), ...line })}\n`);
  };
}

/** JSON leaves some control characters and line separators as they are: a terminal obeys them, and some log viewers break lines at them. */
function oneLine(value: Readonly<Record<string, unknown>>): string {
  return JSON.stringify(value).replace(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
