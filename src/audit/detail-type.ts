import type { AuditRecord } from './record.ts';

/** Detail-types of the events that the service puts on the bus; the trail's rule lists exactly these. */
export const auditDetailTypes = [
  'Mirror Session Created',
  'Mirror Session Modified',
  'Mirror Session Deleted',
  'Mirror Source Tagged',
  'Mirror Source Refused',
  'Mirror Change Failed',
  'Mirror Change Blocked',
  'Mirror Target Changed',
  'Mirror Filter Changed',
  'Mirror Sweep Completed',
] as const;

export type AuditDetailType = (typeof auditDetailTypes)[number];

/** The detail-type under which a record goes on the bus; undefined for one that only the log keeps, because nothing changed and nothing was refused. */
export function detailTypeOf(record: AuditRecord): AuditDetailType | undefined {
  if (record.action === 'gate.block') return 'Mirror Change Blocked';
  if (record.outcome === 'failed') return 'Mirror Change Failed';
  if (record.action === 'sweep.complete') return 'Mirror Sweep Completed';
  if (record.action === 'target.refuse') return 'Mirror Change Failed';
  if (record.outcome === 'blocked') return 'Mirror Source Refused';
  if (record.outcome === 'dry-run') return undefined;
  switch (record.action) {
    case 'session.create':
      return 'Mirror Session Created';
    case 'session.modify':
      return 'Mirror Session Modified';
    case 'session.delete':
      return 'Mirror Session Deleted';
    case 'instance.tag':
      return record.after === undefined ? undefined : 'Mirror Source Tagged';
    case 'filter.create':
    case 'filter.delete':
      return 'Mirror Filter Changed';
    case 'target.create':
    case 'target.delete':
      return 'Mirror Target Changed';
    case 'session.keep':
    case 'session.shadow':
    case 'instance.skip':
    case 'instance.refuse':
    case 'event.drop':
      return undefined;
  }
}
