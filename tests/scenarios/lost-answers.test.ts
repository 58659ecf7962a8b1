import { CreateTagsCommand } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { until } from '../../src/demo/user.ts';
import { addSensor, launch, launchOne, mirrored, type Source, sessionsOn, tagOf } from '../support/scenario/fleet.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

const policy = 'version: 1\nfilters: { web: { ingress: [{ accept: tcp }, { accept: udp }] } }\n';

let service: RunningService;

/** More than the attempts that a client makes of its own: no answer comes at all. */
const everyAttempt = 5;

beforeAll(async () => {
  service = await runService({ policy });
  await addSensor(service);
});

afterAll(() => service.stop());

afterEach(() => service.emulator.ec2.controls.clearFaults());

/** The call takes effect, and its answer is lost. */
function loseAnswers(action: string, times: number) {
  return service.emulator.ec2.controls.fail({ action, times, after: true, error: { code: 'InternalError', status: 500 } });
}

/** What the trail tells of an interface, apart from refusals. */
function told({ eni }: Source) {
  return service
    .trail()
    .filter((line) => line.eniId === eni)
    .map(({ action, outcome }) => `${action} ${outcome}`);
}

function ourFilters(name: string) {
  return service.user
    .filters()
    .then((filters) =>
      filters.filter((filter) => tagOf(filter, 'Name') === name && tagOf(filter, 'automirror:owner') === 'automirror-dev'),
    );
}

describe.each([1, everyAttempt])('where %i answers in a row are lost', (times) => {
  let source: Source;

  beforeEach(async () => {
    source = await launchOne(service, {});
    await service.quiet();
  });

  test('a session is made once, and told of as made', async () => {
    const fault = loseAnswers('CreateTrafficMirrorSession', times);
    await service.user.tag(source.id, { mirror: 'true' });
    await mirrored(service, source.eni);
    await service.quiet();
    expect(fault.remaining()).toBe(0);
    expect(await sessionsOn(service, source.eni)).toHaveLength(1);
    expect(told(source)).toEqual(['session.create done']);
  });

  test('a session is changed, and told of as changed', async () => {
    await service.user.tag(source.id, { mirror: 'true' });
    const before = await mirrored(service, source.eni);
    await service.quiet();
    const fault = loseAnswers('ModifyTrafficMirrorSession', times);
    await service.user.tag(source.id, { 'mirror-packet-length': '77' });
    await until('all answers are lost', async () => (fault.remaining() === 0 ? true : undefined));
    await service.quiet();
    expect(await sessionsOn(service, source.eni)).toMatchObject([
      { TrafficMirrorSessionId: before.TrafficMirrorSessionId, PacketLength: 77 },
    ]);
    expect(told(source)).toEqual(['session.create done', 'session.modify done']);
  });

  test('a session is deleted, and told of as deleted', async () => {
    await service.user.tag(source.id, { mirror: 'true' });
    await mirrored(service, source.eni);
    await service.quiet();
    // A second attempt at deleting finds nothing more, and fails for that.
    const fault = loseAnswers('DeleteTrafficMirrorSession', 1);
    await service.user.untag(source.id, 'mirror');
    await until('the answer is lost', async () => (fault.remaining() === 0 ? true : undefined));
    await service.quiet();
    expect(await sessionsOn(service, source.eni)).toEqual([]);
    expect(told(source)).toEqual(['session.create done', 'session.delete done']);
  });
});

test.each(['CreateTrafficMirrorFilter', 'CreateTrafficMirrorFilterRule'])(
  'one filter is made where the answer to %s is lost',
  async (action) => {
    for (const { TrafficMirrorFilterId } of await ourFilters('web')) await forget(TrafficMirrorFilterId);
    const { id, eni } = await launchOne(service, {});
    const fault = loseAnswers(action, 2);
    await service.user.tag(id, { mirror: 'true', 'mirror-filter': 'web' });
    const session = await mirrored(service, eni);
    await service.quiet();
    expect(fault.remaining()).toBe(0);
    const [filter, ...more] = await ourFilters('web');
    expect(more).toEqual([]);
    expect(session.TrafficMirrorFilterId).toBe(filter?.TrafficMirrorFilterId);
    expect(filter?.IngressFilterRules).toHaveLength(4);
    await service.user.untag(id, 'mirror');
    await service.quiet();
  },
);

/** Makes a filter nobody's, so that another one is needed. */
async function forget(filter = ''): Promise<void> {
  await service.user.untag(filter, 'automirror:owner');
}

test('makes every session that throttling held up, each once', async () => {
  const { ec2 } = service.emulator;
  const sources = await launch(service, 20, {});
  await service.quiet();
  ec2.calls.reset();
  Object.assign(ec2.controls.settings, { throttling: true, throttleScale: 0.3 });
  ec2.controls.refillBuckets();
  await service.ec2.send(
    new CreateTagsCommand({ Resources: sources.map(({ id }) => id), Tags: [{ Key: 'mirror', Value: 'true' }] }),
  );
  const enis = new Set(sources.map(({ eni }) => eni));
  const made = () => ec2.world.sessions().filter(({ networkInterfaceId }) => enis.has(networkInterfaceId));
  // Not asked of EC2, whose describes are throttled too.
  await until('all sessions', async () => (made().length === sources.length ? true : undefined));
  ec2.controls.settings.throttling = false;
  await service.quiet();
  expect(ec2.calls.count({ action: 'CreateTrafficMirrorSession', outcome: 'RequestLimitExceeded' })).toBeGreaterThan(0);
  expect(new Set(made().map(({ networkInterfaceId }) => networkInterfaceId))).toEqual(enis);
  expect(made()).toHaveLength(sources.length);
  const changes = service.trail().filter(({ eniId = '' }) => enis.has(eniId));
  expect(changes.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual(sources.map(() => 'session.create done'));
});
