import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { primaryInterface } from '../../src/demo/user.ts';
import { AccountBench } from './account-bench.ts';

let bench: AccountBench;
beforeEach(async () => {
  bench = await AccountBench.start();
  writeFileSync(join(bench.folder, 'policy.yml'), '');
});
afterEach(async () => {
  await bench.stop();
});

const auditLog = '/automirror/automirror-dev/audit';

/** Puts a record of a sweep into the trail, as the stack's rule would. */
function sweepRecorded(agoMs: number, more: Readonly<Record<string, unknown>> = {}): void {
  const { logs, host } = bench.emulator;
  const at = host.clock.now() - agoMs;
  const detail = {
    audit: 1,
    time: new Date(at).toISOString(),
    action: 'sweep.complete',
    outcome: 'done',
    reason: 'sweep-done',
    detail: '3 instances and 1 sessions of ours looked at',
    policyHash: 'feedfeedfeedfeed',
    ...more,
  };
  logs.append(auditLog, 'stream', [{ timestamp: at, message: JSON.stringify({ source: 'automirror', detail }) }]);
}

const statusJson = async (...more: string[]) => {
  const { code, out, err } = await bench.type(['status', '--json', ...more]);
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out);
};

describe('automirror status', () => {
  it('counts what is selected, mirrored and refused, what would change and why, and what pools hold', async () => {
    const target = await bench.sensor();
    await bench.instance({ Name: 'web', mirror: 'true' });
    await bench.user.launch(2, 'eu-west-1a', 't2.micro', { mirror: 'true' });
    const stale = await bench.instance({ Name: 'stale' });
    const owned = { 'automirror:owner': 'automirror-dev' };
    await bench.user.foreignSession(stale.eni, target, 3, { ...owned, 'automirror:slot': '0', 'automirror:instance': stale.id });
    const web2 = await bench.instance({ Name: 'web-2', mirror: 'true' });
    await bench.user.foreignSession(web2.eni, target, 10, { ...owned, 'automirror:slot': '0', 'automirror:instance': web2.id });
    await bench.user.foreignSession(web2.eni, target, 11, {});
    const status = await statusJson('--price', '0.02');
    expect(status).toMatchObject({
      status: 1,
      owner: 'automirror-dev',
      accountId: '111122223333',
      region: 'eu-west-1',
      instances: { listed: 6, selected: 4, mirrored: 1, refused: 2 },
      interfaces: { wanted: 2, mirrored: 1 },
      refused: { 'instance-type-unsupported': 2 },
      sessions: { ours: 2, others: 1, asWanted: 0, toCreate: 1, toModify: 1, toDelete: 1, drifted: 0, orphans: 1, heldBack: 0 },
      pools: [
        {
          name: 'default',
          zoneRule: 'prefer',
          load: 3,
          capacity: 10,
          targets: [{ targetId: target, type: 'network-interface', zone: 'eu-west-1a', load: 3, capacity: 10 }],
        },
      ],
      cost: { pricePerSessionHour: 0.02, perMonth: 29.2, currency: 'USD' },
    });
    expect(status.quotas).toMatchObject([
      { name: 'sessions', used: 3, limit: 10_000 },
      { name: 'targets', used: 1 },
      { name: 'filters', used: 3 },
      { name: 'limits.maxSessions', used: 2, limit: 9_000 },
    ]);
  });

  it('tells the pools also where nothing is wanted yet, and one without a target', async () => {
    await bench.sensor();
    writeFileSync(join(bench.folder, 'policy.yml'), 'targets: { default: {}, forensics: {} }');
    const { out } = await bench.type(['status']);
    expect(out).toContain('\n  default (zone: prefer): 0 of 10 sources\n    tmt-');
    expect(out).toContain(': 0 of 10 sources, eu-west-1a\n');
    expect(out).toContain('\n  forensics (zone: prefer): no target\n');
  });

  it('has no limit for a pool with a load balancer in it', async () => {
    const [one] = await bench.user.launch(1, 'eu-west-1a', 'm5.24xlarge', {});
    await bench.user.target(one === undefined ? '' : primaryInterface(one), { 'automirror:target': 'default' });
    expect((await statusJson()).pools[0]).toMatchObject({ capacity: 100 });
    bench.emulator.ec2.controls.settings.loadBalancers = 'any';
    await bench.balancer();
    expect((await statusJson()).pools[0]).toMatchObject({ capacity: null, targets: [{ capacity: 100 }, { capacity: null }] });
    expect((await bench.type(['status'])).out).toMatch(
      /default \(zone: prefer\): 0 sources, no limit\n.*\n.* 0 sources, no limit, every zone\n/,
    );
  });

  it('tells the age of the last good sweep, not of one that failed or was cut short since', async () => {
    bench.emulator.logs.createLogGroup(auditLog);
    sweepRecorded(3 * 3_600_000);
    sweepRecorded(2 * 3_600_000);
    sweepRecorded(60_000, { outcome: 'failed', reason: 'read-failed' });
    sweepRecorded(30_000, { reason: 'sweep-unfinished' });
    const { lastGoodSweep } = await statusJson();
    expect(lastGoodSweep).toMatchObject({ known: true, policyHash: 'feedfeedfeedfeed' });
    expect(Math.round(lastGoodSweep.ageSeconds / 60)).toBe(120);
    const { out } = await bench.type(['status']);
    expect(out).toContain('\n  last good sweep: 2 hours ago: 3 instances and 1 sessions of ours looked at\n');
    expect(out).toMatch(/\n {2}policy: this file is [0-9a-f]{16}, the deployed one feedfeedfeedfeed\n/);
  });

  it('says unknown, never well, of a trail without a sweep, of one that is not there, and of alarms that are not there', async () => {
    expect(await statusJson()).toMatchObject({
      lastGoodSweep: { known: false, why: expect.stringContaining('could not be read: ResourceNotFoundException: ') },
      alarms: { known: false, why: 'CloudWatch has no alarm whose name begins with automirror-dev-' },
    });
    bench.emulator.logs.createLogGroup(auditLog);
    const { out } = await bench.type(['status']);
    expect(out).toContain(`\n  last good sweep: unknown: ${auditLog} has none in the last 14 days\n`);
    expect(out).toContain('\n  alarms: unknown: ');
  });

  it('says unknown of what the caller may not read, and tells the rest', async () => {
    bench.emulator.logs.createLogGroup(auditLog);
    bench.alarm('automirror-dev-queue-delay');
    bench.emulator.setAuthorizer({ deny: (_caller, { action }) => (/^(logs|cloudwatch):/.test(action) ? 'not you' : undefined) });
    expect(await statusJson()).toMatchObject({
      instances: { listed: 0 },
      lastGoodSweep: { known: false, why: expect.stringContaining('not you') },
      alarms: { known: false, why: expect.stringContaining('not you') },
    });
  });

  it('tells the alarms of the stack by their states', async () => {
    for (const name of ['prod-function-errors', 'other-queue-delay']) bench.alarm(name);
    bench.alarm('prod-queue-delay', true);
    const { alarms } = await statusJson('--stack', 'prod');
    expect(alarms).toEqual({
      known: true,
      alarms: [
        { name: 'prod-function-errors', state: 'INSUFFICIENT_DATA', reason: expect.stringContaining('INSUFFICIENT_DATA since ') },
        { name: 'prod-queue-delay', state: 'ALARM', reason: expect.stringContaining('ALARM since ') },
      ],
    });
    const { out } = await bench.type(['status', '--stack', 'prod']);
    expect(out).toContain('\n  alarms: 1 raised, 0 ok, 1 without enough data\n    prod-queue-delay: ALARM since ');
  });

  it('plans nothing from half an answer', async () => {
    bench.emulator.ec2.controls.fail({
      action: 'DescribeTrafficMirrorSessions',
      times: 99,
      error: { code: 'UnauthorizedOperation', message: 'No.', status: 403 },
    });
    expect(await bench.type(['status'])).toMatchObject({
      code: 1,
      out: '',
      err: 'EC2 could not be read: UnauthorizedOperation: No.\n',
    });
  });

  it.each(['x', '-1', ''])('refuses the price "%s"', async (price) => {
    const { code, err } = await bench.type(['status', '--price', price]);
    expect(code).toBe(1);
    expect(err).toContain('A price is a number of USD, such as 0.015.');
  });
});
