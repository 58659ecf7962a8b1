import type pc from 'picocolors';
import { fold } from './fold.ts';

/** The fields of an audit record that a line shows; the trail is read as any reader would, from its JSON. */
interface TrailRecord {
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
  readonly detail?: string;
  readonly instanceId?: string;
  readonly eniId?: string;
  readonly sessionId?: string;
  readonly targetId?: string;
  readonly filterId?: string;
  readonly before?: Readonly<Record<string, string | number>>;
  readonly after?: Readonly<Record<string, string | number>>;
  readonly errorCode?: string;
}

const labels: Readonly<Record<string, string>> = { sessionNumber: 'number', packetLength: 'packet length', vni: 'VNI' };

/** What stands under the subject of a line that does not fit. */
const hanging = ' '.repeat(18);

/** The name of an id that a person would not recognise; the id itself where it has none. */
export type NameOf = (id: string) => string;

/** What lines are made for. */
export interface Page {
  readonly colors: ReturnType<typeof pc.createColors>;
  readonly columns: () => number;
}

/**
 * Makes the lines of an audit trail out of what came to its log group, in order: one record, under the time `at`, folded to the page;
 * undefined for an event that is no audit record.
 */
export function createTrailText(nameOf: NameOf, page: Page): (at: string, message: string) => string | undefined {
  const newFilters = new Map<string, string>();
  const known: NameOf = (id) => newFilters.get(id) ?? nameOf(id);
  return (at, message) => {
    const record = recordOf(message);
    if (record === undefined) return undefined;
    const { action, after } = record;
    // A change that was planned before its filter existed names it by content.
    if (action === 'filter.create') newFilters.set(`new:${after?.hash}`, String(after?.name));
    return inColumns(at, record, known, page);
  };
}

function inColumns(at: string, record: TrailRecord, nameOf: NameOf, { colors, columns }: Page): string {
  const [mark, color] = look(record);
  const paint = colors[color];
  const margin = ' '.repeat(at.length + 2);
  const room = columns() - margin.length;
  const [first = '', ...more] = fold(`${mark} ${record.action.padEnd(15)} ${subject(record, nameOf)}`, room, hanging);
  const isRoomLeft = (more.at(-1) ?? first).length + 2 + record.reason.length <= room;
  const reason = isRoomLeft ? `  ${record.reason}` : `\n${margin}${hanging}${record.reason}`;
  return `${colors.dim(at)}  ${[first, ...more].map(paint).join(`\n${margin}`)}${colors.dim(reason)}`;
}

function recordOf(message: string): TrailRecord | undefined {
  try {
    const event: { readonly detail?: { readonly audit?: unknown } } = JSON.parse(message);
    return event.detail?.audit === 1 ? (event.detail as unknown as TrailRecord) : undefined;
  } catch {
    return undefined;
  }
}

function look({ action, outcome }: TrailRecord): readonly [mark: string, color: 'red' | 'magenta' | 'green' | 'yellow' | 'dim'] {
  if (outcome === 'failed') return ['x', 'red'];
  if (outcome === 'blocked') return ['!', 'magenta'];
  if (action.endsWith('.create')) return ['+', 'green'];
  if (action.endsWith('.delete')) return ['-', 'red'];
  if (action.endsWith('.modify')) return ['~', 'yellow'];
  return ['=', 'dim'];
}

function subject(record: TrailRecord, nameOf: NameOf): string {
  const of = record.instanceId === undefined ? '' : nameOf(record.instanceId);
  const on = record.eniId === undefined ? '' : ` ${nameOf(record.eniId)}`;
  switch (record.action) {
    case 'session.create':
      if (record.outcome !== 'done') return `${of}${on}: ${record.detail ?? ''}`;
      return `${of}${on} -> ${nameOf(record.targetId ?? '')}, number ${record.after?.sessionNumber ?? '?'}`;
    case 'session.modify': {
      const fields = Object.keys({ ...record.before, ...record.after }).filter((field) => field !== 'tags');
      const changes = fields.map(
        (field) =>
          `${labels[field] ?? field} ${shown(record.before?.[field], nameOf)} -> ${shown(record.after?.[field], nameOf)}`,
      );
      return `${of}${on}: ${changes.join(', ')}`;
    }
    case 'session.delete':
      return `${of}${on}`;
    case 'filter.create':
      return `"${record.after?.name ?? ''}", ${record.after?.rules ?? 0} rules`;
    default:
      return `${of}${on}${of === '' ? '' : ': '}${record.detail ?? ''}`;
  }
}

function shown(value: string | number | undefined, nameOf: NameOf): string {
  return value === undefined ? '(none)' : nameOf(String(value));
}
