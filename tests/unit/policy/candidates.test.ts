import { describe, expect, it } from 'vitest';
import { candidateQueries } from '../../../src/policy/candidate-queries.ts';
import type { NetworkTags } from '../../../src/policy/match.ts';
import { aPolicy } from '../../support/shell/things.ts';

const queriesOf = (yaml: string, networkTags?: NetworkTags) => candidateQueries(aPolicy(yaml), networkTags);

/** The questions for one match, with the number of values where they are spellings. */
function asked(match: string, networkTags?: NetworkTags) {
  const queries = queriesOf(`rules: [{ name: a, match: ${match} }]`, networkTags);
  return queries?.map(({ name, values }) => `${name} ${values.length > 8 ? values.length : values.join(' ')}`);
}

const sg = (n: number) => `sg-${n.toString(16).padStart(17, '0')}`;
const tag = (count: number) => `{ any: [${Array.from({ length: count }, (_, n) => `{ tag: { t${n}: "*" } }`).join(', ')}] }`;

describe('the questions of a sweep', () => {
  it('are for every spelling of the tag mirror in an empty policy, and there are no others', () => {
    const [query, ...others] = queriesOf('') ?? [];
    expect(others).toEqual([]);
    expect(query?.name).toBe('tag-key');
    expect(new Set(query?.values).size).toBe(64);
    expect(query?.values).toEqual(expect.arrayContaining(['mirror', 'Mirror', 'MIRROR', 'mIRroR']));
  });

  it.each([
    ['{ tag: { env: prod } }', ['tag-key env eNv enV eNV Env ENv EnV ENV'.split(' ').toSorted().join(' ')]],
    ['{ vpc: [vpc-1, "vpc-2*"] }', ['network-interface.vpc-id vpc-1 vpc-2*']],
    ['{ subnet: subnet-1 }', ['network-interface.subnet-id subnet-1']],
    ['{ zone: "eu-west-1?" }', ['availability-zone eu-west-1?']],
    ['{ instanceType: "M5.*" }', ['instance-type m5.*']],
    ['{ account: 012345678901 }', ['owner-id 012345678901']],
    ['{ autoScalingGroup: Web }', ['tag-key aws:autoscaling:groupName']],
    [`{ securityGroup: [${sg(1)}, ${sg(2)}] }`, [`network-interface.group-id ${sg(1)} ${sg(2)}`]],
    ['{ platform: windows }', ['platform windows Windows']],
    ['{ iamInstanceProfile: x }', ['iam-instance-profile.arn x X */x */X']],
    ['{ vpc: "vpc\\\\?" }', ['network-interface.vpc-id vpc\\\\?']],
  ])('are for %s: %j', (match, wanted) => {
    const sorted = (queries: readonly string[] | undefined) =>
      queries?.map((query) => query.split(' ').toSorted().join(' ')).toSorted();
    expect(sorted(asked(match))).toEqual(sorted(wanted));
  });

  it.each([
    ['not { instanceType: "t3.*" }', '{ not: { instanceType: "t3.*" } }'],
    ['every instance', '{ instanceType: "*" }'],
    ['a group by its name', '{ securityGroup: web }'],
    ['all that is not Windows', '{ platform: linux }'],
    ['platform details', '{ platform: [windows, "Red Hat*"] }'],
    ['a launch', '{ launchedAfter: 2026-01-01 }'],
    ['a public address', '{ hasPublicIp: true }'],
    ['a choice of which one part cannot be asked for', '{ any: [{ vpc: vpc-1 }, { hasPublicIp: true }] }'],
    ['a key beyond ASCII', '{ tag: { größe: "*" } }'],
    ['a value beyond ASCII', '{ vpc: "vpc-ſ*" }'],
    ['a value that is too long', `{ vpc: ${'v'.repeat(254)} }`],
    ['more values than a request takes', `{ subnet: [${Array.from({ length: 101 }, (_, n) => `subnet-${n}`).join(', ')}] }`],
    ['more keys than leave room for their spellings', tag(26)],
    ['more filters than are cheaper than a list', '{ any: [{ vpc: v }, { subnet: s }, { zone: z }, { account: a }] }'],
  ])('are none but for everything where a rule asks for %s', (_what, match) => {
    expect(asked(match)).toBeUndefined();
  });

  it.each([
    ['{ hasPublicIp: true, vpc: vpc-1, zone: z }', ['network-interface.vpc-id vpc-1']],
    ['{ vpc: vpc-1, tag: { a: x } }', ['tag-key a A']],
    ['{ not: { zone: z }, any: [{ vpc: v, platform: linux }, { vpc: w }] }', ['network-interface.vpc-id v w']],
    ['{ zone: z, any: [{ vpc: v }, { subnet: s }] }', ['availability-zone z']],
  ])('are for the most telling part of %s alone', (match, wanted) => {
    expect(asked(match)).toEqual(wanted);
  });

  it('of several rules are one for each filter, and one for a tag mirror that is neither yes nor no', () => {
    const yaml = `rules:
      - { name: a, match: { vpc: v } }
      - { name: b, match: { vpc: w, hasPublicIp: true } }
      - { name: c, match: { subnet: s } }
      - { name: d, match: { vpc: v, tag: { mirror: true } } }
      - { name: e, match: { autoScalingGroup: x } }`;
    const queries = queriesOf(yaml)?.map(({ name, values }) => [name, values.length > 9 ? values.length : values]);
    expect(queries).toEqual([
      ['tag-key', 65],
      ['network-interface.subnet-id', ['s']],
      ['network-interface.vpc-id', ['v', 'w']],
    ]);
  });

  it('ask for the tag mirror where it only has to be read for a slip', () => {
    expect(asked('{ vpc: v, all: [{ iamInstanceProfile: x }, { tag: { mirror: true } }] }')).toEqual([
      'iam-instance-profile.arn x X */x */X',
      'tag-key 64',
    ]);
  });

  it('are of no rule that asks for less than they do: never is not looked at', () => {
    expect(queriesOf('never: [{ hasPublicIp: true }, { not: { zone: z } }]\nrules: [{ name: a, match: { vpc: v } }]')).toEqual([
      { name: 'network-interface.vpc-id', values: ['v'] },
    ]);
  });

  it('spell out fewer letters of each of many keys, never more than 200 values in all', () => {
    const values = asked(tag(20));
    expect(values).toEqual(['tag-key 40']);
    const long = queriesOf(
      `rules: [{ name: a, match: { any: [${Array.from({ length: 24 }, (_, n) => `{ tag: { environment-${n}: x } }`).join(', ')}] } }]`,
    );
    expect(long?.[0]?.values).toHaveLength(24 * 8);
    expect(long?.[0]?.values).toContain('????????ENt-7');
  });

  it('spell a star or a question mark in a key as itself', () => {
    expect(asked('{ tag: { "1*?": x } }')).toEqual(['tag-key 1\\*\\?']);
  });
});

