import type { Decision } from '../../model/decision.ts';
import type { Instance } from '../../model/instance.ts';
import type { CompiledPolicy } from '../../model/policy.ts';
import type { DesiredSession } from '../../model/session.ts';
import { resolve } from '../resolve.ts';
import { parseTime } from '../until.ts';
import type { CaseSource, Expectation } from './case-schema.ts';
import { exampleInstance } from './example-instance.ts';

/** The time of a case that names none: fixed, so that a case does not pass today and fail tomorrow. */
const usualNow = '2026-01-01T00:00:00Z';

/** One way in which a decision differs from what its case expects. */
interface Difference {
  readonly path: string;
  readonly expected: unknown;
  readonly actual: unknown;
}

export interface CaseResult {
  readonly decision: Decision;
  /** Empty where the case passes. */
  readonly differences: readonly Difference[];
}

/** Resolves the instance of a case and compares the decision with the expectation; only what the expectation names is compared. */
export function runCase(source: Omit<CaseSource, 'policy' | 'name'>, policy: CompiledPolicy): CaseResult {
  const instance = exampleInstance(source.instance);
  const now = parseTime(source.facts?.now ?? usualNow) ?? 0;
  const refusedTypes = new Map((source.facts?.refusedTypes ?? []).map((type) => [type.toLowerCase(), 'the case says so']));
  const networkTags = new Map(Object.entries(source.facts?.networkTags ?? {}));
  const decision = resolve(instance, policy, { now, refusedTypes, networkTags });
  return { decision, differences: differences(source.expect, decision, instance) };
}

function differences(expect: Expectation, decision: Decision, instance: Instance): readonly Difference[] {
  const actual = {
    outcome: decision.outcome,
    reason: decision.reason.code,
    rule: decision.rule,
    sessions: decision.sessions.map((session) => sessionView(session, instance)),
    leftOut: decision.leftOut.map((left) => ({
      deviceIndex: deviceIndex(left.eniId, instance),
      outcome: left.outcome,
      reason: left.reason.code,
    })),
  };
  const { detail, notes = [], ...exact } = expect;
  return [
    ...compare('', exact, actual),
    ...(detail === undefined || decision.reason.detail.includes(detail)
      ? []
      : [{ path: 'detail', expected: detail, actual: decision.reason.detail }]),
    ...notes.flatMap((part, index) =>
      decision.notes.some((note) => note.includes(part))
        ? []
        : [{ path: `notes[${index}]`, expected: part, actual: decision.notes }],
    ),
  ];
}

function sessionView(session: DesiredSession, instance: Instance) {
  return {
    deviceIndex: deviceIndex(session.eniId, instance),
    slot: session.slot,
    target: 'pool' in session.target ? session.target.pool : session.target.id,
    filter: 'name' in session.filter ? session.filter.name : session.filter.id,
    packetLength: session.packetLength ?? 'whole',
    sessionNumber: session.sessionNumber,
    vni: session.vni,
    zone: session.zone,
    onlyIfPresent: session.onlyIfPresent,
    name: session.name,
  };
}

function deviceIndex(eniId: string, instance: Instance): number | undefined {
  return instance.networkInterfaces.find((eni) => eni.id === eniId)?.deviceIndex;
}

/** Maps are compared by the keys expected, lists item by item and in length. */
function compare(path: string, expected: unknown, actual: unknown): readonly Difference[] {
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) return [{ path, expected, actual }];
    return expected.flatMap((item, index) => compare(`${path}[${index}]`, item, actual[index]));
  }
  if (typeof expected === 'object' && expected !== null) {
    const found = Object.entries(typeof actual === 'object' && actual !== null ? actual : {});
    return Object.entries(expected).flatMap(([key, value]) =>
      value === undefined ? [] : compare(path === '' ? key : `${path}.${key}`, value, found.find(([name]) => name === key)?.[1]),
    );
  }
  return Object.is(expected, actual) ? [] : [{ path, expected, actual }];
}
