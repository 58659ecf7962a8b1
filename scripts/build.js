/**
 * `npm run build`: bundles the command line tool, `src/cli/main.ts`, into `dist/cli.js` for `bin/automirror.js`. What a command needs comes in
 * chunks of its own, so that `--help` loads neither the AWS SDK nor the policy's schema. The script and style of the page that `automirror report` writes
 * become `dist/report/page.js` and `page-style.css`.
 *
 * Plain JavaScript, because `npm ci --omit=dev` runs it too (as `prepare`, with --if-installed), when no TypeScript runner is there. It then
 * leaves the tool unbuilt and says so.
 */
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const ifInstalled = process.argv.includes('--if-installed');

const esbuild = await loadEsbuild();
if (esbuild === undefined || (ifInstalled && !existsSync(join(root, 'src/cli/main.ts')))) {
  console.error('automirror: the command line tool was not built (development dependencies or sources are not installed)');
  process.exitCode = ifInstalled ? 0 : 1;
} else {
  await rm(join(root, 'dist'), { recursive: true, force: true });
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: ['src/cli/main.ts'],
    outdir: 'dist',
    entryNames: 'cli',
    chunkNames: 'chunks/[name]-[hash]',
    splitting: true,
    bundle: true,
    platform: 'node',
    target: 'node20.19',
    format: 'esm',
    packages: 'external',
    sourcemap: true,
    logLevel: 'warning',
  });
  await esbuild.build({
    absWorkingDir: root,
    entryPoints: { page: 'src/report/page/main.ts', 'page-style': 'src/report/page/page.css' },
    outdir: 'dist/report',
    bundle: true,
    minify: true,
    platform: 'browser',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    format: 'iife',
    charset: 'utf8',
    tsconfigRaw: {},
    legalComments: 'none',
    logLevel: 'warning',
  });
}

async function loadEsbuild() {
  try {
    return await import('esbuild');
  } catch (error) {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  }
}
