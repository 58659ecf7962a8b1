import type { Log, LogLevel } from './trail.ts';

const levels: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/**
 * A log of one JSON object a line, for standard output: not through console, which Lambda's JSON format would wrap into a second object.
 *
 * @param least lines below this level are not written; audit records always are
 */
export function createJsonLog(write: (line: string) => void, now: () => Date, least: LogLevel): Log {
  const threshold = levels.indexOf(least);
  return (level, line) => {
    if (levels.indexOf(level) < threshold && line.audit === undefined) return;
    write(`${JSON.stringify({ timestamp: now().toISOString(), level: level.toUpperCase(), ...line })}\n`);
  };
}
