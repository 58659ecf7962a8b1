import { describe, expect, it } from 'vitest';
import { readZip } from '../../../src/emulator/lambda/zip.ts';
import { type WrittenEntry, writeZip } from './zip-writer.ts';

const texts = (archive: Buffer) => readZip(archive).map(({ path, content }) => [path, content.toString('utf8')]);

describe('reading a zip archive', () => {
  it('reads stored, deflated, empty and nested files', () => {
    const archive = writeZip([
      { path: 'a.js', content: 'x'.repeat(10_000) },
      { path: 'lib/', content: '', stored: true },
      { path: 'lib/ü.js', content: 'stored', stored: true },
      { path: 'empty', content: '' },
    ]);
    expect(texts(archive)).toEqual([
      ['a.js', 'x'.repeat(10_000)],
      ['lib/', ''],
      ['lib/ü.js', 'stored'],
      ['empty', ''],
    ]);
    expect(readZip(archive)[0]?.mode).toBe(0o644);
  });

  it('finds the directory before an archive comment', () => {
    expect(texts(writeZip([{ path: 'a', content: '1' }], 'made by hand'))).toEqual([['a', '1']]);
  });

  it.each<[string, WrittenEntry, string]>([
    ['a path out of the package', { path: '../evil', content: '' }, 'outside of the package'],
    ['an absolute path', { path: '/etc/evil', content: '' }, 'outside of the package'],
    ['a path with backslashes', { path: '..\\evil', content: '' }, 'outside of the package'],
    ['an encrypted entry', { path: 'a', content: '', flags: 1 }, 'encrypted'],
    ['an unknown method', { path: 'a', content: '', method: 12 }, 'method 12'],
    ['a wrong checksum', { path: 'a', content: 'text', crc: 1 }, 'damaged'],
    ['content longer than announced', { path: 'a', content: 'x'.repeat(1000), size: 10 }, 'damaged'],
  ])('refuses %s', (_, entry, message) => {
    expect(() => readZip(writeZip([entry]))).toThrow(message);
  });

  it('refuses what is no archive, or half of one', () => {
    expect(() => readZip(Buffer.from('hello, world, this is no archive'))).toThrow('not a zip archive');
    const archive = writeZip([{ path: 'a', content: 'text' }]);
    expect(() => readZip(archive.subarray(20))).toThrow('damaged');
  });
});
