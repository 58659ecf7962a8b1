/** docs/cli.md: its tour is typed again, and its reference compared with the program. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { createProgram } from '../../src/cli/main.ts';
import { referenceOf, withReference } from '../../src/cli/reference.ts';
import { instanceId, primaryInterface } from '../../src/demo/user.ts';
import { runService } from '../support/scenario/service.ts';
import { copyProject } from './project-copy.ts';
import { root, sh } from './shell.ts';

const page = readFileSync(join(root, 'docs', 'cli.md'), 'utf8');
const placeholder = 'i-0123456789abcdef0';

/** Each command of the tour with the output below it. */
const tour = [...page.matchAll(/```sh\n(.+)\n```\n\n```text\n([\s\S]*?)```/g)].map(([, line = '', output = '']) => ({
  line,
  output,
}));

/** What differs from run to run: ids, times, ages, how many sweeps there have been. */
const withoutChance = (text: string): string =>
  text
    .replace(/\b(eni|i|tmt|tms|tmf|vpc|subnet)-[0-9a-f]{17}\b/g, '$1-ID')
    .replace(/\b[0-9a-f]{16}\b/g, 'HASH')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    // Each minute may change what the alarms know.
    .replace(/alarms: .* without enough data/g, 'alarms: some')
    .replace(/VNI \d+/g, 'VNI N')
    .replace(/\d+ (seconds|minutes) ago/g, 'AGE ago')
    .replace(/^\d+ records/gm, 'N records');

it('the tour of docs/cli.md does, line by line, what the page shows', { timeout: 120_000 }, async () => {
  expect(tour.length).toBeGreaterThan(7);
  const service = await runService();
  const project = await copyProject();
  try {
    const [sensor] = await service.user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
    await service.user.target(sensor === undefined ? '' : primaryInterface(sensor), {
      'automirror:target': 'default',
      Name: 'sensor',
    });
    const [web] = await service.user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web-1' });
    const id = web === undefined ? '' : instanceId(web);
    await service.sweep();
    const env = {
      AWS_ENDPOINT_URL: service.emulator.endpoint,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_DEFAULT_REGION: 'eu-west-1',
    };
    for (const { line, output } of tour) {
      const typed = await sh(line.replaceAll(placeholder, id), { cwd: project.folder, env });
      expect(withoutChance(typed.output.replaceAll(id, placeholder)), line).toBe(withoutChance(output));
      // The plan for another policy has changes.
      expect(typed.code, line).toBe(line.includes('plan --from') ? 2 : 0);
    }
  } finally {
    await project.remove();
    await service.stop();
  }
});

it('the reference of docs/cli.md is what the program says of itself (npm run docs:cli)', () => {
  vi.stubEnv('AUTOMIRROR_OWNER', undefined);
  const program = createProgram({
    io: { out: () => undefined, err: () => undefined, cwd: root, isTerminal: false },
    exit: () => undefined,
  });
  const reference = referenceOf(program);
  vi.unstubAllEnvs();
  for (const command of ['plan', 'explain', 'audit verify', 'policy check', 'completion'])
    expect(reference).toContain(`### ${command}\n\n\`\`\`text\nUsage: automirror ${command} `);
  expect(withReference(page, reference)).toBe(page);
  expect(() => withReference('no marks', reference)).toThrow('has no marks');
});
