import type { Read } from './facts.ts';

export type Verdict = 'pass' | 'fail' | 'unknown';

/** What one check found of one subject: what was seen, and for what is wrong or not known, what to do. */
export interface Finding {
  readonly verdict: Verdict;
  readonly evidence: string;
  readonly fix?: string;
}

export function pass(evidence: string): Finding {
  return { verdict: 'pass', evidence };
}

export function fail(evidence: string, fix: string): Finding {
  return { verdict: 'fail', evidence, fix };
}

export function unknown(evidence: string, fix: string): Finding {
  return { verdict: 'unknown', evidence, fix };
}

/** The finding about something that could not be read. */
export function unread(what: string, why: string): Finding {
  return unknown(`${what} could not be read: ${why}`, 'allow the caller this call, or look at it by hand');
}

/** Goes on with what was read; what was not read is unknown, never passed. */
export function whenRead<T>(what: string, read: Read<T>, examine: (value: T) => Finding): Finding {
  return 'unread' in read ? unread(what, read.unread) : examine(read.value);
}

/** The worst of several findings: a failure before something unknown, that before a pass; all of them are told where all pass. */
export function worst(findings: readonly Finding[]): Finding | undefined {
  const found = findings.find(({ verdict }) => verdict === 'fail') ?? findings.find(({ verdict }) => verdict === 'unknown');
  if (found !== undefined) return found;
  return findings.length === 0 ? undefined : pass([...new Set(findings.map(({ evidence }) => evidence))].join('; '));
}
