import pc from 'picocolors';
import type { AuditRecord } from '../audit/record.ts';
import { type InstanceId, isInstanceId } from '../model/ids.ts';
import { nameTag } from '../model/ownership.ts';
import type { Inventory } from '../reconcile/ports.ts';
import { createTrailText, type NameOf } from '../terminal/trail-text.ts';
import type { CliIo } from './io.ts';

/** Tells records to the person or the program, in the order given. */
export type Tell = (records: readonly AuditRecord[]) => Promise<void>;

/** One JSON object a line for programs; for people the lines of the demo, with the names that EC2 has for instances. */
export function trailTeller(inventory: Inventory, io: CliIo, asJson: boolean): Tell {
  if (asJson) {
    return async (records) => {
      for (const record of records) io.out(`${JSON.stringify(record)}\n`);
    };
  }
  const names = new Map<string, string>();
  const nameOf: NameOf = (id) => (names.get(id) ? `${names.get(id)} (${id})` : id);
  const colors = pc.createColors(io.isTerminal && pc.isColorSupported);
  const text = createTrailText(nameOf, { colors, columns: () => io.columns ?? 100 });
  return async (records) => {
    await learnNames(inventory, records, names);
    for (const record of records) {
      const line = text(stamp(record.time), JSON.stringify({ detail: record }));
      if (line !== undefined) io.out(`${line}\n`);
    }
  };
}

/** `2026-11-25 22:50:24Z`: to the second, in the time zone of everything that AWS shows. */
export function stamp(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')}Z`;
}

/** Names are for convenience: where EC2 does not tell them, ids do. */
async function learnNames(inventory: Inventory, records: readonly AuditRecord[], names: Map<string, string>): Promise<void> {
  const unknown = [...new Set(records.map(({ instanceId }) => instanceId))].filter(
    (id): id is InstanceId => id !== undefined && isInstanceId(id) && !names.has(id),
  );
  if (unknown.length === 0) return;
  for (const id of unknown) names.set(id, '');
  try {
    for (const { id, tags } of await inventory.instances(unknown)) names.set(id, tags[nameTag] ?? '');
  } catch {
    // The trail may be read by somebody who may not describe instances.
  }
}
