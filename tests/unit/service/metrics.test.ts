import { describe, expect, it } from 'vitest';
import { metricNamespace, reasonMetrics, runMetrics, sweepMetrics, toMetricLine } from '../../../src/audit/metrics.ts';
import { ec2Error } from '../../support/shell/fake-ec2.ts';
import { type LogLine, ServiceRun, scheduleEvent, stateEvent } from '../../support/shell/service-run.ts';
import {
  accountId,
  anEniId,
  anInstance,
  anInstanceId,
  anInterface,
  aPolicy,
  aSession,
  owner,
} from '../../support/shell/things.ts';

/** The lines that carry metrics, each as its dimensions and figures. */
function metricsOf({ lines }: { readonly lines: readonly LogLine[] }): readonly Record<string, unknown>[] {
  return lines.flatMap(({ level: _level, _aws, runId: _run, ...figures }) => (_aws === undefined ? [] : [figures]));
}

function aService(instances: readonly number[], policy = aPolicy()): ServiceRun {
  const service = new ServiceRun(policy);
  for (const n of instances) service.ec2.addInstance(anInstance(n));
  return service;
}

const calls = { Ec2Calls: 7, Ec2CallsThrottled: 2 };
const quietSweep = { ChangesBlocked: 0, SourcesRefused: 0, SourcesWithoutRoom: 0, Sweeps: 1, SweepDuration: 0 };

describe('the metrics of a run', () => {
  it('on an event are what it did and the calls', async () => {
    const service = aService([1, 2]);
    await service.serve([stateEvent(anInstanceId(1)), stateEvent(anInstanceId(2))]);
    expect(metricsOf(service)).toEqual([{ Owner: owner, SessionsCreated: 2, FiltersCreated: 1, ...calls }]);
  });

  it('on a sweep are also what it saw, zero too', async () => {
    const service = aService([1, 2]);
    service.ec2.addSession(aSession(9, { eniId: anEniId(9), tags: { tool: 'theirs' } }));
    service.ec2.addSession(aSession(10, { eniId: anEniId(10), accountId: '444455556666' }));
    await service.serve([scheduleEvent()]);
    const seen = { Instances: 2, OwnSessions: 0, AccountSessions: 1 };
    expect(metricsOf(service)).toEqual([
      { Owner: owner, ...quietSweep, ...seen, SessionsCreated: 2, FiltersCreated: 1, ...calls },
    ]);
  });

  it('tell refusals by reason, and how many want nothing but room', async () => {
    const service = aService([1, 2]);
    service.ec2.targetList.length = 0;
    service.ec2.addInstance(anInstance(3, { tags: { mirror: 'true', 'mirror-target': 'nowhere' } }));
    await service.serve([scheduleEvent()]);
    expect(metricsOf(service)).toEqual([
      expect.objectContaining({ Owner: owner, SourcesRefused: 3, SourcesWithoutRoom: 2 }),
      { Owner: owner, Reason: 'pool-empty', SourcesRefused: 2 },
      { Owner: owner, Reason: 'target-unknown', SourcesRefused: 1 },
    ]);
  });

  it('count a source that EC2 refuses as refused, not as mirrored', async () => {
    const service = aService([1]);
    service.ec2.fail('createSession', ec2Error('unsupported', 'NetworkInterfaceNotSupported'));
    await service.serve([scheduleEvent()]);
    const [total, byReason] = metricsOf(service);
    expect(total).toMatchObject({ SourcesRefused: 1, SourcesWithoutRoom: 0 });
    expect(total).not.toHaveProperty('SessionsCreated');
    expect(byReason).toEqual({ Owner: owner, Reason: 'instance-type-unsupported', SourcesRefused: 1 });
    expect(service.records.at(-1)).toMatchObject({ action: 'sweep.complete', after: { refused: 1 } });
  });

  it('tell failures by reason', async () => {
    const service = aService([1]);
    service.ec2.fail('createSession', ec2Error('denied', 'UnauthorizedOperation'));
    await service.serve([stateEvent(anInstanceId(1))]);
    expect(metricsOf(service)).toEqual([
      { Owner: owner, FiltersCreated: 1, ChangesFailed: 1, ...calls },
      { Owner: owner, Reason: 'denied', ChangesFailed: 1 },
    ]);
  });

  it('are one failure and nothing else when EC2 cannot be read', async () => {
    const service = aService([1]);
    service.ec2.fail('sessions', ec2Error('throttled', 'RequestLimitExceeded'));
    await service.serve([scheduleEvent()]);
    expect(metricsOf(service)).toEqual([{ Owner: owner, ReadFailures: 1, ...calls }]);
  });

  it('count the changes that a gate holds back, and none once they are allowed', async () => {
    const numbers = Array.from({ length: 12 }, (_, n) => n + 1);
    const service = new ServiceRun();
    for (const n of numbers) {
      service.ec2.addInstance(anInstance(n, { tags: {}, networkInterfaces: [anInterface(n)] }));
      service.ec2.addSession(aSession(n));
    }
    await service.serve([scheduleEvent()]);
    expect(metricsOf(service)).toMatchObject([{ ChangesBlocked: 12, OwnSessions: 12, AccountSessions: 12 }]);
    await service.serveAnew(numbers.slice(0, 6).map((n) => stateEvent(anInstanceId(n))));
    expect(metricsOf(service)).toMatchObject([{ SessionsDeleted: 6 }]);
    await service.serveAnew([scheduleEvent('schedule-2')]);
    expect(metricsOf(service)).toMatchObject([{ ChangesBlocked: 0, SessionsDeleted: 6 }]);
  });
});

describe('a line of metrics', () => {
  const line = toMetricLine(
    { Owner: 'o', Reason: 'denied' },
    { ChangesFailed: 2, SweepDuration: 5 },
    'run-1',
    new Date(1_795_401_600_000),
  );

  it('has the embedded metric format', () => {
    expect(line).toEqual({
      _aws: {
        Timestamp: 1_795_401_600_000,
        CloudWatchMetrics: [
          {
            Namespace: 'automirror',
            Dimensions: [['Owner', 'Reason']],
            Metrics: [
              { Name: 'ChangesFailed', Unit: 'Count' },
              { Name: 'SweepDuration', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      Owner: 'o',
      Reason: 'denied',
      runId: 'run-1',
      ChangesFailed: 2,
      SweepDuration: 5,
    });
  });

  it('uses no name twice, and none of a dimension', () => {
    const names = [...runMetrics, ...sweepMetrics, 'Owner', 'Reason', 'runId'];
    expect(new Set(names).size).toBe(names.length);
    expect(runMetrics).toEqual(expect.arrayContaining([...reasonMetrics]));
    expect(metricNamespace).not.toContain(accountId);
  });
});
