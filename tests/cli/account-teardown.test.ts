import {
  CreateTagsCommand,
  DescribeTrafficMirrorFiltersCommand,
  DescribeTrafficMirrorTargetsCommand,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect } from '../../src/cli/account.ts';
import { teardown } from '../../src/cli/commands/teardown.ts';
import { AccountBench } from './account-bench.ts';

let bench: AccountBench;
let ec2: EC2Client;
let target: string;
beforeEach(async () => {
  bench = await AccountBench.start();
  ec2 = new EC2Client({ endpoint: bench.emulator.endpoint, region: 'eu-west-1', maxAttempts: 1 });
  target = await bench.sensor();
});
afterEach(async () => {
  ec2.destroy();
  await bench.stop();
});

/** A session and its filter, of an owner or of nobody. */
async function session(owner: string | undefined): Promise<string> {
  const { eni } = await bench.instance({ Name: 'web' });
  const id = await bench.user.foreignSession(eni, target, 5);
  const made = (await bench.user.sessions()).find(({ TrafficMirrorSessionId }) => TrafficMirrorSessionId === id);
  if (owner !== undefined)
    await ec2.send(
      new CreateTagsCommand({
        Resources: [id, made?.TrafficMirrorFilterId ?? ''],
        Tags: [{ Key: 'automirror:owner', Value: owner }],
      }),
    );
  return id;
}

const sessions = async () =>
  (await bench.user.sessions()).map(({ TrafficMirrorSessionId = '' }) => TrafficMirrorSessionId).sort();
const filters = async () => (await ec2.send(new DescribeTrafficMirrorFiltersCommand({}))).TrafficMirrorFilters ?? [];

const queue = (name: string) => `arn:aws:sqs:eu-west-1:111122223333:${name}`;

function rule(name: string, queueName: string): void {
  bench.emulator.events.putRule({
    name,
    arn: `arn:aws:events:eu-west-1:111122223333:rule/${name}`,
    state: 'ENABLED',
    scheduleExpression: 'rate(5 minutes)',
    targets: [{ id: 'one', arn: queue(queueName), ...(queueName.endsWith('.fifo') ? { messageGroupId: 'g' } : {}) }],
  });
}

const states = () => Object.fromEntries(bench.emulator.events.rules().map(({ name, state }) => [name, state]));

it('deletes what is the owner’s, leaves everything else, and says so', async () => {
  const ours = [await session('automirror-dev'), await session('automirror-dev')];
  const others = [await session(undefined), await session('team-b')].sort();
  const sensor = await bench.instance({ Name: 'declared' });
  await bench.user.target(sensor.eni, { 'automirror:owner': 'automirror-dev' });
  const { code, out, err } = await bench.type(['teardown', '--yes']);

  expect([code, err]).toEqual([0, '']);
  expect(out).toBe(
    'Of automirror-dev in 111122223333, eu-west-1: 2 sessions, 2 filters, 1 target.\nNot ours, and left alone: 2 sessions, 2 filters, 1 target.\nNothing of automirror-dev is left.\n',
  );
  expect(await sessions()).toEqual(others);
  expect(ours.some((id) => others.includes(id))).toBe(false);
  expect(await filters()).toHaveLength(2);
  expect((await ec2.send(new DescribeTrafficMirrorTargetsCommand({}))).TrafficMirrorTargets).toMatchObject([
    { TrafficMirrorTargetId: target },
  ]);
});

it('finds nothing the second time, asks nobody, and ends with 0', async () => {
  await session('automirror-dev');
  expect((await bench.type(['teardown'], { answer: 'yes' })).asked).toEqual(['Delete all of ours? [y/N] ']);
  bench.emulator.ec2.calls.reset();
  const { code, out, asked } = await bench.type(['teardown'], { answer: 'no' });
  expect([code, asked]).toEqual([0, []]);
  expect(out).toContain('0 sessions, 0 filters, 0 targets.\n');
  expect(out).toContain('Nothing of automirror-dev is left.\n');
  expect(bench.changes()).toEqual([]);
});

