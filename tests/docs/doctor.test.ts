import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { checks } from '../../src/doctor/checks/index.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/doctor.md'), 'utf8');

it('docs/doctor.md lists every check, and no other, in their order', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(checks.map(({ id, title, expects }) => `| \`${id}\` | ${title} | ${expects} |`));
});
