import { describe, expect, it } from 'vitest';
import { lookUpTag, type TagLookup, type Tags } from '../../../src/model/tags.ts';
import type { ActualTarget } from '../../../src/model/target.ts';
import { buildPlan } from '../../../src/plan/plan.ts';
import { findPoolMembers, isInSomePool, targetInterfaces } from '../../../src/plan/pools.ts';
import { sourceCapacity } from '../../../src/plan/target-capacity.ts';
import { planInput } from '../../support/plan/notation.ts';

describe('lookUpTag', () => {
  it.each<[string, Tags, TagLookup]>([
    ['nothing', {}, { kind: 'absent' }],
    ['another key', { 'mirror-target': 'x', mirrors: 'y' }, { kind: 'absent' }],
    ['the key as written', { mirror: 'true' }, { kind: 'value', value: 'true' }],
    ['another spelling, the value as written', { MIRROR: ' TRUE ' }, { kind: 'value', value: 'TRUE' }],
    ['an empty value', { mirror: '' }, { kind: 'value', value: '' }],
    ['two spellings that agree but for case and blanks', { mirror: 'true ', Mirror: 'TRUE' }, { kind: 'value', value: 'TRUE' }],
    ['two that disagree', { mirror: 'true', Mirror: 'false' }, { kind: 'conflict', spellings: ['Mirror', 'mirror'] }],
    [
      'three of which one disagrees',
      { mirror: 'a', MIRROR: 'A', Mirror: 'b' },
      { kind: 'conflict', spellings: ['MIRROR', 'Mirror', 'mirror'] },
    ],
  ])('finds %s', (_, tags, expected) => {
    expect(lookUpTag(tags, 'mirror')).toEqual(expected);
    expect(lookUpTag(tags, 'Mirror')).toEqual(expected);
  });

  it('takes no inherited name for a tag', () => {
    expect(lookUpTag({}, 'constructor')).toEqual({ kind: 'absent' });
  });
});

describe('sourceCapacity', () => {
  const eni = (instanceType?: string): ActualTarget => ({
    id: 'tmt-1',
    type: 'network-interface',
    tags: {},
    ...(instanceType === undefined ? {} : { instanceType }),
  });

  // https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html: one of each class and the odd ones out.
  it.each([
    'm5.24xlarge',
    'c5n.18xlarge',
    'r6g.16xlarge',
    'u-6tb1.56xlarge',
    'i3en.24xlarge',
    'p5.4xlarge',
    'g6e.12xlarge',
    'hpc7g.4xlarge',
  ])('is 100 on %s', (type) => {
    expect(sourceCapacity(eni(type))).toBe(100);
  });

  it.each([undefined, '', 'm5.large', 'm5.12xlarge', 'm5.metal', 'M5.24xlarge', 'm99.48xlarge'])('is 10 on %s', (type) => {
    expect(sourceCapacity(eni(type))).toBe(10);
  });

  it.each(['network-load-balancer', 'gateway-load-balancer-endpoint'] as const)('has no limit for a %s', (type) => {
    expect(sourceCapacity({ id: 'tmt-1', type, tags: {} })).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('findPoolMembers', () => {
  const pools = {
    default: { name: 'default', zone: 'prefer', members: [] },
    listed: { name: 'listed', zone: 'prefer', members: [{ id: 'tmt-3' }, { networkInterfaceId: 'eni-1' }, { id: 'tmt-gone' }] },
  } as const;
  const target = (id: ActualTarget['id'], tags: Tags): ActualTarget => ({ id, type: 'network-interface', tags });
  const members = findPoolMembers(pools, [
    target('tmt-3', { 'automirror:target': 'listed' }),
    { ...target('tmt-2', { 'AutoMirror:Target': ' DEFAULT ' }), networkInterfaceId: 'eni-1' },
    target('tmt-1', { 'automirror:target': 'default' }),
    target('tmt-4', { 'automirror:target': 'default', 'Automirror:Target': 'listed' }),
    target('tmt-5', { 'automirror:target': 'other' }),
    target('tmt-6', {}),
  ]);

  it('finds those tagged for a pool, in any case, and those listed, each once and in order of id; no target whose tags disagree', () => {
    expect([...members].map(([pool, found]) => [pool, found.map(({ id }) => id)])).toEqual([
      ['default', ['tmt-1', 'tmt-2']],
      ['listed', ['tmt-2', 'tmt-3']],
    ]);
  });

  it('knows whether a target is in any pool', () => {
    expect([isInSomePool(members, 'tmt-3'), isInSomePool(members, 'tmt-5')]).toEqual([true, false]);
  });

  it('finds no member where a listed load balancer is another, and none for a target without one', () => {
    const byArn = { lb: { name: 'lb', zone: 'prefer', members: [{ networkLoadBalancerArn: 'arn:1' }] } } as const;
    const targets: readonly ActualTarget[] = [
      { id: 'tmt-1', type: 'network-load-balancer', networkLoadBalancerArn: 'arn:2', tags: {} },
      target('tmt-2', {}),
    ];
    expect(findPoolMembers(byArn, targets).get('lb')).toEqual([]);
  });
});

it('knows the interfaces that are targets, of two targets of one the lower id, whatever their order', () => {
  const targets: readonly ActualTarget[] = [
    { id: 'tmt-2', type: 'network-interface', networkInterfaceId: 'eni-1', tags: {} },
    { id: 'tmt-1', type: 'network-interface', networkInterfaceId: 'eni-1', tags: {} },
    { id: 'tmt-3', type: 'network-load-balancer', networkLoadBalancerArn: 'arn:1', tags: {} },
  ];
  expect(targetInterfaces(targets)).toEqual(targetInterfaces([...targets].reverse()));
  expect([...targetInterfaces(targets)]).toEqual([['eni-1', 'tmt-1']]);
});

it('names, of several sessions that keep an interface from becoming a target, the lowest, whatever their order', () => {
  const input = planInput({
    pools: { default: { zone: 'prefer', members: [{ networkInterfaceId: 'eni-s' }] } },
    declared: ['eni-s'],
    sessions: ['tms-2 eni-s tmt-9 tmf-x #1', 'tms-1 eni-s tmt-9 tmf-x #2', 'tms-0 eni-x tmt-9 tmf-x #1'],
  });
  const { world } = input;
  for (const sessions of [world.sessions, [...world.sessions].reverse()]) {
    const [refusal] = buildPlan({ ...input, world: { ...world, sessions } }).actions;
    expect(refusal).toMatchObject({ kind: 'target.refuse', reason: { detail: expect.stringMatching(/: tms-1 mirrors it/) } });
  }
});
