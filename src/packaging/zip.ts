/** Writes the deployment package: a zip whose bytes depend on its content alone. */
import { crc32 } from 'node:zlib';

export interface ZipEntry {
  /** Path inside of the archive, with forward slashes. */
  readonly name: string;
  readonly content: Uint8Array;
}

/** 1980-01-01 00:00, the earliest time that the format can say: a build's own time would change the package each time. */
const epochDate = 0x0021;
const epochTime = 0x0000;
/** Regular file, rw-r--r--: Lambda runs as another user than the one who unpacks. */
const fileMode = (0o100644 << 16) >>> 0;
const versionNeeded = 20;
const madeByUnix = (3 << 8) | versionNeeded;
/** Bit 11: names are UTF-8. */
const utf8Names = 0x0800;

/**
 * A zip archive of the entries, in the given order. Entries are stored, not deflated: zlib differs between versions of Node.js, and the
 * same commit must give the same package everywhere. Throws on a repeated name.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT, without ZIP64: for less than 4 GB and 65,535 entries.
 */
export function zip(entries: readonly ZipEntry[]): Uint8Array {
  const repeated = entries.find(({ name }, index) => entries.findIndex((other) => other.name === name) !== index);
  if (repeated !== undefined) throw new Error(`two entries are named ${repeated.name}`);

  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), commonFields(name, content), Buffer.from(name), content]);
    locals.push(local);
    directory.push(directoryEntry(name, content, offset));
    offset += local.length;
  }

  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, listing, end]);
}

/** The 26 bytes that a local header and a directory entry share. */
function commonFields(name: string, content: Uint8Array): Buffer {
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(versionNeeded, 0);
  fields.writeUInt16LE(utf8Names, 2);
  fields.writeUInt16LE(0, 4); // stored
  fields.writeUInt16LE(epochTime, 6);
  fields.writeUInt16LE(epochDate, 8);
  fields.writeUInt32LE(crc32(content), 10);
  fields.writeUInt32LE(content.length, 14);
  fields.writeUInt32LE(content.length, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  return fields;
}

function directoryEntry(name: string, content: Uint8Array, offset: number): Buffer {
  const head = Buffer.alloc(6);
  head.write('PK\x01\x02', 'latin1');
  head.writeUInt16LE(madeByUnix, 4);
  const tail = Buffer.alloc(14);
  tail.writeUInt32LE(fileMode, 6);
  tail.writeUInt32LE(offset, 10);
  return Buffer.concat([head, commonFields(name, content), tail, Buffer.from(name)]);
}
