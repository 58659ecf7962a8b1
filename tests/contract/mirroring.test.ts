import { describe, expect, it } from 'vitest';
import { filterHash } from '../../src/model/filter-hash.ts';
import type { EniId, FilterId, InstanceId, SessionId, TargetId } from '../../src/model/ids.ts';
import { launch } from '../emulator/ec2/world-setup.ts';
import { aPolicy } from '../support/shell/things.ts';
import { createEc2Ports, createParts } from './ec2-bench.ts';

const noSession: SessionId = 'tms-00000000000000bad';
const noTarget: TargetId = 'tmt-00000000000000bad';
const noFilter: FilterId = 'tmf-00000000000000bad';
const noInterface: EniId = 'eni-00000000000000bad';
const noInstance: InstanceId = 'i-00000000000000bad';

describe('the Mirroring port on EC2', () => {
  it('makes a target for an interface, tags and all, and deletes it', async () => {
    const ports = createEc2Ports();
    const [sensor] = await launch(ports.bench);
    const networkInterfaceId = sensor?.eniId as EniId;
    const tags = { 'automirror:owner': 'me', Name: 'default' };
    const target = { destination: { networkInterfaceId }, description: 'ours', tags, clientToken: 'token-1' };
    const { targetId, requestId } = await ports.mirroring.createTarget(target);
    expect(requestId).toMatch(/./);
    await expect(ports.mirroring.createTarget(target)).resolves.toMatchObject({ targetId });
    const accountId = ports.bench.host.accountId;
    const made = { id: targetId, type: 'network-interface', networkInterfaceId, accountId, tags };
    await expect(ports.inventory.targets()).resolves.toEqual([made]);
    await ports.mirroring.deleteTarget(targetId);
    await expect(ports.inventory.targets()).resolves.toEqual([]);
  });

  it('makes a target for a load balancer and for an endpoint', async () => {
    const ports = createEc2Ports();
    const networkLoadBalancerArn = `arn:aws:elasticloadbalancing:eu-west-1:${ports.bench.host.accountId}:loadbalancer/net/ids/0123456789abcdef`;
    const more = { description: '', tags: {} };
    await ports.mirroring.createTarget({ ...more, destination: { networkLoadBalancerArn }, clientToken: 'a' });
    await expect(ports.inventory.targets()).resolves.toMatchObject([{ type: 'network-load-balancer', networkLoadBalancerArn }]);
    const gatewayLoadBalancerEndpointId = 'vpce-00000000000000bad';
    await expect(
      ports.mirroring.createTarget({ ...more, destination: { gatewayLoadBalancerEndpointId }, clientToken: 'b' }),
    ).rejects.toMatchObject({ class: 'gone' });
  });

  it('tells the target of a source, the interface of a target, and a target that is used, as in use', async () => {
    const ports = createEc2Ports();
    const parts = await createParts(ports);
    await ports.mirroring.createSession(parts.session());
    const inUse = { class: 'in-use' };
    const anew = (networkInterfaceId: EniId) =>
      ports.mirroring.createTarget({
        destination: { networkInterfaceId },
        description: '',
        tags: {},
        clientToken: networkInterfaceId,
      });
    await expect(anew(parts.source.eniId)).rejects.toMatchObject(inUse);
    await expect(anew(parts.target.eniId)).rejects.toMatchObject(inUse);
    await expect(ports.mirroring.deleteTarget(parts.target.id)).rejects.toMatchObject(inUse);
    await expect(ports.mirroring.deleteTarget(noTarget)).rejects.toMatchObject({ class: 'gone' });
  });

  it('makes a session as it was asked for, tags and all', async () => {
    const ports = createEc2Ports();
    const parts = await createParts(ports);
    const { sessionId, requestId } = await ports.mirroring.createSession(parts.session({ packetLength: 96, vni: 77 }));
    expect(requestId).toMatch(/./);
    await expect(ports.inventory.sessionsOf(parts.source.eniId)).resolves.toEqual([
      {
        id: sessionId,
        eniId: parts.source.eniId,
        targetId: parts.target.id,
        filterId: parts.filterId,
        sessionNumber: 1,
        packetLength: 96,
        vni: 77,
        accountId: ports.bench.host.accountId,
        tags: { 'automirror:owner': 'me' },
      },
    ]);
  });

  it('makes one session for two calls with one token', async () => {
    const ports = createEc2Ports();
    const parts = await createParts(ports);
    const first = await ports.mirroring.createSession(parts.session());
    const second = await ports.mirroring.createSession(parts.session());
    expect(second.sessionId).toBe(first.sessionId);
    await expect(ports.inventory.sessions()).resolves.toHaveLength(1);
  });

  it('makes one session when the first answer is lost and the client tries again', async () => {
    const ports = createEc2Ports({}, { maxAttempts: 3 });
    const parts = await createParts(ports);
    const error = { code: 'InternalError', status: 500 };
    ports.bench.ec2.controls.fail({ action: 'CreateTrafficMirrorSession', error, after: true });
    const { sessionId } = await ports.mirroring.createSession(parts.session());
    await expect(ports.inventory.sessions()).resolves.toMatchObject([{ id: sessionId }]);
    expect(ports.bench.ec2.calls.count({ action: 'CreateTrafficMirrorSession' })).toBe(2);
  });

  it('may be answered with a deleted session for an old token, and makes a new one for a new token', async () => {
    const ports = createEc2Ports({ tokenAfterDeletion: 'stale' });
    const parts = await createParts(ports);
    const first = await ports.mirroring.createSession(parts.session());
    await ports.mirroring.deleteSession(first.sessionId);
    const stale = await ports.mirroring.createSession(parts.session());
    expect(stale.sessionId).toBe(first.sessionId);
    await expect(ports.inventory.sessions()).resolves.toEqual([]);

    const fresh = await ports.mirroring.createSession(parts.session({ clientToken: 'token-2' }));
    await expect(ports.inventory.sessions()).resolves.toMatchObject([{ id: fresh.sessionId }]);
  });

  it('modifies each field by itself and leaves the others', async () => {
    const ports = createEc2Ports();
    const parts = await createParts(ports);
    const other = await createParts(ports);
    const { sessionId } = await ports.mirroring.createSession(parts.session({ vni: 77 }));
    const before = (await ports.inventory.sessions())[0];
    let expected = { ...before };
    const changes = [
      { targetId: other.target.id },
      { filterId: other.filterId },
      { sessionNumber: 9 },
      { packetLength: 64 },
      { vni: 78 },
    ];
    for (const change of changes) {
      await ports.mirroring.modifySession(sessionId, change);
      expected = { ...expected, ...change };
      await expect(ports.inventory.sessions()).resolves.toEqual([expected]);
    }
    await ports.mirroring.modifySession(sessionId, { packetLength: null });
    const { packetLength: _lifted, ...whole } = expected as typeof expected & { packetLength?: number };
    await expect(ports.inventory.sessions()).resolves.toEqual([whole]);
  });

  it('adds tags to a session and keeps those it has', async () => {
    const ports = createEc2Ports();
    const parts = await createParts(ports);
    const { sessionId } = await ports.mirroring.createSession(parts.session());
    await ports.mirroring.tagSession(sessionId, { Name: 'web-1' });
    await expect(ports.inventory.sessions()).resolves.toMatchObject([{ tags: { 'automirror:owner': 'me', Name: 'web-1' } }]);
  });

  it('tags an instance, over values that it had and beside other tags', async () => {
    const ports = createEc2Ports();
    await createParts(ports);
    const [before] = await ports.inventory.instances('all');
    if (before === undefined) throw new Error('there is no instance');
    await ports.mirroring.tagInstance(before.id, { mirror: 'true', team: 'red' });
    const { requestId } = await ports.mirroring.tagInstance(before.id, { team: 'blue' });
    expect(requestId).toMatch(/./);
    await expect(ports.inventory.instances([before.id])).resolves.toEqual([
      { ...before, tags: { ...before.tags, mirror: 'true', team: 'blue' } },
    ]);
  });

  it.each(['all-traffic', 'web', 'dual'])('makes the filter %s whose content reads back to the same hash', async (name) => {
    const policy = aPolicy(
      [
        'version: 1',
        'filters:',
        '  web:',
        '    networkServices: [amazon-dns]',
        '    ingress: [{ accept: tcp, destinationPorts: 80-443, description: web }, { reject: all, source: 10.0.0.0/8 }]',
        '    egress: [{ accept: tcp, sourcePorts: 443 }]',
        '  dual:',
        '    ingress: [{ accept: udp, source: ["10.0.0.0/8", "fd00::/8"], destinationPorts: 53 }, { accept: 47 }]',
      ].join('\n'),
    );
    const profile = policy.filters[name];
    const rules = profile?.content.rules ?? [];
    const services = profile?.content.networkServices ?? [];
    const { inventory, mirroring } = createEc2Ports();
    const { filterId } = await mirroring.createFilter({ description: name, tags: { k: 'v' }, clientToken: 'f' });
    for (const [n, rule] of rules.entries()) await mirroring.createFilterRule(filterId, rule, `r-${n}`);
    if (services.length > 0) await mirroring.addNetworkServices(filterId, services);

    const [filter] = await inventory.filters();
    expect(rules.length).toBeGreaterThan(0);
    expect(filter).toMatchObject({ id: filterId, tags: { k: 'v' } });
    expect(filter?.ruleIds).toHaveLength(rules.length);
    expect(filter && filterHash(filter.content)).toBe(profile?.hash);

    await mirroring.deleteFilter(filterId);
    await expect(inventory.filters()).resolves.toEqual([]);
  });
});

