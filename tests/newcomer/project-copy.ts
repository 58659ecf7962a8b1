import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './shell.ts';

const parts = [
  'bin',
  'dist',
  'examples',
  'handlers',
  'package.json',
  'policy.yml',
  'scripts',
  'serverless.yml',
  'src',
  'tsconfig.json',
];

/** The project in a folder of its own, for commands that write into it; `remove` deletes it. */
export async function copyProject(): Promise<{ readonly folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'automirror-project-'));
  for (const part of parts) await cp(join(root, part), join(folder, part), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
