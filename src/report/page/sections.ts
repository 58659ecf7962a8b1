import type { Report, TargetRow } from '../model.ts';
import { count, h, plural, table } from './dom.ts';
import type { Filter } from './filter.ts';

/** Longer tables are cut: a page of thousands of rows helps nobody. */
const rowsShown = 200;
const inJson = 'automirror report --json has them all';

export function figures({ coverage, cost, quota, refusals, drift }: Report): HTMLElement {
  const wanted = coverage.mirrored + coverage.incomplete + coverage.refused;
  const share =
    wanted === 0
      ? ''
      : `${Math.floor((coverage.mirrored / wanted) * 100)}% of ${plural(wanted, 'instance')} that the policy selects`;
  return h(
    'dl',
    { class: 'figures' },
    figure('Mirrored instances', count(coverage.mirrored), share),
    figure('Sessions', count(coverage.sessions), `and ${count(coverage.foreignSessions)} of others`),
    figure(
      'Cost of a month',
      money(cost.perMonth),
      `${money(cost.perHour, 3)} an hour, at USD ${cost.pricePerHour} a session-hour`,
    ),
    figure('Refused', count(coverage.refused), refusals.length === 0 ? 'and nothing to warn of' : 'see below what to do'),
    figure(
      'Drift',
      count(drift.length),
      drift.length === 0 ? 'all is as the policy wants it' : 'changes that the next sweep makes',
    ),
    figure(
      'Quota',
      `${count(quota.used)} of ${count(quota.sessionsPerAccount)}`,
      `sessions of the account; the policy's limit is ${count(quota.maxSessions)}`,
    ),
  );
}

function figure(title: string, value: string, note: string): HTMLElement {
  return h('div', {}, h('dt', {}, title), h('dd', {}, h('strong', {}, value), h('span', {}, note)));
}