describe('the questions for tags of networks', () => {
  const networkTags = new Map([
    ['vpc-1', { Mirror: 'YES' }],
    ['vpc-2', { mirror: 'no' }],
    ['vpc-3', { mirror: 'yes', MIRROR: 'no' }],
    ['subnet-1', { mirror: 'true' }],
    ['subnet-2', { env: 'prod' }],
  ]);

  it('are for the networks that have them, or two that disagree', () => {
    expect(asked('{ vpcTag: { mirror: true } }', networkTags)).toEqual(['network-interface.vpc-id vpc-1 vpc-3']);
    expect(asked('{ any: [{ subnetTag: { mirror: true } }, { subnet: subnet-9 }] }', networkTags)).toEqual([
      'network-interface.subnet-id subnet-9 subnet-1',
    ]);
  });

  it('are none where no network has them', () => {
    expect(asked('{ vpcTag: { env: prod } }', networkTags)).toEqual([]);
  });

  it('give way to a list of everything where more networks have them than a request takes', () => {
    const many = (count: number) =>
      new Map(Array.from({ length: count }, (_, n): [string, object] => [`subnet-${n}`, { mirror: 'true' }])) as NetworkTags;
    expect(asked('{ subnetTag: { mirror: true } }', many(200))).toEqual(['network-interface.subnet-id 200']);
    expect(asked('{ subnetTag: { mirror: true } }', many(201))).toBeUndefined();
  });
});
