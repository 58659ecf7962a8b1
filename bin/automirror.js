#!/usr/bin/env node
import { existsSync } from 'node:fs';

const bundle = new URL('../dist/cli.js', import.meta.url);

if (existsSync(bundle)) {
  const { run } = await import(bundle.href);
  process.exitCode = await run(process.argv.slice(2));
} else {
  process.stderr.write('automirror: dist/cli.js is missing; build it with: npm run build\n');
  process.exitCode = 1;
}
