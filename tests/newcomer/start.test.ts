import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../src/demo/user.ts';
import { Running, root, sh } from './shell.ts';

let running: Running | undefined;
afterEach(async () => {
  running?.signal('SIGKILL');
  await running?.finished();
  running = undefined;
});

function start(line: string, env: Readonly<Record<string, string>> = {}): Running {
  running = new Running(line, { env });
  return running;
}

/** What npm start offers to type: the environment, and the lines by what they do. */
function offered(output: string) {
  const lines = output.split('\n').map((line) => line.trim());
  const line = (part: string): string => {
    const found = lines.filter((one) => /^(aws|npx|export) /.test(one) && one.includes(part));
    expect(found, `lines with ${part} in\n${output}`).toHaveLength(1);
    return found[0] ?? '';
  };
  const exported = line('export ').slice('export '.length).split(' ');
  return {
    env: Object.fromEntries(exported.map((pair) => pair.split('=', 2))) as Record<string, string>,
    tag: line('ec2 create-tags'),
    sessions: line('ec2 describe-traffic-mirror-sessions'),
    plan: line('npx automirror plan'),
    untag: line('ec2 delete-tags'),
    trail: line('logs filter-log-events'),
    count: lines.filter((one) => /^(aws|npx|export) /.test(one)).length,
  };
}

const ended = async (one: Running) => {
  await until('the end of every process', async () => !one.isAlive() || undefined);
};

describe('npm start', () => {
  it('prints AWS CLI lines that work as printed, and ends at Ctrl-C with no process left', { timeout: 90_000 }, async () => {
    const service = start('npm start', { PORT: '0' });
    const printed = offered(await service.says(/Ctrl-C ends it/));
    expect(printed.count).toBe(6);
    const type = async (line: string) => {
      const done = await sh(line, { env: printed.env });
      return { ...done, json: () => JSON.parse(done.stdout) };
    };
    const sessions = async () => {
      const { code, output, json } = await type(printed.sessions);
      expect(code, output).toBe(0);
      return json().TrafficMirrorSessions;
    };

    expect(await sessions()).toEqual([]);
    const quiet = await type(printed.plan);
    expect(quiet.code, quiet.output).toBe(0);
    expect(quiet.stdout).toContain('Nothing to change');

    expect((await type(printed.tag)).code).toBe(0);
    // The trail shows when it was made: not a matter of how long the AWS CLI takes to start.
    const taggedAt = performance.now();
    await service.says(/\+ session\.create {2}web-1 \S+ -> sensor, number \d+/);
    expect(performance.now() - taggedAt).toBeLessThan(2_000);
    expect(await sessions()).toEqual([
      expect.objectContaining({ Tags: expect.arrayContaining([{ Key: 'automirror:owner', Value: 'automirror-dev' }]) }),
    ]);

    expect((await type(printed.untag)).code).toBe(0);
    const untaggedAt = performance.now();
    await service.says(/- session\.delete {2}web-1/);
    expect(performance.now() - untaggedAt).toBeLessThan(2_000);
    expect(await sessions()).toEqual([]);

    const trail = await type(printed.trail);
    const events: readonly { readonly message: string }[] = trail.json().events;
    const actions = events.map(({ message }) => JSON.parse(message).detail.action);
    expect(actions.filter((action) => action.startsWith('session.'))).toEqual(['session.create', 'session.delete']);

    service.signal('SIGINT');
    const { output } = await service.finished();
    await ended(service);
    expect(output).not.toMatch(/\bat .+:\d+:\d+\)|Error:/);
  });

  it.each(['abc', '65536', '-1'])('refuses the port %s in words', { timeout: 30_000 }, async (port) => {
    const { code, output } = await start('npm start', { PORT: port }).finished();
    expect(code).toBe(1);
    expect(output).toContain(`PORT must be a number from 0 to 65535, not "${port}"`);
    expect(output).not.toMatch(/\n\s+at /);
  });

  it('says that a port is in use, and how to take another', { timeout: 45_000 }, async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? String(address.port) : '';
    try {
      const { code, output } = await start('npm start', { PORT: port }).finished();
      expect(code).toBe(1);
      expect(output).toContain(`Port ${port} is in use; take another: PORT=4567 npm start`);
      expect(output).not.toMatch(/\n\s+at /);
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });

  it('refuses a policy that is not there in the packager’s words', { timeout: 30_000 }, async () => {
    const { code, output } = await start('npm start', { PORT: '0', POLICY: 'no-such-policy.yml' }).finished();
    expect(code).toBe(1);
    expect(output).toContain('no-such-policy.yml cannot be read');
    expect(output).not.toMatch(/\n\s+at /);
  });
});

describe('automirror emulator', () => {
  it('starts the same account, with a policy named from where it is typed, and passes Ctrl-C on', {
    timeout: 60_000,
  }, async () => {
    running = new Running('exec node ../bin/automirror.js emulator --port 0 --policy policies/03-never.yml', {
      cwd: `${root}/examples`,
    });
    const printed = offered(await running.says(/Ctrl-C ends it/));
    expect(running.output).toContain('/examples/policies/03-never.yml');
    const { code } = await sh(printed.sessions, { env: printed.env });
    expect(code).toBe(0);
    running.signal('SIGINT');
    expect((await running.finished()).code).toBe(0);
    await ended(running);
  });

  it.each(['abc', '65536'])('refuses the port %s', async (port) => {
    const { code, output } = await sh(`node bin/automirror.js emulator --port ${port}`);
    expect(code).toBe(1);
    expect(output).toContain('A port is a number from 0 to 65535.');
  });
});
