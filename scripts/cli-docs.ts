/**
 * `npm run docs:cli`
 *
 * Writes the reference of the command line, as the program itself tells it, into docs/cli.md. A test fails when the two differ.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createProgram } from '../src/cli/main.ts';
import { referenceOf, withReference } from '../src/cli/reference.ts';
import { root } from './serverless.ts';

// The default owner is to be the one that everybody has.
delete process.env.AUTOMIRROR_OWNER;
const program = createProgram({
  io: { out: () => undefined, err: () => undefined, cwd: root, isTerminal: false },
  exit: () => undefined,
});
const page = join(root, 'docs', 'cli.md');
await writeFile(page, withReference(await readFile(page, 'utf8'), referenceOf(program)));
