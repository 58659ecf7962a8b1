import type { Report, RowState, SessionRow } from '../model.ts';
import { type Column, cellOf, count, h } from './dom.ts';
import { type Filter, index, matching, noFilter, type Sorting, type SortKey, sorted } from './filter.ts';

const rowsPerPage = 100;
/** More than a page is printed, but nobody prints ten thousand. */
const rowsPrinted = 500;

const states: readonly RowState[] = ['as wanted', 'to change', 'to delete', 'missing'];

type SortableColumn = Column<SessionRow> & { readonly key: SortKey };

const columns: readonly SortableColumn[] = [
  {
    key: 'name',
    title: 'Instance',
    cell: ({ name, instance }) => twoLines(name === '' ? instance || '(none)' : name, name === '' ? '' : instance),
  },
  { key: 'zone', title: 'Zone', cell: ({ zone }) => zone || 'unknown' },
  { key: 'state', title: 'State', cell: ({ state }) => h('span', { class: `state ${state.replace(' ', '-')}` }, state) },
  {
    key: 'session',
    title: 'Session',
    cell: ({ session, eni }) => [session === '' ? '(not there)' : code(session), h('br'), h('small', {}, code(eni))],
  },
  { key: 'target', title: 'Target', cell: ({ target }) => code(target) },
  { key: 'filter', title: 'Filter', cell: ({ filter }) => code(filter) },
  { key: 'number', title: 'Number', cell: ({ number }) => number, isNumber: true },
  {
    key: 'packetLength',
    title: 'Bytes',
    cell: ({ packetLength }) => (packetLength === null ? 'whole' : count(packetLength)),
    isNumber: true,
  },
  { key: 'rule', title: 'Rule', cell: ({ rule }) => rule },
];

function code(text: string): HTMLElement {
  return h('code', {}, text);
}

function twoLines(first: string, second: string): readonly Node[] {
  return second === '' ? [h('span', {}, first)] : [h('span', {}, first), h('br'), h('small', {}, code(second))];
}

export interface SessionTable {
  readonly element: HTMLElement;
  /** Narrows the table as if the person had, and shows it. */
  show(filter: Partial<Filter>): void;
}

