import type { RowState, SessionRow } from '../model.ts';

/** What narrows the table of sessions; an empty text narrows nothing. */
export interface Filter {
  readonly text: string;
  readonly state: RowState | '';
  /** `null`: any; an empty text is a source whose zone is not known. */
  readonly zone: string | null;
  readonly target: string;
  /** Of the target; `null`: any. */
  readonly targetZone: string | null;
}

export const noFilter: Filter = { text: '', state: '', zone: null, target: '', targetZone: null };

/** A row with the text that searches look at, made once. */
export interface IndexedRow {
  readonly row: SessionRow;
  readonly targetZone: string;
  readonly text: string;
}

/** @param zones of the targets, by id */
export function index(rows: readonly SessionRow[], zones: ReadonlyMap<string, string>): readonly IndexedRow[] {
  return rows.map((row) => ({
    row,
    targetZone: zones.get(row.target) ?? '',
    text: [row.name, row.instance, row.session, row.eni, row.target, row.filter, row.zone, row.rule, row.state]
      .join('\n')
      .toLowerCase(),
  }));
}

/** Rows in which every word of the text occurs, and that have the state, zone and target chosen. */
export function matching(rows: readonly IndexedRow[], { text, state, zone, target, targetZone }: Filter): readonly SessionRow[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  return rows.flatMap(({ row, text: searched, targetZone: itsZone }) => {
    const isIn =
      (state === '' || row.state === state) &&
      (zone === null || row.zone === zone) &&
      (target === '' || row.target === target) &&
      (targetZone === null || itsZone === targetZone) &&
      words.every((word) => searched.includes(word));
    return isIn ? [row] : [];
  });
}

export type SortKey = 'name' | 'zone' | 'session' | 'eni' | 'target' | 'filter' | 'number' | 'packetLength' | 'rule' | 'state';

export interface Sorting {
  readonly key: SortKey;
  readonly isDescending: boolean;
}

/** In order of one column; rows that are equal there stay as they were. */
export function sorted(rows: readonly SessionRow[], { key, isDescending }: Sorting): readonly SessionRow[] {
  const sign = isDescending ? -1 : 1;
  return [...rows].sort((a, b) => sign * compare(sortValue(a, key), sortValue(b, key)));
}

function sortValue(row: SessionRow, key: SortKey): string | number {
  if (key === 'name') return row.name || row.instance;
  // Whole packets are the longest.
  if (key === 'packetLength') return row.packetLength ?? Number.POSITIVE_INFINITY;
  return row[key];
}

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
