import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { checks } from '../../src/doctor/checks/index.ts';

const page = readFileSync(resolve(import.meta.dirname, '../../docs/doctor.md'), 'utf8');

it('docs/doctor.md lists every check, and no other, in their order', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  expect(rows).toEqual(checks.map(({ id, title, expects }) => `| \`${id}\` | ${title} | ${expects} |`));
});

it('docs/doctor.md and the policy for readers name every call that makes a check unknown when it is refused', () => {
  const folder = resolve(import.meta.dirname, '../../src/doctor');
  const sources = readdirSync(folder).filter((file) => file.startsWith('read'));
  const attempted = sources.flatMap((file) =>
    [...readFileSync(resolve(folder, file), 'utf8').matchAll(/attempt\(\s*'(\w+:\w+)'/g)].map(([, call = '']) => call),
  );
  expect(attempted).toContain('ec2:SearchTransitGatewayRoutes');
  const policy = readFileSync(resolve(import.meta.dirname, '../../examples/iam/read-only.json'), 'utf8');
  for (const call of attempted) {
    expect(page, call).toContain(`\`${call}\``);
    expect(policy, call).toContain(`"${call}"`);
  }
});
