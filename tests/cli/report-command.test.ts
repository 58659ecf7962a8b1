import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { CreateTrafficMirrorFilterRuleCommand, DeleteNetworkInterfaceCommand } from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Report } from '../../src/report/model.ts';
import { DoctorBench } from './doctor-bench.ts';

let bench: DoctorBench;
beforeEach(async () => {
  bench = await DoctorBench.start();
});
afterEach(async () => {
  await bench.stop();
});

async function report(...args: readonly string[]): Promise<Report> {
  const { code, out, err } = await bench.type(['report', '--json', ...args]);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Report;
}

/** Writes lines into a log group of the account, as the rule of the stack does. */
async function log(group: string, lines: readonly string[]): Promise<void> {
  const client = new CloudWatchLogsClient({
    endpoint: bench.emulator.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await client.send(new CreateLogGroupCommand({ logGroupName: group }));
  await client.send(new CreateLogStreamCommand({ logGroupName: group, logStreamName: 's' }));
  const timestamp = Date.now() - 60_000;
  await client.send(
    new PutLogEventsCommand({
      logGroupName: group,
      logStreamName: 's',
      logEvents: lines.map((message, index) => ({ message, timestamp: timestamp + index })),
    }),
  );
  client.destroy();
}

const record = (changes: object) =>
  JSON.stringify({
    'detail-type': 'Mirror Session Created',
    detail: {
      audit: 1,
      time: '2026-11-25T21:00:00.000Z',
      action: 'session.create',
      outcome: 'done',
      reason: 'session-missing',
      trigger: 'tag-change',
      ...changes,
    },
  });

describe('automirror report --json', () => {
  it('tells a world that works: sessions as wanted, targets with their load, what it costs, no drift', async () => {
    const web = await bench.healthy();
    bench.emulator.ec2.calls.reset();
    const told = await report();
    expect(told).toMatchObject({
      report: 1,
      owner: 'automirror-dev',
      accountId: '111122223333',
      region: 'eu-west-1',
      policyHash: expect.stringMatching(/^[0-9a-f]{16}$/),
      coverage: {
        instances: 2,
        mirrored: 1,
        incomplete: 0,
        refused: 0,
        leftAlone: { 'no-rule-matched': 1 },
        sessions: 1,
        foreignSessions: 0,
      },
      cost: { currency: 'USD', pricePerHour: 0.015, perHour: 0.015, perMonth: 10.95 },
      quota: { used: 1, sessionsPerAccount: 10_000, maxSessions: 9_000 },
      refusals: [],
      drift: [],
    });
    expect(told.rows).toEqual([
      {
        session: expect.stringMatching(/^tms-/),
        state: 'as wanted',
        instance: web.id,
        name: 'web',
        zone: 'eu-west-1a',
        eni: web.eni,
        target: web.sensor.target,
        filter: expect.stringMatching(/^tmf-/),
        number: 10,
        packetLength: null,
        rule: 'opt-in',
      },
    ]);
    expect(told.targets).toEqual([
      {
        target: web.sensor.target,
        name: '',
        type: 'network-interface',
        zone: 'eu-west-1b',
        pools: ['default'],
        ours: 1,
        others: 0,
        capacity: 10,
        isDead: false,
      },
    ]);
    expect(bench.changes()).toEqual([]);
  });

  it('tells what the next sweep would change: sessions missing, changed by hand, and unwanted', async () => {
    await bench.goodSensor();
    const [a, b, c] = [
      await bench.instance({ Name: 'a', mirror: 'true' }),
      await bench.instance({ Name: 'b', mirror: 'true' }),
      await bench.instance({ Name: 'c', mirror: 'true' }),
    ];
    await bench.sweep();
    const session = async (eni: string) =>
      (await bench.user.sessions()).find((one) => one.NetworkInterfaceId === eni)?.TrafficMirrorSessionId ?? '';
    await bench.user.deleteSession(await session(a.eni));
    await bench.user.modifySession(await session(b.eni), { PacketLength: 99 });
    await bench.user.untag(c.id, 'mirror');
    const told = await report();
    expect(told.rows.map(({ name, state, session: id }) => [name, state, id === ''])).toEqual([
      ['a', 'missing', true],
      ['b', 'to change', false],
      ['c', 'to delete', false],
    ]);
    expect(told.drift).toMatchObject([
      { change: 'delete session', instance: c.id, code: 'no-rule-matched' },
      { change: 'modify session', instance: b.id, code: 'drift', fields: ['packetLength: 99 -> (none)'] },
      { change: 'create session', what: a.eni, instance: a.id, code: 'session-missing' },
    ]);
    expect(told.coverage).toMatchObject({ mirrored: 1, incomplete: 1, sessions: 2, leftAlone: { 'no-rule-matched': 2 } });
  });

  it('tells each refusal with what to do', async () => {
    await bench.goodSensor();
    const old = await bench.user.launch(1, 'eu-west-1a', 't2.micro', { Name: 'old', mirror: 'true' });
    const lost = await bench.instance({ Name: 'lost', mirror: 'true', 'mirror-target': 'nowhere' });
    const told = await report();
    expect(told.coverage).toMatchObject({ refused: 2, mirrored: 0 });
    expect([...told.refusals].sort((a, b) => (a.name < b.name ? -1 : 1))).toMatchObject([
      { instance: lost.id, name: 'lost', code: 'target-unknown', fix: expect.stringContaining('mirror-target') },
      {
        instance: old[0]?.InstanceId,
        name: 'old',
        code: 'instance-type-unsupported',
        fix: expect.stringContaining('supported type'),
      },
    ]);
  });

  it('counts a source that no target has room for as refused', async () => {
    await bench.instance({ Name: 'web', mirror: 'true' });
    const told = await report();
    expect(told.coverage).toMatchObject({ refused: 1, mirrored: 0, incomplete: 0 });
    expect(told.refusals).toMatchObject([{ code: 'pool-empty', fix: expect.stringContaining('automirror:target=POOL') }]);
  });

  it('counts what others have on a target and in the account, and never as ours', async () => {
    const web = await bench.healthy();
    const other = await bench.instance({ Name: 'other' });
    await bench.user.foreignSession(other.eni, web.sensor.target, 1);
    const told = await report();
    expect(told.coverage).toMatchObject({ sessions: 1, foreignSessions: 1 });
    expect(told.targets).toMatchObject([{ ours: 1, others: 1 }]);
    expect(told.quota.used).toBe(2);
    expect(told.rows).toHaveLength(1);
  });

  it('tells what a declared target would be, before it is made', async () => {
    const sensor = await bench.instance({ Name: 'sensor' });
    bench.policy(
      `targets: { default: { members: [{ networkInterfaceId: ${sensor.eni} }, { gatewayLoadBalancerEndpointId: vpce-0123456789abcdef0 }] } }\n`,
    );
    const web = await bench.instance({ Name: 'web', mirror: 'true' });
    const told = await report();
    expect(told.drift).toMatchObject([
      { change: 'create filter', what: 'all-traffic' },
      { change: 'create target', what: expect.stringMatching(/^(eni|vpce)-/) },
      ...told.drift.slice(2),
    ]);
    expect(told.rows).toMatchObject([{ state: 'missing', instance: web.id, target: expect.stringMatching(/^new:(eni|vpce)-/) }]);
  });

  it('warns of another tool’s session that takes the packets of ours, and says what to do', async () => {
    const web = await bench.healthy();
    const other = await bench.user.foreignSession(web.eni, web.sensor.target, 1);
    const filter = (await bench.user.sessions()).find((one) => one.TrafficMirrorSessionId === other)?.TrafficMirrorFilterId;
    await bench.ec2.send(
      new CreateTrafficMirrorFilterRuleCommand({
        TrafficMirrorFilterId: filter,
        TrafficDirection: 'ingress',
        RuleNumber: 1,
        RuleAction: 'accept',
        SourceCidrBlock: '0.0.0.0/0',
        DestinationCidrBlock: '0.0.0.0/0',
      }),
    );
    const told = await report();
    expect(told.refusals).toMatchObject([
      { instance: web.id, name: 'web', eni: web.eni, code: 'shadowed', fix: expect.stringContaining('narrower filter') },
    ]);
    expect(told.coverage).toMatchObject({ mirrored: 1, refused: 0 });
  });

  it('tells of a target whose interface is gone', async () => {
    const web = await bench.healthy();
    const spare = await bench.user.addInterface(web.sensor.instanceId, 'eu-west-1b');
    const gone = await bench.user.target(spare, { Name: 'spare' });
    await bench.user.detach(spare);
    await bench.ec2.send(new DeleteNetworkInterfaceCommand({ NetworkInterfaceId: spare }));
    const told = await report();
    expect(told.targets.map(({ target, isDead }) => [target, isDead])).toEqual([
      [gone, true],
      [web.sensor.target, false],
    ]);
  });

  it('reckons with another price', async () => {
    await bench.healthy();
    expect((await report('--price', '0.02')).cost).toMatchObject({ pricePerHour: 0.02, perHour: 0.02, perMonth: 14.6 });
  });

  it('says that the last changes are unknown where the log group cannot be read', async () => {
    expect(await report()).toMatchObject({
      trail: {
        unknown: expect.stringMatching(/^\/automirror\/automirror-dev\/audit: logs:FilterLogEvents: ResourceNotFoundException/),
      },
    });
  });

  it('tells the last changes, the latest first, and passes over what is none', async () => {
    await log('/automirror/automirror-dev/audit', [
      record({ time: '2026-11-25T20:00:00.000Z', instanceId: 'i-1', sessionId: 'tms-1', detail: 'rule "opt-in" wants it' }),
      record({ time: '2026-11-25T21:00:00.000Z', action: 'session.delete', reason: 'opted-out' }),
      record({ action: 'sweep.complete', reason: 'sweep-done' }),
      record({ audit: 2 }),
      'no JSON',
      '[]',
      '{"detail": null}',
    ]);
    expect((await report()).trail).toEqual({
      entries: [
        {
          time: '2026-11-25T21:00:00.000Z',
          action: 'session.delete',
          outcome: 'done',
          reason: 'opted-out',
          trigger: 'tag-change',
        },
        {
          time: '2026-11-25T20:00:00.000Z',
          action: 'session.create',
          outcome: 'done',
          reason: 'session-missing',
          detail: 'rule "opt-in" wants it',
          instanceId: 'i-1',
          sessionId: 'tms-1',
          trigger: 'tag-change',
        },
      ],
    });
  });

  it('reads another log group when told', async () => {
    await log('/elsewhere', [record({})]);
    expect((await report('--log-group', '/elsewhere')).trail).toMatchObject({ entries: [{ action: 'session.create' }] });
  });
});

describe('automirror report', () => {
  it.each(['', 'free', '-1', 'Infinity'])('refuses the price "%s"', async (price) => {
    expect(await bench.type(['report', '--json', '--price', price])).toMatchObject({
      code: 1,
      out: '',
      err: `--price: "${price}" is no price; write USD for an hour, such as 0.015\n`,
    });
  });

  it('ends with 1 and without a stack when EC2 cannot be read', async () => {
    bench.emulator.ec2.controls.fail({
      action: 'DescribeTrafficMirrorSessions',
      times: 99,
      error: { code: 'UnauthorizedOperation', message: 'You are not authorized.', status: 403 },
    });
    expect(await bench.type(['report', '--json'])).toMatchObject({
      code: 1,
      out: '',
      err: 'EC2 could not be read: UnauthorizedOperation: You are not authorized.\n',
    });
  });

  it('has help with an example', async () => {
    expect((await bench.type(['report', '--help'])).out).toContain('$ automirror report --out report.html');
  });
});
