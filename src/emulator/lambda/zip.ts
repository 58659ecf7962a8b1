/** Reads zip archives as deployment packages are: stored or deflated entries, no encryption, no zip64. */
import { crc32, inflateRawSync } from 'node:zlib';

export interface ZipEntry {
  /** With `/` between folders; a folder's own entry ends in `/`. */
  readonly path: string;
  readonly content: Buffer;
  /** Unix permission bits, 0 when the archive tells none. */
  readonly mode: number;
}

/** Thrown for an archive that cannot or must not be unpacked. */
export class ZipError extends Error {
  override readonly name = 'ZipError';
}

const END_OF_DIRECTORY = 0x06054b50;
const DIRECTORY_ENTRY = 0x02014b50;
const LOCAL_ENTRY = 0x04034b50;
const STORED = 0;
const DEFLATED = 8;
const ENCRYPTED_FLAG = 1;
/** The end record is 22 bytes and a comment of up to 64 KiB. */
const LONGEST_END = 22 + 0xffff;

function findEnd(archive: Buffer): number {
  for (let at = archive.length - 22; at >= Math.max(0, archive.length - LONGEST_END); at -= 1) {
    if (archive.readUInt32LE(at) === END_OF_DIRECTORY) return at;
  }
  throw new ZipError('not a zip archive: it has no end record');
}

/** A path that stays inside the folder it is unpacked to. */
function safePath(name: string): string {
  if (
    name.includes('\\') ||
    name.startsWith('/') ||
    /^[a-z]:/i.test(name) ||
    name.split('/').includes('..') ||
    name.includes('\0')
  ) {
    throw new ZipError(`entry "${name}" would be unpacked outside of the package`);
  }
  return name;
}

function contentOf(archive: Buffer, entryAt: number, name: string): Buffer {
  const method = archive.readUInt16LE(entryAt + 10);
  const packedSize = archive.readUInt32LE(entryAt + 20);
  const size = archive.readUInt32LE(entryAt + 24);
  const localAt = archive.readUInt32LE(entryAt + 42);
  if (archive.readUInt32LE(localAt) !== LOCAL_ENTRY) throw new ZipError(`entry "${name}" points to no file`);
  // The local header repeats name and extra field, the latter often with another length.
  const start = localAt + 30 + archive.readUInt16LE(localAt + 26) + archive.readUInt16LE(localAt + 28);
  const packed = archive.subarray(start, start + packedSize);
  if (method !== STORED && method !== DEFLATED)
    throw new ZipError(`entry "${name}" is packed by method ${method}, which is not supported`);
  const content = method === STORED ? Buffer.from(packed) : inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  if (content.length !== size || crc32(content) !== archive.readUInt32LE(entryAt + 16))
    throw new ZipError(`entry "${name}" is damaged`);
  return content;
}

/** All entries in the order of the archive's directory; throws ZipError for a damaged, encrypted or escaping one. */
export function readZip(archive: Buffer): readonly ZipEntry[] {
  try {
    const end = findEnd(archive);
    const count = archive.readUInt16LE(end + 10);
    let at = archive.readUInt32LE(end + 16);
    const entries: ZipEntry[] = [];
    for (let index = 0; index < count; index += 1) {
      if (archive.readUInt32LE(at) !== DIRECTORY_ENTRY) throw new ZipError('the archive directory is damaged');
      const nameLength = archive.readUInt16LE(at + 28);
      const path = safePath(archive.toString('utf8', at + 46, at + 46 + nameLength));
      if ((archive.readUInt16LE(at + 8) & ENCRYPTED_FLAG) !== 0) throw new ZipError(`entry "${path}" is encrypted`);
      entries.push({ path, content: contentOf(archive, at, path), mode: (archive.readUInt32LE(at + 38) >>> 16) & 0o777 });
      at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
    }
    return entries;
  } catch (error) {
    if (error instanceof ZipError) throw error;
    throw new ZipError('the archive is damaged', { cause: error });
  }
}
