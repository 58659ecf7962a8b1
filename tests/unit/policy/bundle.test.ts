import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const policy = fileURLToPath(new URL('../../../src/policy/', import.meta.url));

async function bundled(...entries: readonly string[]) {
  const { metafile, outputFiles } = await build({
    entryPoints: entries.map((entry) => `${policy}${entry}`),
    bundle: true,
    write: false,
    minify: true,
    metafile: true,
    outdir: 'out',
    format: 'esm',
    platform: 'node',
  });
  return { inputs: Object.keys(metafile.inputs), bytes: outputFiles.reduce((sum, file) => sum + file.contents.length, 0) };
}

describe('what the handler needs of the policy', () => {
  it('brings in no YAML, schema or address library', async () => {
    const { inputs } = await bundled('resolve.ts', 'watched-tags.ts', 'describe-filter.ts', 'describe-match.ts');
    expect(inputs.filter((input) => input.includes('node_modules') || input.includes('policy/source/'))).toEqual([]);
  });

  it('stays under 16 KB', async () => {
    const { bytes } = await bundled('resolve.ts');
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(16_384);
  });
});
