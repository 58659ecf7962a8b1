import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkImports, type SourceFile } from './check-imports.ts';

const root = join(import.meta.dirname, '..', '..');

async function readSources(...folders: string[]): Promise<SourceFile[]> {
  const entries = await Promise.all(
    folders.map((folder) => readdir(join(root, folder), { recursive: true, withFileTypes: true })),
  );
  const files = entries.flat().filter((entry) => entry.isFile() && entry.name.endsWith('.ts'));
  return Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name);
      return { path: relative(root, file).replaceAll('\\', '/'), source: await readFile(file, 'utf8') };
    }),
  );
}

describe('the architecture', () => {
  it('has imports that go one way, and layers that keep to what they may say', async () => {
    const files = await readSources('src', 'handlers', 'scripts');
    expect(files.length).toBeGreaterThan(50);
    expect(checkImports(files)).toEqual([]);
  });
});

describe('the check of the architecture', () => {
  const check = (path: string, source: string): string[] => checkImports([{ path, source }]);

  it.each([
    ['src/model/a.ts', "import { b } from '../policy/b.ts';", 'imports the layer policy'],
    ['src/policy/a.ts', "import type { B } from '../plan/b.ts';", 'imports the layer plan'],
    ['src/policy/source/a.ts', "export * from '../../plan/b.ts';", 'imports the layer plan'],
    ['src/plan/a.ts', "import { b } from '../policy/b.ts';", 'imports the layer policy'],
    ['src/plan/a.ts', "import { b } from '@aws-sdk/client-ec2';", 'imports the package @aws-sdk/client-ec2'],
    ['src/plan/a.ts', "const b = await import('node:fs');", 'imports the package node:fs'],
    ['src/reconcile/a.ts', "import { b } from '../aws/b.ts';", 'imports the layer aws'],
    ['src/service.ts', "import { b } from './aws/b.ts';", 'imports the layer aws'],
    ['src/emulator/ec2/a.ts', "import type { B } from '../../model/b.ts';", 'imports the layer model'],
    ['src/reconcile/a.ts', "import { b } from '../emulator/b.ts';", 'imports the layer emulator'],
    ['src/app.ts', "import { b } from './emulator/b.ts';", 'imports the layer emulator'],
    ['handlers/a.ts', "import '../src/aws/b.ts';", 'imports the layer aws'],
    ['src/model/a.ts', 'const now = Date.now();', 'says Date.now'],
    ['src/policy/a.ts', 'const now = new Date();', 'says new Date()'],
    ['src/plan/a.ts', 'const chance = Math.random();', 'says Math.random'],
    ['src/plan/a.ts', 'console.log(1);', 'says console'],
    ['src/plan/a.ts', ['const text = `$', '{Date.now()}`;'].join(''), 'says Date.now'],
    ['src/model/a.ts', 'const home = process.env.HOME;', 'says process'],
    ['src/reconcile/a.ts', 'const home = process.env.HOME;', 'says process.env'],
    ['src/newcomer/a.ts', '', 'the layer newcomer has no rule'],
  ])('finds what is wrong in %s: %s', (path, source, violation) => {
    expect(check(path, source)).toEqual([`${path}: ${violation}`]);
  });

  it.each([
    ['src/plan/a.ts', "import { b } from '../model/b.ts';\nimport { createHash } from 'node:crypto';"],
    ['src/reconcile/a.ts', "import { b } from '../policy/b.ts';\nimport { c } from './ports.ts';"],
    ['src/policy/a.ts', '// Date.now() is passed in\n/* not process.env */\nexport const at = (ms: number) => new Date(ms);'],
    ['src/policy/a.ts', "const text = 'shown in the console; import it from';\nexport const other = ', ';"],
    ['src/policy/a.ts', 'export const link = "https://example.com"; // console'],
  ])('lets %s say what it may: %s', (path, source) => {
    expect(check(path, source)).toEqual([]);
  });
});
