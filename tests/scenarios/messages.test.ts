import { SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import { addSensor, launch, launchOne, mirrored, type Source, sessionsOn } from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

let service: RunningService;

/** Every list has several pages of this length. */
const pageSize = 5;

beforeAll(async () => {
  service = await runService({ ec2: { largestPageSize: pageSize } });
  await addSensor(service);
});

afterAll(() => service.stop());

beforeEach(() => service.quiet());

let sent = 0;

/** Puts a message straight into the service's queue. */
function send(body: string): void {
  sent += 1;
  service.queue('reconcile.fifo').send({ body, groupId: 'reconcile', deduplicationId: `scenario-${sent}` });
}

function running(id: string): string {
  return event('aws.ec2', 'EC2 Instance State-change Notification', { 'instance-id': id, state: 'running' });
}

function event(source: string, detailType: string, detail: unknown): string {
  return JSON.stringify({ version: '0', id: 'e-1', source, 'detail-type': detailType, resources: [], detail });
}

/** What the function said of messages it had no use for. */
function drops() {
  return service.records().filter((line) => line.action === 'event.drop');
}

async function launchUnheard(): Promise<Source> {
  const { delivery } = service.emulator.events;
  delivery.lossShare = 1;
  const source = await launchOne(service, { mirror: 'true' });
  delivery.lossShare = 0;
  return source;
}

describe('a message that is no use', () => {
  test.each([
    ['no JSON', 'event-malformed', '{"source": "aws.ec2", '],
    ['empty', 'event-malformed', ' '],
    ['an array', 'event-malformed', '[{"source":"aws.ec2"}]'],
    ['null', 'event-malformed', 'null'],
    ['a number', 'event-malformed', '42'],
    ['an object that is no event', 'event-malformed', '{"hello": "world"}'],
    ['an event of an unknown kind', 'event-unknown', event('aws.s3', 'Object Created', { bucket: 'b' })],
    ['named like a property of every object', 'event-unknown', event('constructor', 'toString', {})],
    ['an event without its instance', 'event-malformed', event('aws.ec2', 'EC2 Instance State-change Notification', {})],
    ['an instance id that is none', 'event-malformed', running("i-0'; DROP TABLE")],
    ['a command for another owner', 'event-unknown', event('automirror', 'Sweep Requested', { owner: 'somebody-else' })],
    ['a command for no owner', 'event-unknown', event('automirror', 'Sweep Requested', { allowDeletes: true })],
    ['nearly a megabyte', 'event-malformed', `{"padding": "${'x'.repeat(900_000)}"}`],
    ['a megabyte of brackets', 'event-malformed', '['.repeat(1_000_000)],
  ])('(%s) is told of in the log and dropped, and its neighbour is served', async (_what, reason, body) => {
    const { eni, id } = await launchUnheard();
    const before = drops().length;
    const failed = failedBatches();
    send(body);
    send(running(id));
    await mirrored(service, eni);
    await service.quiet();
    const [drop, ...more] = drops().slice(before);
    expect(drop).toMatchObject({ outcome: 'done', reason });
    expect(JSON.stringify(drop).length).toBeLessThan(2_000);
    expect(more).toEqual([]);
    expect(failedBatches()).toBe(failed);
    expect(service.queue('dead-letters.fifo').counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
  });

  test('before each good one keeps none of them waiting', async () => {
    const sources = [await launchUnheard(), await launchUnheard(), await launchUnheard()];
    for (const { id } of sources) {
      send('poison');
      send(running(id));
    }
    for (const { eni } of sources) await mirrored(service, eni);
  });
});

describe('while EC2 does not answer', () => {
  let sqs: SQSClient;
  beforeAll(async () => {
    const { endpoint, host } = service.emulator;
    sqs = new SQSClient({ endpoint, region: host.region, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
    await launch(service, pageSize + 1, { mirror: 'true' });
    for (let extra = 0; extra < pageSize + 1; extra += 1) {
      await service.user.foreignFilter();
      const { eni } = await launchOne(service, {});
      await service.user.target(eni, { Name: 'spare' });
    }
    await service.quiet();
    await service.sweep();
  });

  afterAll(() => sqs.destroy());

  afterEach(() => service.emulator.ec2.controls.clearFaults());

  /** How soon a batch comes back: the stack's own six minutes are too long to wait for. It must be longer than the batch takes. */
  async function comesBackAfter(seconds: number): Promise<void> {
    const QueueUrl = service.queue('reconcile.fifo').url;
    await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: String(seconds) } }));
  }

  test('a batch goes back to the queue with nothing changed, and is served when EC2 is there again', async () => {
    await comesBackAfter(3);
    const { id, eni } = await launchUnheard();
    const { controls, calls } = service.emulator.ec2;
    const failed = failedBatches();
    controls.fail({ action: 'DescribeInstances', times: 1_000, error: { code: 'InternalError', status: 500 } });
    calls.reset();
    send(running(id));
    await until('the batch is given back', async () => (failedBatches() > failed ? true : undefined));
    controls.clearFaults();
    expect(service.calls().filter((call) => call.mutating)).toEqual([]);
    expect(await sessionsOn(service, eni)).toEqual([]);
    expect(service.records().at(-1)).toMatchObject({
      action: 'sweep.complete',
      outcome: 'failed',
      reason: 'read-failed',
    });
    await mirrored(service, eni);
    await service.quiet();
    expect(service.queue('dead-letters.fifo').counts().visible).toBe(0);
  });

  test.each([
    'DescribeInstances',
    'DescribeTrafficMirrorSessions',
    'DescribeTrafficMirrorTargets',
    'DescribeTrafficMirrorFilters',
    'DescribeNetworkInterfaces',
  ])('at the second page of %s, a sweep concludes and deletes nothing', async (action) => {
    await comesBackAfter(1);
    const before = await service.user.sessions();
    expect(before.length).toBeGreaterThan(pageSize);
    const { controls, calls } = service.emulator.ec2;
    const failed = failedBatches();
    const fault = controls.fail({ action, page: 2, times: 1, error: { code: 'UnauthorizedOperation', status: 403 } });
    calls.reset();
    service.emit('automirror', 'Sweep Requested', { owner: service.stack.outputs.Owner });
    await until('the sweep is given back', async () => (failedBatches() > failed ? true : undefined));
    expect(fault.remaining()).toBe(0);
    expect(service.calls().filter((call) => call.mutating)).toEqual([]);
    await service.quiet();
    expect(service.trail().slice(-2)).toMatchObject([
      { action: 'sweep.complete', outcome: 'failed', reason: 'read-failed' },
      { action: 'sweep.complete', outcome: 'done', reason: 'sweep-done' },
    ]);
    expect(service.calls().filter((call) => call.mutating)).toEqual([]);
    expect(await service.user.sessions()).toEqual(before);
  });
});

/** Batches of which a message came back to the queue. */
function failedBatches(): number {
  return service.stack.mappings().reduce((sum, mapping) => sum + mapping.counts().failedBatches, 0);
}
