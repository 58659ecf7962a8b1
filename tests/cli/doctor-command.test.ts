import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoctorBench, findings, verdicts } from './doctor-bench.ts';
import { stopInstance } from './stop-instance.ts';

let bench: DoctorBench;
beforeEach(async () => {
  bench = await DoctorBench.start();
});
afterEach(async () => {
  await bench.stop();
});

const denied = (action: string) => ({
  action,
  times: 99,
  error: { code: 'UnauthorizedOperation', message: 'You are not authorized.', status: 403 },
});

describe('automirror doctor INSTANCE', () => {
  it('writes a line a check with what was seen, ends with 0 when nothing failed, and changes nothing', async () => {
    const web = await bench.healthy();
    bench.emulator.ec2.calls.reset();
    const { code, out, err } = await bench.type(['doctor', web.id]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`${web.id} (web)\n  pass    Instance runs\n          ${web.id} is running\n`);
    expect(out).toContain(`on ${web.eni} to ${web.sensor.target}\n  pass    Filter accepts both directions\n`);
    expect(out).toMatch(/ {2}unknown Packets fit\n {10}whole packets.*\n {10}-> keep the MTU/);
    expect(out).toMatch(/Nothing wrong was found, but not everything could be seen: 12 passed, 0 failed, 1 unknown\.\n$/);
    expect(bench.changes()).toEqual([]);
    expect(out).not.toContain(String.fromCharCode(27));
  });

  it('ends with 2 and says what to do when a check fails', async () => {
    const web = await bench.healthy();
    await stopInstance(bench.ec2, web.sensor.instanceId);
    const { code, out } = await bench.type(['doctor', web.id]);
    expect(code).toBe(2);
    expect(out).toMatch(
      /FAIL {4}Target exists\n {10}eni-\w+ is attached to i-\w+, which is stopped\n {10}-> start the sensor i-/,
    );
    expect(out).toContain('Something on the way is wrong: ');
  });

  it.each([
    ['DescribeNetworkAcls', ['source-network-acl', 'target-network-acl']],
    ['DescribeSecurityGroups', ['security-group']],
    ['DescribeRouteTables', ['route']],
  ])('calls unknown, and never passes, what it may not read: %s', async (action, checks) => {
    const web = await bench.healthy();
    bench.emulator.ec2.controls.fail(denied(action));
    const told = await bench.doctor(web.id);
    for (const check of checks) {
      expect(findings(told).get(check)?.verdict).toBe('unknown');
      expect(findings(told).get(check)?.evidence).toContain(`ec2:${action}: UnauthorizedOperation`);
    }
    expect(Object.values(verdicts(told))).not.toContain('fail');
  });

  it('calls the whole way unknown when interfaces may be read for the decision, but not for their network', async () => {
    const web = await bench.healthy();
    // The first of the calls is the one that the decision needs.
    bench.emulator.ec2.controls.fail({ ...denied('DescribeNetworkInterfaces'), skip: 1 });
    const told = verdicts(await bench.doctor(web.id));
    expect(told).toMatchObject({
      target: 'unknown',
      route: 'unknown',
      'security-group': 'unknown',
      'target-network-acl': 'unknown',
    });
  });

  it('calls unknown what ELB and CloudWatch may not tell', async () => {
    const web = await bench.behindLoadBalancer();
    bench.emulator.setAuthorizer({
      deny: (_caller, { action }) => (/^(elasticloadbalancing|cloudwatch):/.test(action) ? 'no' : undefined),
    });
    const told = await bench.doctor(web.id);
    expect(verdicts(told)).toMatchObject({
      target: 'unknown',
      route: 'unknown',
      'load-balancer-listener': 'unknown',
      'load-balancer-health': 'unknown',
      'load-balancer-zones': 'unknown',
      metrics: 'unknown',
    });
    expect(findings(told).get('metrics')?.evidence).toContain('cloudwatch:GetMetricData: AccessDenied');
  });

  it('tells why an instance is not mirrored that nobody asked to mirror', async () => {
    const { id } = await bench.instance({ Name: 'db' });
    const told = await bench.doctor(id);
    expect(verdicts(told)).toEqual({ 'instance-state': 'pass', 'instance-type': 'pass', policy: 'fail' });
  });

  it('asks about a flow', async () => {
    const web = await bench.healthy();
    const told = await bench.doctor(web.id, '--flow', 'tcp:[2001:db8::1]:443');
    expect(findings(told).get('filter-flow')).toMatchObject({ verdict: 'fail' });
    expect(told).toMatchObject({ flow: 'tcp:[2001:db8::1]:443' });
  });

  it.each([
    [['doctor', 'web'], '"web" is no instance id; write one such as i-0123456789abcdef0\n'],
    [['doctor', 'i-0123456789abcdef0', '--flow', 'tcp:443'], '--flow: "443" is no IP address\n'],
    [['doctor', 'i-0123456789abcdef0'], 'EC2 knows no instance i-0123456789abcdef0 in eu-west-1 of account 111122223333\n'],
  ])('refuses %j', async (args, message) => {
    expect(await bench.type(args)).toMatchObject({ code: 1, out: '', err: message });
  });

  it('ends with 1 and without a stack when the sessions cannot be read', async () => {
    const { id } = await bench.instance({ mirror: 'true' });
    bench.emulator.ec2.controls.fail(denied('DescribeTrafficMirrorSessions'));
    const { code, out, err } = await bench.type(['doctor', id]);
    expect([code, out]).toEqual([1, '']);
    expect(err).toBe('EC2 could not be read: UnauthorizedOperation: You are not authorized.\n');
  });

  it('does not let a name steer the terminal', async () => {
    const { id } = await bench.instance({ Name: 'web\u001b[2Jx' });
    const { out } = await bench.type(['doctor', id]);
    expect(out).not.toContain('\u001b');
  });
});

describe('automirror doctor', () => {
  it('sums up every source of ours by check, with an example of what is wrong', async () => {
    const web = await bench.healthy();
    const other = await bench.instance({ Name: 'other', mirror: 'true' });
    await bench.instance({ Name: 'nobody' });
    const { code, out } = await bench.type(['doctor']);
    expect(code).toBe(2);
    expect(out).toContain('  pass    Instance runs: 2 pass, 0 fail, 0 unknown\n');
    expect(out).toContain(`  FAIL    Sessions exist: 1 pass, 1 fail, 0 unknown\n          ${other.id}\n`);
    expect(out).toMatch(/2 sources, 1 with a failed check\. Look at one: automirror doctor INSTANCE\.\n$/);

    const told = await bench.doctor();
    expect(told).toMatchObject({ doctor: 1, owner: 'automirror-dev', accountId: '111122223333', region: 'eu-west-1' });
    expect(told.instances.map(({ instanceId, verdict }) => [instanceId, verdict])).toEqual(
      [
        [web.id, 'unknown'],
        [other.id, 'fail'],
      ].sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    );
    expect(told.summary.find(({ check }) => check === 'session')).toEqual({
      check: 'session',
      title: 'Sessions exist',
      pass: 1,
      fail: 1,
      unknown: 0,
      failing: [other.id],
    });
  });

  it('says that there is nothing to examine', async () => {
    expect(await bench.type(['doctor'])).toMatchObject({
      code: 0,
      out: 'Nothing to examine: the policy selects no instance, and no session belongs to owner automirror-dev.\n',
    });
  });

  it('has help with an example', async () => {
    const { code, out } = await bench.type(['doctor', '--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/Example:\n {2}\$ automirror doctor i-0123456789abcdef0 --flow tcp:10\.0\.0\.5:443/);
  });
});
