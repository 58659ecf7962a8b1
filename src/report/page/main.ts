/** The script of the report page: draws the data that the file carries. Bundled by `scripts/build.js`; imports nothing but its own folder, and types. */
import type { Report } from '../model.ts';
import { h, plural, section } from './dom.ts';
import type { Filter } from './filter.ts';
import { mirroringMap } from './map.ts';
import { coverageTable, driftTable, figures, refusalTable, targetTable, trailTable } from './sections.ts';
import { sessionTable } from './session-table.ts';
import { themeChoice } from './theme.ts';

const parts = [
  ['map', 'Map'],
  ['sessions', 'Sessions'],
  ['targets', 'Targets and capacity'],
  ['coverage', 'Coverage'],
  ['refusals', 'Refusals and warnings'],
  ['drift', 'Drift'],
  ['changes', 'Last changes'],
] as const;

function page(report: Report): readonly Node[] {
  const { owner, accountId, region, time, policyHash } = report;
  const sessions = sessionTable(report);
  const show = (filter: Partial<Filter>) => sessions.show(filter);
  const content: Readonly<Record<(typeof parts)[number][0], HTMLElement>> = {
    map: mirroringMap(report, show),
    sessions: sessions.element,
    targets: targetTable(report, show),
    coverage: coverageTable(report),
    refusals: refusalTable(report),
    drift: driftTable(report),
    changes: trailTable(report),
  };
  return [
    h('a', { class: 'skip', href: '#main' }, 'Skip to the content'),
    h(
      'header',
      {},
      h(
        'div',
        {},
        h('h1', {}, `Traffic mirroring of ${owner}`),
        h('p', {}, `Account ${accountId}, ${region}. As it was at ${readable(time)}.`),
      ),
      themeChoice(),
    ),
    h(
      'nav',
      { 'aria-label': 'Parts of the report', class: 'parts' },
      h(
        'ul',
        {},
        parts.map(([id, title]) => h('li', {}, h('a', { href: `#${id}` }, title))),
      ),
    ),
    h(
      'main',
      { id: 'main', tabindex: -1 },
      figures(report),
      parts.map(([id, title]) => section(id, title, content[id])),
    ),
    h(
      'footer',
      {},
      h(
        'p',
        {},
        `Made by automirror from ${plural(report.coverage.instances, 'instance')}; policy ${policyHash}. This file fetches nothing.`,
      ),
    ),
  ];
}

function readable(time: string): string {
  return time.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}

const data = document.getElementById('report-data')?.textContent ?? '';
// The file's own maker wrote it, in this form.
document.getElementById('app')?.replaceWith(...page(JSON.parse(data) as Report));
