import { mkdtemp, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleHandler } from '../../src/packaging/bundle.ts';
import type * as Probe from './sdk-probe.ts';

export const root = join(import.meta.dirname, '..', '..');

/** Bundles the probe as the handler is bundled and loads it as Lambda does, with `require`. */
export async function loadTrimmedProbe(): Promise<typeof Probe> {
  const { code } = await bundleHandler({ root, entry: 'tests/stack/sdk-probe.ts', policy: {} });
  const file = join(await mkdtemp(join(tmpdir(), 'automirror-probe-')), 'probe.cjs');
  await writeFile(file, code);
  const loaded: typeof Probe = createRequire(import.meta.url)(file);
  return loaded;
}
