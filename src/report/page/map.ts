import type { Report } from '../model.ts';
import { count, h, plural, svg, table } from './dom.ts';
import type { Filter } from './filter.ts';

/** With more targets than these, those of a zone are one node. */
const targetsDrawn = 12;

const width = 960;
const barWidth = 14;
const left = 190;
const right = 610;
const gap = 14;
const leastHeight = 22;
/** Height of all bars of a side that is full. */
const scaleHeight = 320;

/** Sessions from one zone to one target. */
interface Flow {
  readonly zone: string;
  readonly target: string;
  readonly targetZone: string;
  readonly sessions: number;
}

interface Node {
  readonly key: string;
  readonly title: string;
  readonly sessions: number;
  readonly y: number;
  readonly height: number;
}

/** The map of the mirroring: zones of the sources on the left, targets by their zones on the right, and between them the sessions as bands. */
export function mirroringMap(report: Report, show: (filter: Partial<Filter>) => void): HTMLElement {
  const flows = flowsOf(report);
  if (flows.length === 0) return h('p', {}, 'No session exists, so there is nothing to draw.');
  const listed = table(
    'Sessions by zone of the source and target',
    [
      { title: 'Sources in', cell: ({ zone }) => zone || 'unknown zone' },
      { title: 'Target', cell: ({ target }) => h('code', {}, target) },
      { title: 'Target in', cell: ({ targetZone }) => targetZone || 'no zone of its own' },
      { title: 'Sessions', cell: ({ sessions }) => count(sessions), isNumber: true },
      {
        title: 'Show',
        isAction: true,
        cell: ({ zone, target }) =>
          h(
            'button',
            {
              type: 'button',
              onclick: () => show({ zone, target }),
              'aria-label': `Show the sessions from ${zone || 'unknown zone'} to ${target}`,
            },
            'Show',
          ),
      },
    ],
    flows,
  );
  const across = flows.filter(isAcross).reduce((sum, { sessions }) => sum + sessions, 0);
  const total = flows.reduce((sum, { sessions }) => sum + sessions, 0);
  const note =
    across === 0
      ? 'No session is known to cross zones.'
      : `${plural(across, 'session')} of ${count(total)} cross zones, and their packets cost what traffic across zones costs.`;
  return h(
    'div',
    {},
    h('p', {}, note),
    h(
      'p',
      { class: 'legend' },
      h('span', { class: 'swatch same' }),
      'same zone ',
      h('span', { class: 'swatch across' }),
      'across zones ',
      h('span', { class: 'swatch any' }),
      'zone of the target not known, or it has none',
    ),
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Map of the mirroring' }, draw(flows, report, show)),
    h('details', {}, h('summary', {}, 'The map as a table'), listed),
  );
}

