import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type MetricName, metricNamespace, reasonMetrics, runMetrics, sweepMetrics } from '../../src/audit/metrics.ts';
import { until } from '../../src/demo/user.ts';
import { addSensor, launch, launchOne, mirrored, type Source } from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const minuteMs = 60_000;
/** Metrics seen by any scenario of this file, with their dimensions. */
const seen = new Set<string>();
/** Alarms that any scenario of this file has seen go off. */
const fired = new Set<string>();

/** Goes on by minutes in which nothing happens, and answers the alarms that are on then. */
function alarmsAfter({ emulator, stack }: RunningService, minutes: number): readonly string[] {
  const { cloudWatch, host } = emulator;
  cloudWatch.goOnTo(host.clock.now() + minutes * minuteMs + 1);
  for (const { namespace, name, dimensions } of cloudWatch.metrics.list())
    if (namespace === metricNamespace) seen.add([name, ...Object.keys(dimensions)].join());
  const on = cloudWatch.alarms.list().filter(({ state }) => state === 'ALARM');
  const names = on.map(({ name }) => name.replace(`${stack.name}-`, '')).sort();
  for (const name of names) fired.add(name);
  return names;
}

type MetricLine = { readonly _aws: { readonly Timestamp: number } } & Partial<Record<MetricName | 'Reason', unknown>>;

const later = 'later';

/** The function's own lines with metrics, oldest first. */
function metricLines({ emulator, stack }: RunningService): readonly MetricLine[] {
  const lines = emulator.logs.read(`/aws/lambda/${stack.name}-reconcile`).filter(({ stream }) => stream !== later);
  return lines.flatMap(({ message }) => (message.includes('"_aws"') ? [JSON.parse(message) as MetricLine] : []));
}

/** Writes the last line that has a metric once more, as the function would have written it some minutes from now. */
function again(service: RunningService, name: MetricName, minutes: number, more: Partial<Record<MetricName, number>> = {}): void {
  const line = metricLines(service).findLast((one) => one[name] !== undefined && one.Reason === undefined);
  if (line === undefined) throw new Error(`no line has ${name}`);
  const Timestamp = service.emulator.host.clock.now() + minutes * minuteMs;
  const message = JSON.stringify({ ...line, ...more, _aws: { ...line._aws, Timestamp } });
  service.emulator.logs.append(`/aws/lambda/${service.stack.name}-reconcile`, later, [{ timestamp: Timestamp, message }]);
}

async function withService(run: (service: RunningService) => Promise<void>): Promise<void> {
  const service = await runService();
  try {
    await run(service);
  } finally {
    await service.stop();
  }
}

