import pc from 'picocolors';

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

/** The name of an id that a person would not recognise; the id itself where it has none. */
export type NameOf = (id: string) => string;

/** One line of the audit trail as it came to the log group; undefined for an event that is no audit record. */
export function trailText(message: string, nameOf: NameOf): string | undefined {
  const record = recordOf(message);
  if (record === undefined) return undefined;
  const [mark, paint] = look(record);
  return paint(`${mark} ${record.action.padEnd(15)} ${subject(record, nameOf)}`) + pc.dim(`  ${record.reason}`);
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
  if (outcome === 'failed') return ['x', pc.red];
  if (outcome === 'blocked') return ['!', pc.magenta];
  if (action.endsWith('.create')) return ['+', pc.green];
  if (action.endsWith('.delete')) return ['-', pc.red];
  if (action.endsWith('.modify')) return ['~', pc.yellow];
  return ['=', pc.dim];
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
        (field) => `${field} ${shown(record.before?.[field], nameOf)} -> ${shown(record.after?.[field], nameOf)}`,
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
