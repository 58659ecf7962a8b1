#!/usr/bin/env node
import { existsSync } from 'node:fs';

const bundle = new URL('../dist/cli.js', import.meta.url);

// The SDK's version is exact: what later ones will ask of Node concerns who updates it, not who types a command.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

if (existsSync(bundle)) {
  const { run } = await import(bundle.href);
  process.exitCode = await run(process.argv.slice(2));
} else {
  process.stderr.write('automirror: dist/cli.js is missing; build it with: npm run build\n');
  process.exitCode = 1;
}
