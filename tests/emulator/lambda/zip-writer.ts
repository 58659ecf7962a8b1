/** Writes zip archives for tests, well-formed unless told otherwise. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface WrittenEntry {
  readonly path: string;
  readonly content: string;
  readonly stored?: boolean;
  /** Overrides of what the directory says. */
  readonly flags?: number;
  readonly method?: number;
  readonly crc?: number;
  readonly size?: number;
}

function fields(...values: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  return Buffer.concat(
    values.map(([bytes, value]) => {
      const buffer = Buffer.alloc(bytes);
      buffer.writeUIntLE(value, 0, bytes);
      return buffer;
    }),
  );
}

export function writeZip(entries: readonly WrittenEntry[], comment = ''): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const entry of entries) {
    const raw = Buffer.from(entry.content);
    const packed = entry.stored === true ? raw : deflateRawSync(raw);
    const method = entry.method ?? (entry.stored === true ? 0 : 8);
    const name = Buffer.from(entry.path);
    const common = [
      [2, 20],
      [2, entry.flags ?? 0],
      [2, method],
      [4, 0],
      [4, entry.crc ?? crc32(raw)],
      [4, packed.length],
      [4, entry.size ?? raw.length],
      [2, name.length],
    ] as const;
    // The extra field in the local header only, as some tools write it.
    const local = Buffer.concat([fields([4, 0x04034b50], ...common, [2, 4]), name, Buffer.alloc(4), packed]);
    files.push(local);
    const attributes = (0o100644 << 16) >>> 0;
    directory.push(fields([4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [2, 0], [4, attributes], [4, at]), name);
    at += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = fields(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, entries.length],
    [2, entries.length],
    [4, listing.length],
    [4, at],
    [2, comment.length],
  );
  return Buffer.concat([...files, listing, end, Buffer.from(comment)]);
}