function money(usd: number, decimals = 2): string {
  const digits = usd >= 1_000 ? 0 : decimals;
  return usd.toLocaleString('en-US', {
    style: 'currency',
    currency: 'USD',
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

export function coverageTable({ coverage }: Report): HTMLElement {
  const leftAlone = Object.entries(coverage.leftAlone).sort(([, a], [, b]) => b - a);
  const rows: readonly (readonly [string, number])[] = [
    ['mirrored, as the policy wants', coverage.mirrored],
    ['selected, with sessions missing', coverage.incomplete],
    ['selected, but refused', coverage.refused],
    ...leftAlone.map(([code, instances]) => [`left alone: ${code}`, instances] as const),
  ];
  return table(
    `All ${plural(coverage.instances, 'instance')} of the account`,
    [
      { title: 'Instances that are', cell: ([title]) => title },
      { title: 'Count', cell: ([, instances]) => count(instances), isNumber: true },
    ],
    rows,
  );
}

export function refusalTable({ refusals }: Report): HTMLElement {
  if (refusals.length === 0) return h('p', {}, 'No source that the policy selects is refused, and there is nothing to warn of.');
  return shortened(refusals, inJson, (rows) =>
    table(
      `${plural(refusals.length, 'refusal or warning', 'refusals and warnings')}`,
      [
        { title: 'Instance', cell: ({ instance, name }) => (name === '' ? instance || '(none)' : `${name} (${instance})`) },
        { title: 'Interface or target', cell: ({ eni }) => eni || 'all' },
        { title: 'Reason', cell: ({ code }) => h('code', {}, code) },
        { title: 'Because', cell: ({ detail }) => detail },
        { title: 'What to do', cell: ({ fix }) => fix || 'look the reason up in the documentation' },
      ],
      rows,
    ),
  );
}

export function driftTable({ drift }: Report): HTMLElement {
  if (drift.length === 0) return h('p', {}, 'Every session is as the policy wants it. The next sweep changes nothing.');
  return shortened(drift, inJson, (rows) =>
    table(
      `${plural(drift.length, 'change')} that the next sweep would make`,
      [
        { title: 'Change', cell: ({ change }) => change },
        { title: 'Of', cell: ({ what }) => h('code', {}, what) },
        { title: 'Instance', cell: ({ instance }) => instance },
        { title: 'Reason', cell: ({ code }) => h('code', {}, code) },
        { title: 'Because', cell: ({ detail, fields }) => [detail, fields.map((field) => [h('br'), h('small', {}, field)])] },
      ],
      rows,
    ),
  );
}

export function targetTable({ targets }: Report, show: (filter: Partial<Filter>) => void): HTMLElement {
  if (targets.length === 0) return h('p', {}, 'The account shows no traffic mirror target.');
  const fullest = [...targets].sort((a, b) => load(b) - load(a));
  return shortened(fullest, inJson, (rows) =>
    table(
      `${plural(targets.length, 'target')}, the fullest first`,
      [
        {
          title: 'Target',
          cell: ({ target, name }) => [h('code', {}, target), name === '' ? undefined : [h('br'), h('small', {}, name)]],
        },
        { title: 'Type', cell: ({ type, isDead }) => (isDead ? `${type}, dead: it carries nothing` : type) },
        { title: 'Zone', cell: ({ zone }) => zone || 'none or unknown' },
        { title: 'Pools', cell: ({ pools }) => pools.join(', ') || 'none' },
        { title: 'Ours', cell: ({ ours }) => count(ours), isNumber: true },
        { title: 'Others', cell: ({ others }) => count(others), isNumber: true },
        { title: 'Capacity', cell: (row) => capacity(row) },
        {
          title: 'Show',
          isAction: true,
          cell: ({ target }) =>
            h(
              'button',
              { type: 'button', onclick: () => show({ target }), 'aria-label': `Show the sessions to ${target}` },
              'Show',
            ),
        },
      ],
      rows,
    ),
  );
}

/** Share of the capacity that is taken; what has no limit is never full. */
function load({ ours, others, capacity: limit }: TargetRow): number {
  return limit === null ? 0 : (ours + others) / limit;
}

function capacity({ target, ours, others, capacity: limit }: TargetRow): Node | string {
  if (limit === null) return 'no limit';
  const used = ours + others;
  return h(
    'span',
    { class: 'capacity' },
    h('meter', {
      min: 0,
      max: limit,
      high: limit * 0.8,
      value: Math.min(used, limit),
      'aria-label': `${target}: ${used} of ${limit} sources`,
    }),
    ` ${count(used)} of ${count(limit)}`,
  );
}

export function trailTable({ trail }: Report): HTMLElement {
  if ('unknown' in trail) return h('p', {}, `Unknown: the audit log group could not be read. ${trail.unknown}`);
  if (trail.entries.length === 0) return h('p', {}, 'The audit log group tells of no change in the last seven days.');
  return table(
    `The last ${plural(trail.entries.length, 'change')}, the latest first`,
    [
      { title: 'Time', cell: ({ time }) => h('time', { datetime: time }, time.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')) },
      { title: 'Action', cell: ({ action }) => action },
      { title: 'Outcome', cell: ({ outcome }) => outcome },
      { title: 'Instance', cell: ({ instanceId = '' }) => instanceId },
      { title: 'Session', cell: ({ sessionId = '' }) => h('code', {}, sessionId) },
      {
        title: 'Reason',
        cell: ({ reason, detail }) => [
          h('code', {}, reason),
          detail === undefined ? undefined : [h('br'), h('small', {}, detail)],
        ],
      },
      { title: 'By', cell: ({ principal, trigger }) => principal ?? trigger ?? '' },
    ],
    trail.entries,
  );
}

/** @param where the others are to be found */
function shortened<T>(rows: readonly T[], where: string, draw: (rows: readonly T[]) => HTMLElement): HTMLElement {
  const more = rows.length - rowsShown;
  return h('div', {}, draw(rows.slice(0, rowsShown)), more > 0 ? h('p', {}, `And ${count(more)} more: ${where}.`) : undefined);
}
