import { describe, expect, it } from 'vitest';
import { type FindingShape, findingEvent } from '../../support/finding.ts';
import { ec2Error } from '../../support/shell/fake-ec2.ts';
import { ServiceRun, scheduleEvent, stateEvent } from '../../support/shell/service-run.ts';
import { anInstance, anInstanceId, aPolicy, owner } from '../../support/shell/things.ts';

const policy = aPolicy('onFinding: { minSeverity: 7, for: 4h }');
const untilSix = '2026-11-23T06:39:00Z';

/** With these instances, which have no tags. */
function aService(...instances: readonly number[]): ServiceRun {
  const service = new ServiceRun(policy);
  for (const n of instances) service.ec2.addInstance(anInstance(n, { tags: {} }));
  return service;
}

const found = (n: number, more: FindingShape = {}, time = '2026-11-23T02:39:00Z') =>
  findingEvent(anInstanceId(n), more, { time, id: `finding-on-${n}` });
const tagsOf = (service: ServiceRun, n: number) => service.ec2.instancesById.get(anInstanceId(n))?.tags;
const taggings = (service: ServiceRun) => service.ec2.calls.filter((call) => call === 'tagInstance');

describe('a finding', () => {
  it('has its instance tagged in one call, and is told of once, in the log and on the bus', async () => {
    const service = aService(1);
    await expect(service.serve([found(1)])).resolves.toBe('served');

    expect(service.ec2.calls).toEqual(['instances', 'tagInstance']);
    expect(tagsOf(service, 1)).toMatchObject({ mirror: 'true', 'mirror-until': untilSix });
    expect(service.events.map(({ detailType }) => detailType)).toEqual(['Mirror Source Tagged']);
    expect(service.events[0]?.detail).toMatchObject({
      action: 'instance.tag',
      outcome: 'done',
      reason: 'finding-received',
      trigger: 'finding',
      eventId: 'finding-on-1',
      owner,
      instanceId: anInstanceId(1),
      after: tagsOf(service, 1),
      requestId: 'request-2',
    });
    expect(service.records).toHaveLength(1);
  });

  it('leads to a session by the ordinary event of the tags, and to nothing after it', async () => {
    const service = aService(1);
    await service.serve([found(1)]);
    const tagChange = {
      ...stateEvent(anInstanceId(1)),
      source: 'aws.tag',
      'detail-type': 'Tag Change on Resource',
      detail: { 'resource-type': 'instance', service: 'ec2', 'changed-tag-keys': ['mirror', 'mirror-until', 'mirror-reason'] },
    };
    await service.serveAnew([tagChange]);
    expect(service.story).toEqual(['filter.create done filter-missing', 'session.create done session-missing']);
    await service.serveAnew([tagChange, scheduleEvent()]);
    expect(service.ec2.calls.filter((call) => /^(create|modify|delete|tag)/.test(call))).toEqual([]);
  });

  it('is served before the batch’s other events are', async () => {
    const service = aService(1);
    await service.serve([stateEvent(anInstanceId(1)), found(1)]);
    expect(service.story).toEqual([
      'instance.tag done finding-received',
      'filter.create done filter-missing',
      'session.create done session-missing',
    ]);
  });

  it('that comes again sets nothing, and the bus is not told', async () => {
    const service = aService(1);
    await service.serve([found(1)]);
    await service.serveAnew([found(1), found(1)]);
    expect(service.ec2.calls).toEqual(['instances']);
    expect(service.story).toEqual(['instance.tag done finding-current', 'instance.tag done finding-current']);
    expect(service.events).toEqual([]);
  });

  it('that comes again while EC2 does not show its tags yet sets nothing, and a later one extends', async () => {
    const service = aService(1);
    const unseen = anInstance(1, { tags: { Name: 'web' } });
    await service.serve([found(1)]);
    service.ec2.addInstance(unseen);
    await service.serveAnew([found(1)]);
    expect(service.story).toEqual(['instance.tag done finding-current']);
    await service.serveAnew([found(1, { id: 'later' }, '2026-11-23T02:39:10Z')]);
    expect(service.ec2.log.at(-1)).toMatch(
      /^tagInstance \["i-[0-9a-f]+",\{"mirror-until":"2026-11-23T06:39:10Z","mirror-reason":"[^"]+"\}\]$/,
    );
    service.ec2.addInstance(unseen);
    await service.serveAnew([found(1, {}, '2026-11-23T02:39:05Z')]);
    expect(service.story).toEqual(['instance.tag done finding-current']);
  });

  it('begins anew where a person has taken its tags away, once EC2 would have shown them', async () => {
    const service = aService(1);
    await service.serve([found(1)]);
    service.ec2.addInstance(anInstance(1, { tags: {} }));
    service.clock.set(service.clock.now() + 31_000);
    await service.serveAnew([found(1)]);
    expect(service.story).toEqual(['instance.tag done finding-received']);
  });

  it('on an instance that another of the batch is about shares its call, and each is told of', async () => {
    const service = aService(1, 2);
    await service.serve([
      found(1, { id: 'first' }),
      found(2),
      found(1, { id: 'last' }, '2026-11-23T02:39:30Z'),
      found(1, { id: 'middle' }, '2026-11-23T02:39:10Z'),
    ]);
    expect(taggings(service)).toHaveLength(2);
    expect(tagsOf(service, 1)).toMatchObject({ mirror: 'true', 'mirror-until': '2026-11-23T06:39:30Z' });
    expect(tagsOf(service, 1)?.['mirror-reason']).toContain('id=last');
    const told = service.records.filter(({ instanceId }) => instanceId === anInstanceId(1));
    expect(told.map(({ reason }) => reason)).toEqual(['finding-received', 'finding-extended', 'finding-current']);
    expect(told[1]?.after).toEqual({
      'mirror-until': '2026-11-23T06:39:30Z',
      'mirror-reason': tagsOf(service, 1)?.['mirror-reason'],
    });
  });

  it('on an instance that a person has opted out is refused and touches nothing', async () => {
    const service = aService();
    service.ec2.addInstance(anInstance(1, { tags: { Mirror: 'no' } }));
    await service.serve([found(1)]);
    expect(service.ec2.calls).toEqual(['instances']);
    expect(service.story).toEqual(['instance.tag blocked finding-left-alone']);
    expect(service.events.map(({ detailType }) => detailType)).toEqual(['Mirror Source Refused']);
  });

  it('that cannot be followed harms none of its neighbours', async () => {
    const service = aService(1, 2, 3);
    service.ec2.fail('tagInstance', ec2Error('denied', 'UnauthorizedOperation'), { about: anInstanceId(1) });
    service.ec2.fail('tagInstance', new TypeError('a bug'), { about: anInstanceId(2) });
    const batch = [found(1), 'poison', found(2), found(9), found(3, { severity: 2 }), found(3)];
    await expect(service.serve(batch)).resolves.toBe('served');

    expect(service.records.map(({ instanceId, outcome, reason }) => [instanceId, outcome, reason])).toEqual(
      expect.arrayContaining([
        [undefined, 'done', 'event-malformed'],
        [anInstanceId(1), 'failed', 'denied'],
        [anInstanceId(2), 'failed', 'api-error'],
        [anInstanceId(9), 'blocked', 'instance-gone'],
        [anInstanceId(3), 'done', 'finding-below-severity'],
        [anInstanceId(3), 'done', 'finding-received'],
      ]),
    );
    expect(service.records).toHaveLength(6);
    expect(service.events.filter(({ detailType }) => detailType === 'Mirror Change Failed')).toHaveLength(2);
    expect(service.lines.filter(({ message }) => message === 'an error of the service itself')).toHaveLength(1);
    expect(tagsOf(service, 3)).toMatchObject({ mirror: 'true' });
  });

  it('returns the batch when EC2 cannot be read, and is followed when the batch comes again', async () => {
    const service = aService(1);
    service.ec2.fail('instances', ec2Error('throttled', 'RequestLimitExceeded'), { times: 1 });
    await expect(service.serve([found(1)])).resolves.toBe('retry');
    expect(service.story).toEqual(['sweep.complete failed read-failed']);
    expect(service.records[0]).toMatchObject({ trigger: 'finding' });
    expect(taggings(service)).toEqual([]);
    await expect(service.serveAnew([found(1)])).resolves.toBe('served');
    expect(tagsOf(service, 1)).toMatchObject({ mirror: 'true' });
  });

  it('is not followed twice when what comes after it in its batch cannot be read', async () => {
    const service = aService(1);
    service.ec2.fail('sessions', ec2Error('throttled', 'RequestLimitExceeded'), { times: 1 });
    await expect(service.serve([found(1), scheduleEvent()])).resolves.toBe('retry');
    await expect(service.serve([found(1), scheduleEvent()])).resolves.toBe('served');
    expect(taggings(service)).toHaveLength(1);
    expect(service.ec2.sessionsById.size).toBe(1);
  });

  it('is dropped where the policy says nothing of findings', async () => {
    const service = new ServiceRun(aPolicy());
    service.ec2.addInstance(anInstance(1, { tags: {} }));
    await service.serve([found(1)]);
    expect(service.story).toEqual(['event.drop done event-unknown']);
    expect(service.ec2.calls).toEqual([]);
  });
});
