import {
  CreateTrafficMirrorFilterCommand,
  DescribeInstancesCommand,
  DescribeTrafficMirrorSessionsCommand,
  paginateDescribeInstances,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createBench, inProcessClient, refusal } from './in-process-client.ts';
import { addMirroring, addSession, launch, launchOne } from './world-setup.ts';

let bench: Bench;

beforeEach(() => {
  bench = createBench();
});

const createFilter = () => bench.client.send(new CreateTrafficMirrorFilterCommand({}));
const ok = { code: 'ok' };
const outcomes = async (count: number, call: () => Promise<unknown>): Promise<string[]> => {
  const codes: string[] = [];
  for (let index = 0; index < count; index += 1) {
    codes.push(
      await call().then(
        () => ok.code,
        (error: unknown) => (error instanceof Error ? error.name : 'unknown'),
      ),
    );
  }
  return codes;
};

describe('an injected failure', () => {
  it('hits its action as often as told, after those it skips', async () => {
    const handle = bench.ec2.controls.fail({
      action: 'CreateTrafficMirrorFilter',
      times: 2,
      skip: 1,
      error: { code: 'InternalError', status: 500 },
    });
    await bench.client.send(new DescribeInstancesCommand({}));
    expect(await outcomes(4, createFilter)).toEqual(['ok', 'InternalError', 'InternalError', 'ok']);
    expect(handle.remaining()).toBe(0);
    expect(bench.ec2.world.filters()).toHaveLength(2);
  });

  it('can lose the answer after the effect, which a retry with the same token heals', async () => {
    bench.ec2.controls.fail({ action: '*', after: true, error: { code: 'InternalError', status: 500 } });
    const retrying = inProcessClient(bench.ec2, bench.host, undefined, 3);
    const { $metadata } = await retrying.send(new CreateTrafficMirrorFilterCommand({ ClientToken: 'token' }));
    expect($metadata.attempts).toBe(2);
    expect(bench.ec2.world.filters()).toHaveLength(1);
    expect(bench.ec2.calls.list().map((call) => call.outcome)).toEqual(['InternalError', 'ok']);
  });

  it('can hit one page of a describe', async () => {
    await launch(bench, { MinCount: 11, MaxCount: 11 });
    bench.ec2.controls.fail({
      action: 'DescribeInstances',
      page: 3,
      error: { code: 'Unavailable', status: 503, message: 'page 3' },
    });
    const pages: number[] = [];
    const walk = async () => {
      for await (const page of paginateDescribeInstances({ client: bench.client, pageSize: 5 }, {}))
        pages.push(page.Reservations?.length ?? 0);
    };
    expect(await refusal(walk())).toMatchObject({ code: 'Unavailable', message: 'page 3' });
    expect(pages).toHaveLength(2);
    await walk();
    expect(pages).toHaveLength(5);
  });

  it('can hit one interface among many', async () => {
    const mirroring = await addMirroring(bench);
    const [bad, good] = [await launchOne(bench), await launchOne(bench)];
    const error = { code: 'NetworkInterfaceNotSupported' };
    bench.ec2.controls.fail({ action: 'CreateTrafficMirrorSession', times: 9, where: { NetworkInterfaceId: bad.eniId }, error });
    expect((await refusal(addSession(bench, mirroring, bad.eniId))).code).toBe('NetworkInterfaceNotSupported');
    await addSession(bench, mirroring, good.eniId);
    bench.ec2.controls.clearFaults();
    await addSession(bench, mirroring, bad.eniId);
  });

  it('can be cancelled, and must make sense', async () => {
    bench.ec2.controls.fail({ action: '*', times: 5, error: { code: 'InternalError' } }).cancel();
    await createFilter();
    expect(() => bench.ec2.controls.fail({ action: '*', times: 0, error: { code: 'InternalError' } })).toThrow(
      'at least one call',
    );
  });
});

describe('a hang', () => {
  it('delays the call on the clock of the host', async () => {
    bench.ec2.controls.hang({ action: 'DescribeInstances', delayMs: 5000 });
    let isAnswered = false;
    const call = bench.client.send(new DescribeInstancesCommand({})).then(() => {
      isAnswered = true;
    });
    await bench.host.clock.advance(4999);
    expect(isAnswered).toBe(false);
    await bench.host.clock.advance(1);
    await call;
    expect(isAnswered).toBe(true);
  });
});

describe('throttling', () => {
  const describeSessions = () => bench.client.send(new DescribeTrafficMirrorSessionsCommand({}));
  const describeInstances = (input: object = {}) => bench.client.send(new DescribeInstancesCommand(input));

  it('is off unless set', async () => {
    expect(new Set(await outcomes(120, describeSessions))).toEqual(new Set(['ok']));
  });

  it('answers RequestLimitExceeded with 503 when the bucket of the action is empty, and refills it with time', async () => {
    bench.ec2.controls.settings.throttling = true;
    expect((await outcomes(51, createFilter)).filter((outcome) => outcome === 'ok')).toHaveLength(50);
    expect(await refusal(createFilter())).toEqual({
      code: 'RequestLimitExceeded',
      message: 'Request limit exceeded.',
      status: 503,
    });
    await describeSessions();
    await bench.host.clock.advance(1000);
    expect((await outcomes(7, createFilter)).filter((outcome) => outcome === 'ok')).toHaveLength(5);
    bench.ec2.controls.refillBuckets();
    expect((await outcomes(51, createFilter)).filter((outcome) => outcome === 'ok')).toHaveLength(50);
  });

  it('takes unfiltered DescribeInstances from a smaller bucket of its own', async () => {
    bench.ec2.controls.settings.throttling = true;
    expect((await outcomes(60, describeInstances)).filter((outcome) => outcome === 'ok')).toHaveLength(50);
    const filtered = () => describeInstances({ MaxResults: 5 });
    expect((await outcomes(120, filtered)).filter((outcome) => outcome === 'ok')).toHaveLength(100);
  });

  it('counts launched instances in a bucket beside the requests', async () => {
    bench.ec2.controls.settings.throttling = true;
    const run = (count: number) =>
      bench.client.send(
        new RunInstancesCommand({ ImageId: 'ami-12345678', InstanceType: 'm5.large', MinCount: count, MaxCount: count }),
      );
    await run(990);
    expect((await refusal(run(11))).code).toBe('RequestLimitExceeded');
    await run(10);
    expect(await outcomes(3, () => run(1))).toEqual(['RequestLimitExceeded', 'RequestLimitExceeded', 'RequestLimitExceeded']);
    await bench.host.clock.advance(1000);
    expect(await outcomes(2, () => run(1))).toEqual(['ok', 'ok']);
  });

  it('scales', async () => {
    Object.assign(bench.ec2.controls.settings, { throttling: true, throttleScale: 0.1 });
    expect((await outcomes(10, createFilter)).filter((outcome) => outcome === 'ok')).toHaveLength(5);
  });
});
