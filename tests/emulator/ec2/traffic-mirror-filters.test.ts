import {
  CreateTrafficMirrorFilterCommand,
  CreateTrafficMirrorFilterRuleCommand,
  type CreateTrafficMirrorFilterRuleCommandInput,
  DeleteTrafficMirrorFilterCommand,
  DeleteTrafficMirrorFilterRuleCommand,
  DeleteTrafficMirrorSessionCommand,
  DescribeTrafficMirrorFilterRulesCommand,
  DescribeTrafficMirrorFiltersCommand,
  ModifyTrafficMirrorFilterNetworkServicesCommand,
  ModifyTrafficMirrorFilterRuleCommand,
  type ModifyTrafficMirrorFilterRuleCommandInput,
} from '@aws-sdk/client-ec2';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Bench, createBench, refusal } from './in-process-client.ts';
import { addMirroring, addSession, launchOne, present } from './world-setup.ts';

let bench: Bench;
let filterId: string;

beforeEach(async () => {
  bench = createBench();
  const { TrafficMirrorFilter: filter } = await bench.client.send(new CreateTrafficMirrorFilterCommand({ Description: 'web' }));
  filterId = present(filter?.TrafficMirrorFilterId);
});

const createRule = async (input: Partial<CreateTrafficMirrorFilterRuleCommandInput> = {}) =>
  present(
    (
      await bench.client.send(
        new CreateTrafficMirrorFilterRuleCommand({
          TrafficMirrorFilterId: filterId,
          TrafficDirection: 'ingress',
          RuleNumber: 100,
          RuleAction: 'accept',
          SourceCidrBlock: '0.0.0.0/0',
          DestinationCidrBlock: '0.0.0.0/0',
          ...input,
        }),
      )
    ).TrafficMirrorFilterRule,
  );

const modifyRule = (input: ModifyTrafficMirrorFilterRuleCommandInput) =>
  bench.client.send(new ModifyTrafficMirrorFilterRuleCommand(input));
const describeFilters = async (input: ConstructorParameters<typeof DescribeTrafficMirrorFiltersCommand>[0] = {}) =>
  present((await bench.client.send(new DescribeTrafficMirrorFiltersCommand(input))).TrafficMirrorFilters);

describe('a filter', () => {
  it('shows its rules by direction, in ascending order', async () => {
    await createRule({ RuleNumber: 20 });
    await createRule({ RuleNumber: 10, RuleAction: 'reject' });
    await createRule({ TrafficDirection: 'egress', RuleNumber: 10 });
    const [filter] = await describeFilters();
    expect(filter).toMatchObject({ Description: 'web', NetworkServices: [], Tags: [] });
    expect(filter?.IngressFilterRules?.map((rule) => [rule.RuleNumber, rule.RuleAction])).toEqual([
      [10, 'reject'],
      [20, 'accept'],
    ]);
    expect(filter?.EgressFilterRules?.map((rule) => rule.RuleNumber)).toEqual([10]);
  });

  it('adds and removes the one network service', async () => {
    const modify = (input: object) =>
      bench.client.send(new ModifyTrafficMirrorFilterNetworkServicesCommand({ TrafficMirrorFilterId: filterId, ...input }));
    expect((await modify({ AddNetworkServices: ['amazon-dns'] })).TrafficMirrorFilter?.NetworkServices).toEqual(['amazon-dns']);
    expect((await modify({ AddNetworkServices: ['amazon-dns'] })).TrafficMirrorFilter?.NetworkServices).toEqual(['amazon-dns']);
    expect((await refusal(modify({ AddNetworkServices: ['amazon-ntp'] }))).code).toBe('InvalidParameterValue');
    expect((await refusal(modify({ AddNetworkServices: ['amazon-dns'], RemoveNetworkServices: ['amazon-dns'] }))).code).toBe(
      'InvalidParameterCombination',
    );
    expect((await modify({ RemoveNetworkServices: ['amazon-dns'] })).TrafficMirrorFilter?.NetworkServices).toEqual([]);
  });

  it('is not deleted while a session uses it, and takes its rules with it', async () => {
    const mirroring = await addMirroring(bench);
    const source = await launchOne(bench);
    const rule = await createRule();
    const sessionId = await addSession(bench, { ...mirroring, filterId }, source.eniId);
    const remove = () => bench.client.send(new DeleteTrafficMirrorFilterCommand({ TrafficMirrorFilterId: filterId }));
    expect(await refusal(remove())).toMatchObject({
      code: 'TrafficMirrorFilterInUse',
      message: expect.stringContaining(sessionId),
    });
    await bench.client.send(new DeleteTrafficMirrorSessionCommand({ TrafficMirrorSessionId: sessionId }));
    await remove();
    expect(bench.ec2.world.filterRules()).toEqual([]);
    const gone = modifyRule({ TrafficMirrorFilterRuleId: rule.TrafficMirrorFilterRuleId });
    expect((await refusal(gone)).code).toBe('InvalidTrafficMirrorFilterRuleId.NotFound');
    expect((await refusal(remove())).code).toBe('InvalidTrafficMirrorFilterId.NotFound');
  });

  it('is found by its description, with wildcards', async () => {
    await bench.client.send(new CreateTrafficMirrorFilterCommand({ Description: 'w*b' }));
    const find = async (value: string) =>
      (await describeFilters({ Filters: [{ Name: 'description', Values: [value] }] })).map((filter) => filter.Description);
    expect(await find('w*')).toEqual(['web', 'w*b']);
    expect(await find('w?b')).toEqual(['web', 'w*b']);
    expect(await find('web?')).toEqual(['web']);
    expect(await find(String.raw`w\*b`)).toEqual(['w*b']);
    expect(await find('Web')).toEqual([]);
  });

  it('is one of as many as the account may have', async () => {
    bench.ec2.controls.settings.filtersPerAccount = 1;
    expect((await refusal(bench.client.send(new CreateTrafficMirrorFilterCommand({})))).code).toBe(
      'TrafficMirrorFilterLimitExceeded',
    );
  });
});

