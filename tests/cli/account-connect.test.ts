import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createProgram, run } from '../../src/cli/main.ts';
import { startEmulator } from '../../src/emulator/emulator.ts';
import { AccountBench, stubAwsEnvironment, type } from './account-bench.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const nowhere = 'http://127.0.0.1:9';

describe.each(['plan', 'status', 'apply', 'sweep', 'teardown'])('automirror %s', (command) => {
  const folder = new URL('../../', import.meta.url).pathname;

  it('says that there is no Region, and how to give one', async () => {
    stubAwsEnvironment();
    vi.stubEnv('AWS_DEFAULT_REGION', undefined);
    const { code, out, err } = await type([command], folder);
    expect([code, out, err]).toEqual([1, '', 'No AWS Region: give --region, or set AWS_REGION.\n']);
  });

  it('says that there are no credentials', async () => {
    stubAwsEnvironment(false);
    const { code, out, err } = await type([command, '--region', 'eu-west-1'], folder);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^No AWS credentials: set them as for the AWS CLI, or give --profile\./);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('says where it could not reach AWS', async () => {
    stubAwsEnvironment();
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    const { code, out, err } = await type([command, '--endpoint-url', nowhere], folder);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^AWS could not be reached at http:\/\/127\.0\.0\.1:9: .*ECONNREFUSED/);
    expect(err.trim().split('\n')).toHaveLength(1);
  });

  it('shows an example with --help', async () => {
    const { code, out } = await type([command, '--help'], folder);
    expect(code).toBe(0);
    expect(out).toMatch(new RegExp(`\\nExample:\\n {2}\\$ automirror ${command} .*--region`));
  });
});

describe('every command', () => {
  const program = createProgram({
    io: { out: () => undefined, err: () => undefined, cwd: '/', isTerminal: false },
    exit: () => undefined,
  });
  const visible = (command: Command) =>
    command
      .createHelp()
      .visibleCommands(command)
      .filter((inner) => inner.name() !== 'help');
  const leaves = visible(program).flatMap((command) => [
    // A group without options of its own does nothing by itself.
    ...(visible(command).length === 0 || command.options.length > 0 ? [[command.name()]] : []),
    ...visible(command).map((inner) => [command.name(), inner.name()]),
  ]);

  it('is found', () => {
    expect(leaves.map((words) => words.join(' '))).toEqual(
      expect.arrayContaining([
        'plan',
        'explain',
        'status',
        'start',
        'stop',
        'audit',
        'audit verify',
        'snapshot',
        'apply',
        'sweep',
        'teardown',
        'policy check',
        'policy test',
        'policy schema',
        'emulator',
      ]),
    );
  });

  it.each(leaves)('%s %s has an example that the program itself accepts', async (...words) => {
    const { out } = await type([...words.filter((word) => word !== undefined), '--help'], '/');
    const example = /\nExample:\n {2}\$ automirror (.+)\n/.exec(out)?.[1] ?? '';
    expect(example.startsWith(words.filter((word) => word !== undefined).join(' '))).toBe(true);
    const options = [...example.matchAll(/ (--[a-z-]+)/g)].map(([, option]) => option);
    for (const option of options) expect(out, example).toContain(String(option));
  });
});

it('an endpoint that is no address is told in one line', async () => {
  stubAwsEnvironment();
  const { code, err } = await type(['sweep', '--endpoint-url', 'not-an-address'], '/');
  expect(code).toBe(1);
  expect(err).toContain('not-an-address');
  expect(err.trim().split('\n')).toHaveLength(1);
});

it('an unknown command is told with the nearest one', async () => {
  const written: string[] = [];
  const io = { out: () => undefined, err: (text: string) => void written.push(text), cwd: '/', isTerminal: false };
  expect(await run(['plna'], io)).toBe(1);
  expect(written.join('')).toContain('Did you mean plan?');
});

it('the Region of the bench is the one that --region gives', async () => {
  const bench = await AccountBench.start();
  try {
    vi.stubEnv('AWS_DEFAULT_REGION', undefined);
    const { code, out } = await bench.type(['teardown', '--region', 'us-west-2']);
    expect([code, out]).toEqual([0, expect.stringContaining('Of automirror-dev in 111122223333, us-west-2: 0 sessions')]);
  } finally {
    await bench.stop();
  }
});

describe('how far reading is', () => {
  let bench: AccountBench;
  afterEach(() => bench.stop());
  const shownOf = async () => {
    bench = await AccountBench.start();
    writeFileSync(join(bench.folder, 'policy.yml'), '');
    await bench.sensor();
    await bench.instance({ mirror: 'true' });
    const shown: (string | undefined)[] = [];
    return { shown, plan: () => bench.type(['plan'], { onProgress: (text) => shown.push(text) }) };
  };

  it('is shown while lists have further pages, and taken away before anything is printed', async () => {
    const { shown, plan } = await shownOf();
    Object.assign(bench.emulator.ec2.controls.settings, { largestPageSize: 1 });
    expect((await plan()).code).toBe(2);
    expect(shown).toContainEqual(expect.stringMatching(/^Reading EC2: .*\b1 instances.* so far$/));
    expect(shown.at(-1)).toBeUndefined();
  });

  it('is not shown where every list is one page', async () => {
    const { shown, plan } = await shownOf();
    await plan();
    expect(shown.filter((text) => text !== undefined)).toEqual([]);
  });

  it('is taken away where a list fails on the way', async () => {
    const { shown, plan } = await shownOf();
    Object.assign(bench.emulator.ec2.controls.settings, { largestPageSize: 1 });
    const error = { code: 'UnauthorizedOperation', status: 403 };
    bench.emulator.ec2.controls.fail({ action: 'DescribeInstances', error, skip: 1 });
    expect((await plan()).code).toBe(1);
    expect(shown.some((text) => text !== undefined)).toBe(true);
    expect(shown.at(-1)).toBeUndefined();
  });
});

describe('--emulator', () => {
  it('is where npm start puts it, with the credentials that it takes', async () => {
    stubAwsEnvironment(false);
    const folder = new URL('../../', import.meta.url).pathname;
    const emulator = await startEmulator({ port: 4566 });
    try {
      const { code, out, err } = await type(['status', '--emulator', '--json'], folder);
      expect([code, err]).toEqual([0, '']);
      expect(JSON.parse(out)).toMatchObject({ status: 1, accountId: emulator.host.accountId, region: 'eu-west-1' });
    } finally {
      await emulator.stop();
    }
    vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
    expect((await type(['status', '--emulator'], folder)).err).toMatch(
      /^AWS could not be reached at http:\/\/127\.0\.0\.1:4566, where npm start puts it: .*ECONNREFUSED/,
    );
    expect((await type(['status', '--emulator', '--endpoint-url', nowhere], folder)).err).toMatch(/cannot be used with/);
  });
});
