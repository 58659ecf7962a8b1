/**
 * `npm run remove -- --stage NAME [--region NAME] [--param=NAME=VALUE]…`
 *
 * Deletes the sessions and filters that the stack created, then the stack. In this order: once the stack is gone nobody is left to
 * delete them, and AWS bills a session until it is deleted. When the first step fails, the stack stays.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findingParts } from '../src/packaging/finding-parts.ts';
import { tagRule } from '../src/packaging/tag-rule.ts';
import { root, run, serverless, serverlessOutput } from './serverless.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  await provideParts();
  const owner = await resolved('functions.reconcile.environment.AUTOMIRROR_OWNER', args);
  const region = await resolved('provider.region', args);
  // The owner may be another than the stack, and the rules to disable are found by the name of the stack.
  const stack = await resolved('provider.stackName', args);

  const ofStack = ['--owner', owner, '--stack', stack, '--region', region];
  const teardown = [join(root, 'bin', 'automirror.js'), 'teardown', '--yes', ...ofStack];
  const code = await run(process.execPath, teardown);
  if (code !== 0) {
    console.error(
      `teardown of ${owner} failed (exit code ${code}): the stack was not removed, because it is what can still clean up`,
    );
    return code;
  }
  return serverless(['remove', ...args]);
}

async function resolved(path: string, args: readonly string[]): Promise<string> {
  return serverlessOutput(['print', '--path', path, '--format', 'text', ...args]);
}

/**
 * serverless.yml reads files that packaging derives from the policy. Where the project was never packaged, those of a policy without rules and findings do: removing
 * must not depend on a policy that parses.
 */
async function provideParts(): Promise<void> {
  const parts = {
    'tag-rule.json': tagRule({ prefixes: ['mirror'], keys: [], ofNetworks: false }).pattern,
    'finding-parts.json': findingParts({}),
  };
  await mkdir(join(root, '.build'), { recursive: true });
  for (const [name, part] of Object.entries(parts)) {
    const file = join(root, '.build', name);
    if (!existsSync(file)) await writeFile(file, JSON.stringify(part));
  }
}
