import { colors } from './colors.ts';
import { columns, fold } from './fold.ts';

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

/**
 * Makes the lines of an audit trail out of what came to its log group, in order: one record, under the time `at`, folded to the terminal;
 * undefined for an event that is no audit record.
 */
export function createTrailText(nameOf: NameOf): (at: string, message: string) => string | undefined {
  const newFilters = new Map<string, string>();
  const known: NameOf = (id) => newFilters.get(id) ?? nameOf(id);
  return (at, message) => {
    const record = recordOf(message);
    if (record === undefined) return undefined;
    const { action, after } = record;
    // A change that was planned before its filter existed names it by content.
    if (action === 'filter.create') newFilters.set(`new:${after?.hash}`, String(after?.name));
    return inColumns(at, record, known);
  };
}

function inColumns(at: string, record: TrailRecord, nameOf: NameOf): string {
  const [mark, paint] = look(record);
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

type Paint = (text: string) => string;

function look({ action, outcome }: TrailRecord): readonly [string, Paint] {
  if (outcome === 'failed') return ['x', colors.red];
  if (outcome === 'blocked') return ['!', colors.magenta];
  if (action.endsWith('.create')) return ['+', colors.green];
  if (action.endsWith('.delete')) return ['-', colors.red];
  if (action.endsWith('.modify')) return ['~', colors.yellow];
  return ['=', colors.dim];
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