describe('of the packaged stack', () => {
  test('no alarm is on while the service has nothing to complain of', () =>
    withService(async (service) => {
      await addSensor(service);
      const source = await launchOne(service, { mirror: 'true' });
      await mirrored(service, source.eni);
      await service.user.untag(source.id, 'mirror');
      await service.sweep();
      expect(alarmsAfter(service, 4)).toEqual([]);
      expect(new Set(service.emulator.cloudWatch.alarms.list().map(({ state }) => state))).toEqual(new Set(['OK']));
    }));

  test('no-sweep goes off when no sweep came for three times as long as it should', () =>
    withService(async (service) => {
      await service.quiet();
      expect(alarmsAfter(service, 13)).toEqual([]);
      expect(alarmsAfter(service, 16)).toEqual(['no-sweep']);
    }));

  test('no-room goes off for a pool without targets, and is over with the sweep that finds one', () =>
    withService(async (service) => {
      await launchOne(service, { mirror: 'true' });
      await service.sweep();
      expect(alarmsAfter(service, 1)).toEqual(['no-room']);
      await addSensor(service);
      await service.sweep();
      again(service, 'SourcesWithoutRoom', 6);
      expect(alarmsAfter(service, 7)).toEqual([]);
    }));

  test('blocked-changes goes off when a sweep waits for a person, stays, and is over once it was allowed', () =>
    withService(async (service) => {
      await addSensor(service);
      const fleet = await launch(service, 12, { mirror: 'true' });
      await service.user.expectSessions('twelve sessions', (sessions) => sessions.length === 12);
      await service.quiet();
      service.emulator.events.delivery.lossShare = 1;
      for (const { id } of fleet) await service.user.untag(id, 'mirror');
      service.emulator.events.delivery.lossShare = 0;
      await service.sweep();
      expect(alarmsAfter(service, 1)).toEqual(['blocked-changes']);
      again(service, 'Sweeps', 5);
      again(service, 'Sweeps', 10);
      expect(alarmsAfter(service, 14)).toEqual(['blocked-changes']);
      await service.sweep({ allowDeletes: true });
      again(service, 'ChangesBlocked', 16);
      expect(alarmsAfter(service, 19)).toEqual([]);
    }));

  test('session-quota goes off when the account has more than eight thousand sessions', () =>
    withService(async (service) => {
      await addSensor(service);
      await mirrored(service, (await launchOne(service, { mirror: 'true' })).eni);
      await service.sweep();
      expect(metricLines(service).at(-1)).toMatchObject({ AccountSessions: 1, OwnSessions: 1 });
      again(service, 'AccountSessions', 1, { AccountSessions: 8_000 });
      expect(alarmsAfter(service, 2)).toEqual([]);
      again(service, 'AccountSessions', 3, { AccountSessions: 8_001 });
      expect(alarmsAfter(service, 4)).toEqual(['session-quota']);
    }));

  test('failed-changes goes off when changes fail for an hour', () =>
    withService(async (service) => {
      await addSensor(service);
      service.emulator.ec2.controls.fail({ action: 'CreateTrafficMirrorSession', error: { code: 'InternalError', status: 400 } });
      await launchOne(service, { mirror: 'true' });
      await until('a failure', async () => metricLines(service).find((line) => line.ChangesFailed !== undefined));
      await service.quiet();
      for (const minutes of [15, 30]) again(service, 'ChangesFailed', minutes);
      for (const minutes of [14, 28, 42]) again(service, 'Sweeps', minutes);
      expect(alarmsAfter(service, 44)).toEqual([]);
      again(service, 'ChangesFailed', 45);
      again(service, 'Sweeps', 46);
      expect(alarmsAfter(service, 47)).toEqual(['failed-changes']);
    }));

  test('read-failures goes off when EC2 cannot be read for half an hour, and so does queue-delay', () =>
    withService(async (service) => {
      await service.quiet();
      service.emulator.ec2.controls.fail({ action: 'DescribeInstances', error: { code: 'UnauthorizedOperation', status: 403 } });
      service.emit('automirror', 'Sweep Requested', { owner: service.stack.outputs.Owner });
      await until('a failure', async () => metricLines(service).find((line) => line.ReadFailures !== undefined));
      expect(alarmsAfter(service, 5)).toEqual([]);
      again(service, 'ReadFailures', 15);
      again(service, 'Sweeps', 14);
      expect(alarmsAfter(service, 17)).toEqual(['queue-delay', 'read-failures']);
    }));

  test('undelivered-events goes off when EventBridge may not send to the queue', () =>
    withService(async (service) => {
      await service.quiet();
      service.emulator.sqs.setPolicy(service.queue('reconcile.fifo').arn, undefined);
      service.emit('automirror', 'Sweep Requested', { owner: service.stack.outputs.Owner });
      const letters = service.emulator.sqs.queues().find(({ name }) => !name.endsWith('.fifo'));
      await until('a dead letter', async () => (letters?.counts().visible === 1 ? true : undefined));
      expect(alarmsAfter(service, 1)).toEqual(['undelivered-events']);
    }));

  test('unprocessed-events goes off when a batch has come to the dead letters', () =>
    withService(async (service) => {
      service.queue('dead-letters.fifo').send({ body: '{}', groupId: 'reconcile', deduplicationId: '1' });
      expect(alarmsAfter(service, 1)).toEqual(['unprocessed-events']);
    }));

  test('function-errors goes off when the function crashes', () =>
    withService(async (service) => {
      const { functionError } = await service.stack.lambda.invoke(`${service.stack.name}-reconcile`, '{}');
      expect(functionError).toBe('Unhandled');
      expect(alarmsAfter(service, 1)).toEqual(['function-errors']);
    }));
});

const web = `
targets: { default: { members: [{ networkLoadBalancerArn: "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/sensors/0123456789abcdef" }] } }
filters: { web: { ingress: [{ accept: tcp, destinationPorts: 443 }] } }
rules: [{ name: tagged, match: { tag: { mirror: "true" } }, sessions: [{ target: default, filter: web }], tagOverrides: [packetLength] }]
`;

describe('with everything that a service can do', () => {
  let service: RunningService;
  let sources: readonly Source[];

  beforeAll(async () => {
    service = await runService({ policy: web });
    sources = await launch(service, 2, { mirror: 'true' });
    await service.user.expectSessions('two sessions', (sessions) => sessions.length === 2);
  }, 60_000);
  afterAll(() => service.stop());

  test('every metric is told, by the dimensions that it has', { timeout: 60_000 }, async () => {
    const [first] = sources;
    if (first === undefined) throw new Error('no source');
    await service.user.tag(first.id, { 'mirror-packet-length': '128' });
    await service.user.expectSessions('a modified one', (sessions) => sessions.some((session) => session.PacketLength === 128));
    service.emulator.ec2.controls.fail({
      action: 'DescribeInstances',
      error: { code: 'RequestLimitExceeded', status: 503 },
      times: 1,
    });
    await service.sweep();
    expect(metricLines(service).map((line) => line.Ec2CallsThrottled)).toContain(1);
    await service.redeploy('never: [{ instanceType: "*" }]\n');
    await service.user.expectSessions('none', (sessions) => sessions.length === 0);
    await service.sweep();
    alarmsAfter(service, 1);

    const byOwner = [...runMetrics, ...sweepMetrics].map((name) => `${name},Owner`);
    expect([...seen].sort()).toEqual([...byOwner, ...reasonMetrics.map((name) => `${name},Owner,Reason`)].sort());
  });

  test('every alarm has gone off', () => {
    const alarms = service.emulator.cloudWatch.alarms.list().map(({ name }) => name.replace(`${service.stack.name}-`, ''));
    expect(alarms).toHaveLength(10);
    expect([...fired].sort()).toEqual([...alarms].sort());
  });
});