function flowsOf({ rows, targets }: Report): readonly Flow[] {
  const zones = new Map(targets.map(({ target, zone }) => [target, zone]));
  const sums = new Map<string, Flow>();
  for (const { session, zone, target } of rows) {
    if (session === '') continue;
    const key = `${zone}\n${target}`;
    sums.set(key, { zone, target, targetZone: zones.get(target) ?? '', sessions: (sums.get(key)?.sessions ?? 0) + 1 });
  }
  return [...sums.values()].sort(
    (a, b) => order(a.zone, b.zone) || order(a.targetZone, b.targetZone) || order(a.target, b.target),
  );
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isAcross({ zone, targetZone }: Flow): boolean {
  return zone !== '' && targetZone !== '' && zone !== targetZone;
}

function kindOf(flow: Flow): string {
  if (flow.zone === '' || flow.targetZone === '') return 'any';
  return isAcross(flow) ? 'across' : 'same';
}

/** What stands on the right: each target, or each zone of targets. */
interface Sinks {
  readonly keyOf: (flow: Flow) => string;
  readonly zoneOf: (key: string) => string;
  readonly titleOf: (key: string) => string;
  /** What a band narrows the table to. */
  readonly filterOf: (flow: Flow) => Partial<Filter>;
}

function sinksOf(flows: readonly Flow[], { targets }: Report): Sinks {
  const zones = new Map(flows.map(({ target, targetZone }) => [target, targetZone]));
  if (zones.size <= targetsDrawn) {
    const names = new Map(targets.map(({ target, name }) => [target, name]));
    return {
      keyOf: ({ target }) => target,
      zoneOf: (target) => zones.get(target) ?? '',
      titleOf: (target) => `${names.get(target) || target}${zones.get(target) ? ` (${zones.get(target)})` : ''}`,
      filterOf: ({ zone, target }) => ({ zone, target }),
    };
  }
  const used = (zone: string) => [...zones.values()].filter((one) => one === zone).length;
  return {
    keyOf: ({ targetZone }) => targetZone,
    zoneOf: (zone) => zone,
    titleOf: (zone) => `${plural(used(zone), 'target')} in ${zone || 'no known zone'}`,
    filterOf: ({ zone, targetZone }) => ({ zone, targetZone }),
  };
}

function draw(flows: readonly Flow[], report: Report, show: (filter: Partial<Filter>) => void): SVGSVGElement {
  const { keyOf, zoneOf, titleOf, filterOf } = sinksOf(flows, report);
  const total = flows.reduce((sum, { sessions }) => sum + sessions, 0);
  const sources = stack(
    [...sumBy(flows, ({ zone }) => zone)].sort(([a], [b]) => order(a, b)),
    total,
    (zone) => zone || 'unknown zone',
  );
  const sinks = stack(
    [...sumBy(flows, keyOf)].sort(([a], [b]) => order(zoneOf(a), zoneOf(b)) || order(a, b)),
    total,
    titleOf,
  );
  const height = Math.max(endOf(sources), endOf(sinks)) + 2;
  const used = { left: new Map<string, number>(), right: new Map<string, number>() };
  const bands = merged(flows, keyOf).map((flow) => {
    const from = sources.get(flow.zone);
    const to = sinks.get(keyOf(flow));
    if (from === undefined || to === undefined) return undefined;
    const a = share(from, flow.sessions, used.left);
    const b = share(to, flow.sessions, used.right);
    return svg(
      'path',
      { class: `band ${kindOf(flow)}`, d: bandPath(a, b), onclick: () => show(filterOf(flow)) },
      svg('title', {}, `${plural(flow.sessions, 'session')} from ${from.title} to ${to.title}`),
    );
  });
  return svg(
    'svg',
    {
      viewBox: `0 0 ${width} ${Math.ceil(height)}`,
      class: 'map',
      role: 'img',
      'aria-label': `Map: sessions from ${plural(sources.size, 'zone')} of sources to ${plural(sinks.size, 'target or zone of targets', 'targets or zones of targets')}; the same is in the table below it`,
    },
    bands,
    [...sources.values()].map((node) => sourceNode(node)),
    [...sinks.values()].map((node) => sinkNode(node)),
  );
}

/** One band for each pair of ends. */
function merged(flows: readonly Flow[], keyOf: (flow: Flow) => string): readonly Flow[] {
  const bands = new Map<string, Flow>();
  for (const flow of flows) {
    const key = `${flow.zone}\n${keyOf(flow)}`;
    bands.set(key, { ...flow, sessions: (bands.get(key)?.sessions ?? 0) + flow.sessions });
  }
  return [...bands.values()];
}

function sumBy(flows: readonly Flow[], key: (flow: Flow) => string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const flow of flows) sums.set(key(flow), (sums.get(key(flow)) ?? 0) + flow.sessions);
  return sums;
}

function stack(
  entries: readonly (readonly [string, number])[],
  total: number,
  titleOf: (key: string) => string,
): ReadonlyMap<string, Node> {
  let y = 1;
  return new Map(
    entries.map(([key, sessions]) => {
      const height = Math.max(leastHeight, (sessions / total) * scaleHeight);
      const node = { key, title: titleOf(key), sessions, y, height };
      y += height + gap;
      return [key, node];
    }),
  );
}

function endOf(nodes: ReadonlyMap<string, Node>): number {
  return Math.max(...[...nodes.values()].map(({ y, height }) => y + height));
}

/** The part of a node's side that a flow takes, below what others have taken. */
function share(node: Node, sessions: number, used: Map<string, number>): readonly [top: number, bottom: number] {
  const taken = used.get(node.key) ?? 0;
  used.set(node.key, taken + sessions);
  const at = (count: number) => node.y + (count / node.sessions) * node.height;
  return [at(taken), at(taken + sessions)];
}

function bandPath([a0, a1]: readonly [number, number], [b0, b1]: readonly [number, number]): string {
  const from = left + barWidth;
  const middle = (from + right) / 2;
  const round = (value: number) => Math.round(value * 10) / 10;
  const [p, q, r, s] = [a0, b0, b1, a1].map(round);
  return `M${from} ${p}C${middle} ${p} ${middle} ${q} ${right} ${q}V${r}C${middle} ${r} ${middle} ${s} ${from} ${s}Z`;
}

function sourceNode({ title, sessions, y, height }: Node): SVGGElement {
  const at = y + height / 2;
  return svg(
    'g',
    {},
    svg('rect', { class: 'node', x: left, y, width: barWidth, height }),
    svg('text', { x: left - 10, y: at, dy: '0.35em', 'text-anchor': 'end' }, `${title}: ${count(sessions)}`),
  );
}

function sinkNode({ title, sessions, y, height }: Node): SVGGElement {
  const at = y + height / 2;
  return svg(
    'g',
    {},
    svg('rect', { class: 'node', x: right, y, width: barWidth, height }),
    svg('text', { x: right + barWidth + 10, y: at, dy: '0.35em' }, `${title}: ${count(sessions)}`),
  );
}