it('deletes nothing and disables nothing when declined, or without a terminal', async () => {
  const ours = await session('automirror-dev');
  rule('sweep', 'automirror-dev-reconcile.fifo');
  expect(await bench.type(['teardown'], { answer: 'n' })).toMatchObject({ code: 1, err: 'Nothing was deleted.\n' });
  expect(await bench.type(['teardown'])).toMatchObject({ code: 1, err: expect.stringContaining('give --yes') });
  expect(await sessions()).toEqual([ours]);
  expect(states()).toEqual({ sweep: 'ENABLED' });
});

it('first disables the rules that feed the stack’s queue, and no other', async () => {
  await session('team-a');
  for (const name of ['sweep', 'tags', 'state']) rule(name, 'stack-a-reconcile.fifo');
  rule('audit', 'somewhere-else');
  rule('other-stack', 'automirror-dev-reconcile.fifo');
  const slept: number[] = [];
  const account = await connect({ owner: 'team-a', endpointUrl: bench.emulator.endpoint });
  const settle = async (ms: number) => void slept.push(ms);
  const written: string[] = [];
  const write = (text: string) => void written.push(text);
  const code = await teardown(
    { ...account, settle },
    { owner: 'team-a', stack: 'stack-a', yes: true },
    { out: write, err: write, isTerminal: false, cwd: bench.folder },
  );

  expect(code).toBe(0);
  expect(states()).toEqual({
    sweep: 'DISABLED',
    tags: 'DISABLED',
    state: 'DISABLED',
    audit: 'ENABLED',
    'other-stack': 'ENABLED',
  });
  expect(written.join('')).toContain(
    'Disabled 3 rules of the stack, so that it does not put back what is deleted: state, sweep, tags\n',
  );
  // A deployment does not enable them again: CloudFormation sees no change.
  expect(written.join('')).toContain('  aws events enable-rule --name state\n  aws events enable-rule --name sweep\n');
  expect(await sessions()).toEqual([]);
  // The function may be at work when its rules are disabled: what it made meanwhile is looked for again.
  expect(slept).toEqual([3_000]);
});

it('names a session that cannot be deleted, with EC2’s reason, deletes the rest, and ends with 1', async () => {
  const stuck = await session('automirror-dev');
  const other = await session('automirror-dev');
  bench.emulator.ec2.controls.fail({
    action: 'DeleteTrafficMirrorSession',
    where: { TrafficMirrorSessionId: stuck },
    times: 99,
    error: { code: 'UnauthorizedOperation', message: 'You are not authorized to perform this operation.', status: 403 },
  });
  const { code, out, err } = await bench.type(['teardown', '--yes']);
  expect(code).toBe(1);
  expect(err).toMatch(new RegExp(`^Still there: ${stuck} \\(UnauthorizedOperation: `, 'm'));
  expect(err).not.toContain(other);
  expect(out).not.toContain('Nothing of automirror-dev is left');
  expect(await sessions()).toEqual([stuck]);
});

it('answers programs with one object', async () => {
  await session('automirror-dev');
  await session(undefined);
  const { code, out, err } = await bench.type(['teardown', '--yes', '--json']);
  expect([code, err]).toEqual([0, '']);
  expect(JSON.parse(out)).toEqual({
    teardown: 1,
    owner: 'automirror-dev',
    clean: true,
    remaining: [],
    others: { sessions: 1, filters: 1, targets: 1 },
    disabledRules: [],
  });
});

it('tells in one line that EC2 cannot be read', async () => {
  bench.emulator.ec2.controls.fail({
    action: 'DescribeTrafficMirrorFilters',
    times: 99,
    error: { code: 'UnauthorizedOperation', message: 'No.', status: 403 },
  });
  expect(await bench.type(['teardown', '--yes'])).toMatchObject({
    code: 1,
    out: '',
    err: 'EC2 could not be read: UnauthorizedOperation: No.\n',
  });
});