describe('a filter rule', () => {
  it('keeps every field', async () => {
    const rule = await createRule({
      Protocol: 6,
      SourcePortRange: { FromPort: 0, ToPort: 65_535 },
      DestinationPortRange: { FromPort: 80, ToPort: 443 },
      SourceCidrBlock: '2001:db8::/32',
      DestinationCidrBlock: '::/0',
      Description: 'web',
      TagSpecifications: [{ ResourceType: 'traffic-mirror-filter-rule', Tags: [{ Key: 'a', Value: 'b' }] }],
    });
    expect(rule).toMatchObject({
      TrafficMirrorFilterId: filterId,
      Protocol: 6,
      SourcePortRange: { FromPort: 0, ToPort: 65_535 },
      DestinationPortRange: { FromPort: 80, ToPort: 443 },
      SourceCidrBlock: '2001:db8::/32',
      Tags: [{ Key: 'a', Value: 'b' }],
    });
    const { TrafficMirrorFilterRules: rules } = await bench.client.send(
      new DescribeTrafficMirrorFilterRulesCommand({ TrafficMirrorFilterId: filterId }),
    );
    expect(rules).toEqual([rule]);
  });

  it.each<[string, string, Partial<CreateTrafficMirrorFilterRuleCommandInput>]>([
    ['a direction of another name', 'InvalidParameterValue', { TrafficDirection: 'inbound' as 'ingress' }],
    ['an action of another name', 'InvalidParameterValue', { RuleAction: 'drop' as 'accept' }],
    ['number 0', 'InvalidParameterValue', { RuleNumber: 0 }],
    ['number 32767', 'InvalidParameterValue', { RuleNumber: 32_767 }],
    ['protocol 256', 'InvalidParameterValue', { Protocol: 256 }],
    ['a CIDR without length', 'InvalidParameterValue', { SourceCidrBlock: '10.0.0.0' }],
    ['a CIDR of 33 bits', 'InvalidParameterValue', { DestinationCidrBlock: '10.0.0.0/33' }],
    ['CIDRs of two families', 'InvalidParameterCombination', { SourceCidrBlock: '::/0' }],
    ['ports without protocol', 'InvalidParameterCombination', { SourcePortRange: { FromPort: 1, ToPort: 2 } }],
    ['ports with ICMP', 'InvalidParameterCombination', { Protocol: 1, DestinationPortRange: { FromPort: 1, ToPort: 2 } }],
    ['a port beyond 65535', 'InvalidParameterValue', { Protocol: 6, DestinationPortRange: { FromPort: 1, ToPort: 65_536 } }],
    ['ports upside down', 'InvalidParameterValue', { Protocol: 6, DestinationPortRange: { FromPort: 2, ToPort: 1 } }],
    ['half a port range', 'MissingParameter', { Protocol: 6, DestinationPortRange: { FromPort: 2 } }],
    ['an unknown filter', 'InvalidTrafficMirrorFilterId.NotFound', { TrafficMirrorFilterId: 'tmf-00000000000000000' }],
  ])('is refused with %s', async (_, code, input) => {
    expect((await refusal(createRule(input))).code).toBe(code);
    expect(bench.ec2.world.filterRules()).toEqual([]);
  });

  it('has a number of its own in its direction', async () => {
    await createRule();
    expect((await refusal(createRule())).code).toBe('TrafficMirrorFilterRuleAlreadyExists');
    const egress = await createRule({ TrafficDirection: 'egress' });
    const moved = modifyRule({ TrafficMirrorFilterRuleId: egress.TrafficMirrorFilterRuleId, TrafficDirection: 'ingress' });
    expect((await refusal(moved)).code).toBe('TrafficMirrorFilterRuleAlreadyExists');
  });

  it.each([
    ['total', 5, 5],
    ['direction', 10, 5],
  ] as const)('is one of ten per %s', async (scope, ingress, egress) => {
    bench.ec2.controls.settings.rulesPerFilterScope = scope;
    for (let number = 1; number <= ingress; number += 1) await createRule({ RuleNumber: number });
    for (let number = 1; number <= egress; number += 1) await createRule({ RuleNumber: number, TrafficDirection: 'egress' });
    expect((await refusal(createRule({ RuleNumber: 99 }))).code).toBe('TrafficMirrorFilterRuleLimitExceeded');
  });

  it('changes what is given, resets what is removed, and stays valid as a whole', async () => {
    const rule = await createRule({ Protocol: 6, DestinationPortRange: { FromPort: 80, ToPort: 80 }, Description: 'd' });
    const id = rule.TrafficMirrorFilterRuleId;
    const changed = await modifyRule({
      TrafficMirrorFilterRuleId: id,
      RuleAction: 'reject',
      RuleNumber: 5,
      RemoveFields: ['description'],
    });
    expect(changed.TrafficMirrorFilterRule).toMatchObject({ RuleAction: 'reject', RuleNumber: 5, Protocol: 6 });
    expect(changed.TrafficMirrorFilterRule?.Description).toBeUndefined();
    expect((await refusal(modifyRule({ TrafficMirrorFilterRuleId: id, RemoveFields: ['protocol'] }))).code).toBe(
      'InvalidParameterCombination',
    );
    expect((await refusal(modifyRule({ TrafficMirrorFilterRuleId: id, SourceCidrBlock: '::/0' }))).code).toBe(
      'InvalidParameterCombination',
    );
    const bare = await modifyRule({
      TrafficMirrorFilterRuleId: id,
      RemoveFields: ['protocol', 'destination-port-range', 'source-port-range'],
    });
    expect([bare.TrafficMirrorFilterRule?.Protocol, bare.TrafficMirrorFilterRule?.DestinationPortRange]).toEqual([
      undefined,
      undefined,
    ]);
  });

  it('is deleted once', async () => {
    const { TrafficMirrorFilterRuleId } = await createRule();
    const remove = () => bench.client.send(new DeleteTrafficMirrorFilterRuleCommand({ TrafficMirrorFilterRuleId }));
    expect((await remove()).TrafficMirrorFilterRuleId).toBe(TrafficMirrorFilterRuleId);
    expect((await refusal(remove())).code).toBe('InvalidTrafficMirrorFilterRuleId.NotFound');
    bench.ec2.controls.settings.errorSpelling = 'documented';
    expect((await refusal(remove())).code).toBe('InvalidTrafficMirrorFilterRuleNotFound');
  });

  it('is found by every documented filter', async () => {
    const rule = await createRule({
      Protocol: 6,
      SourceCidrBlock: '10.0.0.0/8',
      DestinationCidrBlock: '10.1.0.0/16',
      Description: 'one',
    });
    await createRule({ TrafficDirection: 'egress', RuleNumber: 7, RuleAction: 'reject', Protocol: 17, Description: 'two' });
    const filters: readonly [string, string][] = [
      ['traffic-mirror-filter-rule-id', present(rule.TrafficMirrorFilterRuleId)],
      ['rule-number', '100'],
      ['rule-action', 'accept'],
      ['traffic-direction', 'ingress'],
      ['protocol', '6'],
      ['source-cidr-block', '10.0.0.0/8'],
      ['destination-cidr-block', '10.1.0.0/16'],
      ['description', 'one'],
    ];
    const find = async (Name: string, value: string) =>
      present(
        (await bench.client.send(new DescribeTrafficMirrorFilterRulesCommand({ Filters: [{ Name, Values: [value] }] })))
          .TrafficMirrorFilterRules,
      );
    for (const [name, value] of filters)
      expect([name, (await find(name, value)).map((found) => found.Description)]).toEqual([name, ['one']]);
    expect(await find('traffic-mirror-filter-id', filterId)).toHaveLength(2);
    const unknown = bench.client.send(
      new DescribeTrafficMirrorFilterRulesCommand({ TrafficMirrorFilterId: 'tmf-00000000000000000' }),
    );
    expect((await refusal(unknown)).code).toBe('InvalidTrafficMirrorFilterId.NotFound');
  });
});