describe.each(['documented', 'observed'] as const)('the Mirroring port classifies, as EC2 spells it (%s),', (errorSpelling) => {
  const setUp = async (options = {}, type?: 't2.micro') => {
    const ports = createEc2Ports({ errorSpelling, ...options });
    return { ...ports, parts: await createParts(ports, type) };
  };

  it('what does not exist as gone', async () => {
    const { mirroring, parts } = await setUp();
    const gone = { name: 'Ec2Error', class: 'gone' };
    await expect(mirroring.deleteSession(noSession)).rejects.toMatchObject(gone);
    await expect(mirroring.modifySession(noSession, { sessionNumber: 2 })).rejects.toMatchObject(gone);
    await expect(mirroring.tagSession(noSession, { a: 'b' })).rejects.toMatchObject(gone);
    await expect(mirroring.tagInstance(noInstance, { a: 'b' })).rejects.toMatchObject(gone);
    await expect(mirroring.deleteFilter(noFilter)).rejects.toMatchObject(gone);
    await expect(mirroring.createSession(parts.session({ targetId: noTarget }))).rejects.toMatchObject(gone);
    await expect(mirroring.createSession(parts.session({ filterId: noFilter }))).rejects.toMatchObject(gone);
    await expect(mirroring.createSession(parts.session({ eniId: noInterface }))).rejects.toMatchObject(gone);
  });

  it('what is in use as in-use', async () => {
    const { mirroring, parts } = await setUp();
    await mirroring.createSession(parts.session());
    await expect(mirroring.deleteFilter(parts.filterId)).rejects.toMatchObject({ class: 'in-use' });
    await expect(mirroring.createSession(parts.session({ eniId: parts.target.eniId, clientToken: 'x' }))).rejects.toMatchObject({
      class: 'in-use',
    });
  });

  it('a source of an unsupported type as unsupported', async () => {
    const { mirroring, parts } = await setUp({}, 't2.micro');
    await expect(mirroring.createSession(parts.session())).rejects.toMatchObject({
      class: 'unsupported',
      code: 'NetworkInterfaceNotSupported',
    });
  });

  it('limits as quota', async () => {
    const { mirroring, parts, bench } = await setUp({ sourcesPerInterfaceTarget: 3, filtersPerAccount: 1, rulesPerFilter: 1 });
    const { settings } = bench.ec2.controls;
    const at = (sessionNumber: number) => parts.session({ sessionNumber, clientToken: `n-${sessionNumber}` });
    for (const n of [1, 2, 3]) await mirroring.createSession(at(n));
    const quota = { class: 'quota' };
    await expect(mirroring.createSession(at(4))).rejects.toMatchObject(quota);
    const [other] = await launch(bench);
    const elsewhere = parts.session({ eniId: other?.eniId as EniId, clientToken: 'x' });
    await expect(mirroring.createSession(elsewhere)).rejects.toMatchObject(quota);
    settings.sessionsPerAccount = 3;
    await expect(mirroring.createSession(elsewhere)).rejects.toMatchObject(quota);
    await expect(mirroring.createFilter({ description: '', tags: {}, clientToken: 'f' })).rejects.toMatchObject(quota);
    const rule = { direction: 'ingress', action: 'accept', sourceCidr: '0.0.0.0/0', destinationCidr: '0.0.0.0/0' } as const;
    await mirroring.createFilterRule(parts.filterId, { ...rule, number: 1 }, 'r-1');
    await expect(mirroring.createFilterRule(parts.filterId, { ...rule, number: 2 }, 'r-2')).rejects.toMatchObject(quota);
  });

  it('what IAM refuses as denied', async () => {
    const { mirroring, parts, bench } = await setUp();
    bench.host.denyWith(() => 'You are not authorized to perform this operation.');
    await expect(mirroring.createSession(parts.session())).rejects.toMatchObject({
      class: 'denied',
      code: 'UnauthorizedOperation',
    });
    await expect(mirroring.deleteFilter(parts.filterId)).rejects.toMatchObject({ class: 'denied' });
  });

  it('an empty bucket as throttled', async () => {
    const { mirroring, bench } = await setUp();
    bench.ec2.controls.settings.throttling = true;
    bench.ec2.controls.settings.throttleScale = 0;
    await expect(mirroring.deleteSession(noSession)).rejects.toMatchObject({ class: 'throttled', code: 'RequestLimitExceeded' });
  });

  it('a wrong value as invalid, and a number that is taken too', async () => {
    const { mirroring, parts } = await setUp();
    await mirroring.createSession(parts.session());
    const invalid = { class: 'invalid', code: 'InvalidParameterValue' };
    await expect(mirroring.createSession(parts.session({ sessionNumber: 32_767, clientToken: 'x' }))).rejects.toMatchObject(
      invalid,
    );
    await expect(mirroring.createSession(parts.session({ clientToken: 'y' }))).rejects.toMatchObject(invalid);
  });

  it('another request under an old token, and a lost answer, as unsettled', async () => {
    const { mirroring, parts, bench } = await setUp();
    await mirroring.createSession(parts.session());
    await expect(mirroring.createSession(parts.session({ sessionNumber: 2 }))).rejects.toMatchObject({
      class: 'unsettled',
      code: 'IdempotentParameterMismatch',
    });
    bench.ec2.controls.fail({ action: 'DeleteTrafficMirrorFilter', error: { code: 'InternalError', status: 500 }, after: true });
    const { filterId } = await mirroring.createFilter({ description: 'unused', tags: {}, clientToken: 'f' });
    await expect(mirroring.deleteFilter(filterId)).rejects.toMatchObject({ class: 'unsettled', code: 'InternalError' });
    await expect(mirroring.deleteFilter(filterId)).rejects.toMatchObject({ class: 'gone' });
  });
});
