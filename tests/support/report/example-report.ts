/** Reports for tests of the page: as the command would make them, without an account. */
import type { Report, RowState, SessionRow, TargetRow } from '../../../src/report/model.ts';

const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
const hex = (value: number) => value.toString(16).padStart(17, '0');
const of = <T>(list: readonly T[], position: number): T => {
  const found = list[position % list.length];
  if (found === undefined) throw new Error('the list is empty');
  return found;
};

/** A report of so many sessions, spread over three zones and over interface targets of a hundred sources each. */
export function exampleReport(sessions: number, changes: Partial<Report> = {}): Report {
  const targetCount = Math.max(3, Math.ceil(sessions / 270) * 3);
  const targets = Array.from(
    { length: targetCount },
    (_, index): TargetRow => ({
      target: `tmt-${hex(index)}`,
      name: `sensor-${index + 1}`,
      type: 'network-interface',
      zone: of(zones, index),
      pools: ['default'],
      ours: Math.ceil(sessions / targetCount),
      others: index === 0 ? 3 : 0,
      capacity: 100,
      isDead: false,
    }),
  );
  const rows = Array.from({ length: sessions }, (_, index): SessionRow => {
    const state: RowState =
      index % 97 === 5 ? 'to change' : index % 211 === 7 ? 'missing' : index % 499 === 9 ? 'to delete' : 'as wanted';
    return {
      session: state === 'missing' ? '' : `tms-${hex(index)}`,
      state,
      instance: `i-${hex(index)}`,
      name: `${of(['web', 'api', 'db', 'cache'], index)}-${String(index).padStart(5, '0')}`,
      zone: of(zones, index),
      eni: `eni-${hex(index)}`,
      // A tenth goes across zones.
      target: of(targets, index % 10 === 0 ? index + 1 : index).target,
      filter: `tmf-${hex(index % 2)}`,
      number: 10,
      packetLength: index % 3 === 0 ? 256 : null,
      rule: of(['opt-in', 'dmz'], index % 5 === 0 ? 1 : 0),
    };
  });
  const existing = rows.filter(({ session }) => session !== '').length;
  return {
    report: 1,
    time: '2026-11-25T22:00:00.000Z',
    owner: 'automirror-prod',
    accountId: '111122223333',
    region: 'eu-west-1',
    policyHash: '0123456789abcdef',
    coverage: {
      instances: sessions + 412,
      mirrored: existing,
      incomplete: sessions - existing,
      refused: 12,
      leftAlone: { 'no-rule-matched': 390, 'never-mirrored': 10 },
      sessions: existing,
      foreignSessions: 3,
    },
    cost: { currency: 'USD', pricePerHour: 0.015, perHour: existing * 0.015, perMonth: existing * 0.015 * 730 },
    quota: { used: existing + 3, sessionsPerAccount: 10_000, maxSessions: 9_000 },
    rows,
    targets,
    refusals: Array.from({ length: 12 }, (_, index) => ({
      instance: `i-${hex(90_000 + index)}`,
      name: `old-${index}`,
      eni: '',
      code: 'instance-type-unsupported',
      detail: 't2.micro was never supported as a source (table of 2026-09-26)',
      fix: 'change the instance to a supported type, such as m5, c5, r5 or t3',
    })),
    drift: rows.flatMap(({ state, session, instance, eni }) =>
      state === 'to change'
        ? [
            {
              change: 'modify session',
              what: session,
              instance,
              code: 'drift',
              detail: 'somebody changed the session by hand: sessionNumber',
              fields: ['sessionNumber: 7 -> 10'],
            },
          ]
        : state === 'missing'
          ? [
              {
                change: 'create session',
                what: eni,
                instance,
                code: 'session-missing',
                detail: 'rule "opt-in" wants a session in slot 0',
                fields: [],
              },
            ]
          : [],
    ),
    trail: {
      entries: Array.from({ length: Math.min(sessions, 20) }, (_, index) => ({
        time: `2026-11-25T21:${String(59 - index).padStart(2, '0')}:12.000Z`,
        action: index % 4 === 3 ? 'session.delete' : 'session.create',
        outcome: 'done',
        reason: index % 4 === 3 ? 'opted-out' : 'session-missing',
        detail: index % 4 === 3 ? 'the tag mirror says no' : 'rule "opt-in" wants a session in slot 0',
        instanceId: `i-${hex(index)}`,
        sessionId: `tms-${hex(index)}`,
        trigger: 'tag-change',
      })),
    },
    ...changes,
  };
}