/** The searchable table of sessions: filtered and sorted as a whole, drawn a page at a time, so that its length does not matter. */
export function sessionTable({ rows, targets }: Report): SessionTable {
  const indexed = index(rows, new Map(targets.map(({ target, zone }) => [target, zone])));
  let filter = noFilter;
  let sorting: Sorting = { key: 'name', isDescending: false };
  let page = 0;
  let shown = sorted(rows, sorting);

  const body = h('tbody');
  const status = h('p', { role: 'status', class: 'status' });
  const search = h('input', {
    type: 'search',
    id: 'search',
    autocomplete: 'off',
    placeholder: 'name, id, rule …',
    oninput: () => change({ text: search.value }),
  });
  const state = h(
    'select',
    { id: 'state', onchange: () => change({ state: states.find((one) => one === state.value) ?? '' }) },
    h('option', { value: '' }, 'any'),
    states.map((one) => h('option', { value: one }, one)),
  );
  const zones = [...new Set(rows.map((row) => row.zone))].sort();
  const anyZone = 'any';
  const zone = h(
    'select',
    { id: 'zone', onchange: () => change({ zone: zone.value === anyZone ? null : zone.value.slice(1) }) },
    h('option', { value: anyZone }, 'any'),
    // A zone that is not known has no name, so each value begins with a mark.
    zones.map((one) => h('option', { value: `=${one}` }, one || 'unknown')),
  );
  const chosenTarget = h('button', {
    type: 'button',
    class: 'chip',
    hidden: true,
    onclick: () => change({ target: '', targetZone: null }),
  });
  const buttons = {
    first: pageButton('First', () => 0),
    previous: pageButton('Previous', () => page - 1),
    next: pageButton('Next', () => page + 1),
    last: pageButton('Last', () => pages() - 1),
  };
  const where = h('span');
  const headers = columns.map(({ key, title, isNumber }) => {
    const button = h('button', { type: 'button', class: 'sort', onclick: () => sortBy(key) }, title);
    return { key, cell: h('th', { scope: 'col', class: isNumber && 'number' }, button) };
  });

  function pages(): number {
    return Math.max(1, Math.ceil(shown.length / rowsPerPage));
  }

  function pageButton(label: string, to: () => number): HTMLButtonElement {
    return h('button', { type: 'button', onclick: () => turn(to()) }, label);
  }

  function turn(to: number): void {
    page = Math.min(Math.max(0, to), pages() - 1);
    draw();
  }

  function change(changes: Partial<Filter>): void {
    filter = { ...filter, ...changes };
    search.value = filter.text;
    state.value = filter.state;
    zone.value = filter.zone === null ? anyZone : `=${filter.zone}`;
    const chosen = chosenTargets(filter);
    chosenTarget.hidden = chosen === '';
    chosenTarget.textContent = `To ${chosen} ✕`;
    chosenTarget.setAttribute('aria-label', `Show all targets, not ${chosen} alone`);
    select();
  }

  function sortBy(key: SortKey): void {
    sorting = { key, isDescending: sorting.key === key && !sorting.isDescending };
    select();
  }

  function select(): void {
    shown = sorted(matching(indexed, filter), sorting);
    page = 0;
    draw();
  }

  function draw(limit = rowsPerPage): void {
    const from = limit === rowsPerPage ? page * rowsPerPage : 0;
    const visible = shown.slice(from, from + limit);
    body.replaceChildren(
      ...visible.map((row) =>
        h(
          'tr',
          {},
          columns.map((column, position) => cellOf(column, row, position === 0)),
        ),
      ),
    );
    for (const { key, cell } of headers) {
      if (key === sorting.key) cell.setAttribute('aria-sort', sorting.isDescending ? 'descending' : 'ascending');
      else cell.removeAttribute('aria-sort');
    }
    const range = visible.length === 0 ? 'None' : `${count(from + 1)} to ${count(from + visible.length)}`;
    status.textContent =
      shown.length === rows.length
        ? `${range} of ${count(rows.length)} sessions`
        : `${range} of ${count(shown.length)} that match, of ${count(rows.length)} sessions`;
    where.textContent = `Page ${count(page + 1)} of ${count(pages())}`;
    setDisabled(buttons.first, page === 0);
    setDisabled(buttons.previous, page === 0);
    setDisabled(buttons.next, page >= pages() - 1);
    setDisabled(buttons.last, page >= pages() - 1);
  }

  const element = h(
    'div',
    {},
    h(
      'form',
      { role: 'search', class: 'controls', 'aria-label': 'Sessions', onsubmit: (event) => event.preventDefault() },
      h('span', { class: 'field' }, h('label', { for: 'search' }, 'Search'), search),
      h('span', { class: 'field' }, h('label', { for: 'state' }, 'State'), state),
      h('span', { class: 'field' }, h('label', { for: 'zone' }, 'Zone'), zone),
      chosenTarget,
      h('button', { type: 'button', onclick: () => change(noFilter) }, 'Show all'),
    ),
    status,
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Table of sessions' },
      h(
        'table',
        { class: 'sessions' },
        h('caption', { class: 'unseen' }, 'Sessions'),
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            headers.map(({ cell }) => cell),
          ),
        ),
        body,
      ),
    ),
    h(
      'nav',
      { class: 'pages', 'aria-label': 'Pages of the table' },
      buttons.first,
      buttons.previous,
      where,
      buttons.next,
      buttons.last,
    ),
  );
  window.addEventListener('beforeprint', () => draw(rowsPrinted));
  window.addEventListener('afterprint', () => draw());
  draw();
  return {
    element,
    show(changes) {
      change({ ...noFilter, ...changes });
      const place = document.getElementById('sessions');
      place?.scrollIntoView();
      place?.focus({ preventScroll: true });
    },
  };
}

function chosenTargets({ target, targetZone }: Filter): string {
  if (target !== '') return target;
  return targetZone === null ? '' : `targets in ${targetZone || 'no known zone'}`;
}

/** Not `disabled`: a button that has the focus must not lose it when the last page is reached. */
function setDisabled(button: HTMLButtonElement, isDisabled: boolean): void {
  button.setAttribute('aria-disabled', String(isDisabled));
}
