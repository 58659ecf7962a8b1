import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Instance, NetworkInterface } from '../../src/model/instance.ts';
import { instanceTag, ownerTag, slotTag } from '../../src/model/ownership.ts';
import type { CompiledPolicy } from '../../src/model/policy.ts';
import { isChange } from '../../src/plan/action.ts';
import { candidateQueries } from '../../src/policy/candidate-queries.ts';
import { resolve } from '../../src/policy/resolve.ts';
import { parsePolicy } from '../../src/policy/source/parse.ts';
import { Memory } from '../../src/reconcile/memory.ts';
import { reconcile } from '../../src/reconcile/reconcile.ts';
import { ManualClock } from '../support/shell/clock.ts';
import { lets } from '../support/shell/ec2-filters.ts';
import { FakeEc2 } from '../support/shell/fake-ec2.ts';
import {
  accountId,
  anEniId,
  anInstance,
  anInstanceId,
  anInterface,
  aPolicy,
  aSession,
  aTarget,
  owner,
} from '../support/shell/things.ts';

// The same examples in every run; another seed finds others: SEED=7 npx vitest run tests/property/candidates.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

const facts = { now: Date.UTC(2026, 5, 1), refusedTypes: new Map([['m8g.large', 'refused']]) };

// One key is longer than what is spelled out, one has a k, of which Unicode has three; one is not of ASCII alone.
const keys = ['mirror', 'mirror', 'kind', 'cost-center', 'größe', 'a*?\\b'];
const values = ['true', 'no', 'maybe', 'prod'];
const profiles = ['Web', 'teams/data/Worker-K8s', 'web-2'].map((name) => `arn:aws:iam::123456789012:instance-profile/${name}`);
const groups = ['sg-0123456789abcdef0', 'sg-0123456789abcdef1', 'sg-0123456789abcdef2'];
const vpcs = ['vpc-01', 'vpc-02', 'vpc-03'];
const subnets = ['subnet-01', 'subnet-02', 'subnet-03'];

const cased = (text: string) =>
  fc.array(fc.constantFrom('lower', 'upper', 'kelvin'), { minLength: text.length, maxLength: text.length }).map((cases) =>
    text
      .split('')
      .map((letter, index) => {
        if (cases[index] === 'lower') return letter;
        return cases[index] === 'kelvin' && letter === 'k' ? '\u212a' : letter.toUpperCase();
      })
      .join(''),
  );
const tags = fc
  .array(fc.tuple(fc.constantFrom(...keys).chain(cased), fc.constantFrom(...values).chain(cased)), { maxLength: 3 })
  .map((pairs): Record<string, string> => Object.fromEntries(pairs));

const networkInterface = (index: number): fc.Arbitrary<NetworkInterface> =>
  fc.record({
    id: fc.constant(`eni-${index}` as const),
    deviceIndex: fc.constant(index),
    interfaceType: fc.constantFrom('interface', 'efa'),
    attachmentStatus: fc.constantFrom('attached', 'attaching'),
    vpcId: fc.constantFrom(...vpcs),
    subnetId: fc.constantFrom(...subnets),
    securityGroups: fc.subarray(groups).map((ids) => ids.map((id) => ({ id, name: `Group-${id.at(-1)}` }))),
    hasPublicIp: fc.boolean(),
  });

const instance: fc.Arbitrary<Instance> = fc
  .record({
    accountId: fc.constantFrom('123456789012', '210987654321'),
    type: fc.constantFrom('m5.large', 't2.micro', 'm8g.large', 'c5.metal'),
    state: fc.constantFrom('running', 'pending', 'stopped', 'terminated'),
    zone: fc.constantFrom('eu-west-1a', 'eu-west-1b'),
    launchTime: fc.constantFrom(facts.now - 1, facts.now),
    isWindows: fc.boolean(),
    profile: fc.option(fc.constantFrom(...profiles)),
    tags,
    group: fc.option(fc.constantFrom('Web', 'db')),
    interfaces: fc.integer({ min: 1, max: 2 }).chain((count) => fc.tuple(...[0, 1].slice(0, count).map(networkInterface))),
  })
  .map(({ isWindows, profile, group, interfaces, tags: own, ...rest }): Instance => {
    const [primary] = interfaces;
    return {
      ...rest,
      id: 'i-0123456789abcdef0',
      tags: group === null ? own : { ...own, 'aws:autoscaling:groupName': group },
      platformDetails: isWindows ? 'Windows' : 'Linux/UNIX',
      ...(isWindows ? { platform: 'windows' } : {}),
      ...(profile === null ? {} : { iamInstanceProfile: profile }),
      // As in EC2, the network of an instance is that of its primary interface.
      ...(primary?.vpcId === undefined ? {} : { vpcId: primary.vpcId }),
      ...(primary?.subnetId === undefined ? {} : { subnetId: primary.subnetId }),
      networkInterfaces: interfaces,
    };
  });

const networkTags = fc
  .uniqueArray(fc.tuple(fc.constantFrom(...vpcs, ...subnets), tags), { selector: ([id]) => id, maxLength: 6 })
  .map((pairs) => new Map(pairs));

const oneOrMore = (...candidates: readonly string[]) =>
  fc.oneof(fc.constantFrom(...candidates), fc.subarray([...candidates], { minLength: 1 }));
const tagSelector = fc
  .tuple(fc.constantFrom(...keys).chain(cased), oneOrMore('true', 'no', 'prod', 'ma*', '*'))
  .map(([key, wanted]) => ({ [key]: wanted }));
const selector = fc.oneof(
  { arbitrary: tagSelector.map((tag) => ({ tag })), weight: 8 },
  tagSelector.map((vpcTag) => ({ vpcTag })),
  tagSelector.map((subnetTag) => ({ subnetTag })),
  oneOrMore(...vpcs, 'vpc-?1', 'VPC-*', '*').map((vpc) => ({ vpc })),
  oneOrMore(...subnets, '*-03', 'subnet-0?').map((subnet) => ({ subnet })),
  oneOrMore('EU-WEST-1A', 'eu-west-1?', '*b').map((zone) => ({ zone })),
  oneOrMore('m5.large', 'M?.*', '*.metal', '*').map((instanceType) => ({ instanceType })),
  oneOrMore('123456789012', '2*').map((account) => ({ account })),
  oneOrMore('web', 'd*').map((autoScalingGroup) => ({ autoScalingGroup })),
  oneOrMore(...groups, 'group-1', 'sg-*').map((securityGroup) => ({ securityGroup })),
  oneOrMore('web', 'WORKER-*', '*/data/*', 'w?b-2', 'arn:aws:iam::123456789012:instance-profile/web', '*').map(
    (iamInstanceProfile) => ({ iamInstanceProfile }),
  ),
  oneOrMore('windows', 'Linux', 'win*').map((platform) => ({ platform })),
  fc.boolean().map((hasPublicIp) => ({ hasPublicIp })),
  fc.constantFrom('launchedBefore', 'launchedAfter').map((key) => ({ [key]: new Date(facts.now).toISOString() })),
);
const { match } = fc.letrec<{ match: object }>((tie) => ({
  match: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { arbitrary: selector, weight: 3 },
    { arbitrary: fc.tuple(selector, selector).map(([a, b]) => ({ ...a, ...b })), weight: 2 },
    { arbitrary: fc.record({ any: fc.array(tie('match'), { minLength: 1, maxLength: 3 }) }), weight: 1 },
    { arbitrary: fc.record({ all: fc.array(tie('match'), { minLength: 1, maxLength: 3 }) }), weight: 1 },
    { arbitrary: fc.record({ not: tie('match') }), weight: 1 },
  ),
}));

const policy = fc
  .record({
    never: fc.array(match, { maxLength: 1 }),
    rules: fc
      .array(fc.record({ match, tagOverrides: fc.subarray(['until', 'interfaces']) }), { minLength: 1, maxLength: 3 })
      .map((rules) => rules.map((rule, index) => ({ name: `rule ${index}`, ...rule }))),
    whenStopped: fc.constantFrom('remove', 'keep'),
  })
  .map((source) => {
    const parsed = parsePolicy(JSON.stringify(source), 'policy.yml');
    if ('issues' in parsed) throw new Error(parsed.issues.map((issue) => issue.message).join('\n'));
    return parsed.policy;
  });

describe('the questions of a sweep', () => {
  it('are answered with every instance that the policy mirrors or refuses', () => {
    const seen = { asked: 0, found: 0, spared: 0 };
    fc.assert(
      fc.property(policy, networkTags, fc.array(instance, { minLength: 1, maxLength: 8 }), (rules, networks, fleet) => {
        const queries = candidateQueries(rules, networks);
        if (queries === undefined) return;
        seen.asked += 1;
        for (const one of fleet) {
          const isAnswered = queries.some((query) => lets(query, one));
          const { outcome } = resolve(one, rules, { ...facts, networkTags: networks });
          if (outcome !== 'skip') {
            seen.found += 1;
            expect({ one, queries, isAnswered }).toMatchObject({ isAnswered: true });
          } else if (!isAnswered) seen.spared += 1;
        }
      }),
      { numRuns: 600 },
    );
    // Otherwise the law would hold for want of anything to hold for.
    expect(seen.asked).toBeGreaterThan(100);
    expect(seen.found).toBeGreaterThan(100);
    expect(seen.spared).toBeGreaterThan(100);
  });

  it('for a tag cover every spelling of its key, whatever characters it has', () => {
    const key = fc
      .oneof(fc.string({ minLength: 1, maxLength: 30 }), fc.stringMatching(/^[kK*?\\a-zB-D]{1,12}$/))
      .filter((text) => text.trim() === text && text !== '' && text !== '__proto__');
    fc.assert(
      fc.property(
        key.chain((text) => fc.tuple(fc.constant(text), cased(text.toLowerCase()))),
        fc.array(fc.constantFrom('one-key', 'another-key'), { maxLength: 2 }),
        instance,
        ([text, spelling], others, one) => {
          const any = [text, ...others].map((name) => ({ tag: { [name]: 'x' } }));
          const parsed = parsePolicy(JSON.stringify({ rules: [{ name: 'r', match: { any } }] }), 'policy.yml');
          if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
          const tagged = { ...one, tags: { [spelling]: 'x' } };
          if (resolve({ ...tagged, state: 'running' }, parsed.policy, facts).outcome === 'skip') return;
          for (const query of candidateQueries(parsed.policy) ?? [])
            expect({ spelling, query, is: lets(query, tagged) }).toMatchObject({ is: true });
        },
      ),
      { numRuns: 500 },
    );
  });

  it('never have more than EC2 takes in a request, whatever the keys and however many', () => {
    const manyKeys = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(manyKeys, (names) => {
        const any = names.filter((name) => name.trim() !== '' && name !== '__proto__').map((name) => ({ tag: { [name]: '*' } }));
        if (any.length === 0) return;
        const parsed = parsePolicy(JSON.stringify({ rules: [{ name: 'r', match: { any } }] }), 'policy.yml');
        if ('issues' in parsed) throw new Error(JSON.stringify(parsed.issues));
        for (const { values: asked } of candidateQueries(parsed.policy) ?? []) {
          expect(asked.length).toBeLessThanOrEqual(200);
          expect(Math.max(...asked.map((value) => value.length))).toBeLessThanOrEqual(255);
        }
      }),
    );
  });
});

describe('a sweep that asks for candidates', () => {
  const shape = fc.constantFrom(
    { mirror: 'true' },
    { MIRROR: 'Yes', 'mirror-until': '2027-01-01' },
    { mirror: 'maybe' },
    { mirror: 'no' },
    {},
  );
  const state = fc.constantFrom('running' as const, 'running' as const, 'stopped' as const, 'terminated' as const);
  const fleet = fc.array(fc.record({ tags: shape, state, eni: fc.integer({ min: 1, max: 8 }), isThere: fc.boolean() }), {
    minLength: 3,
    maxLength: 6,
  });
  const sessions = fc.array(
    fc.record({
      eni: fc.integer({ min: 1, max: 9 }),
      named: fc.integer({ min: 1, max: 9 }),
      slot: fc.constantFrom('0', '1', 'x'),
      isOurs: fc.boolean(),
    }),
    { maxLength: 6 },
  );

  it('plans the same changes and refusals as one that lists everything', async () => {
    let changes = 0;
    await fc.assert(
      fc.asyncProperty(fleet, sessions, async (instances, standing) => {
        const ec2 = new FakeEc2();
        ec2.targetList.push(aTarget(1));
        const placed = new Set<number>();
        for (const [index, { tags: own, state, eni, isThere }] of instances.entries()) {
          const isFree = !placed.has(eni) && isThere && state !== 'terminated';
          if (isFree) placed.add(eni);
          ec2.addInstance(anInstance(index + 1, { tags: own, state, networkInterfaces: isFree ? [anInterface(eni)] : [] }));
        }
        // An interface that is on no instance is free, or gone.
        for (const n of [1, 2, 3, 4]) if (!placed.has(n)) ec2.interfacesById.set(anEniId(n), { id: anEniId(n), tags: {} });
        for (const [index, { eni, named, slot, isOurs }] of standing.entries()) {
          const own = { [ownerTag]: isOurs ? owner : 'another', [instanceTag]: anInstanceId(named), [slotTag]: slot };
          ec2.addSession(aSession(index + 1, { eniId: anEniId(eni), tags: own, sessionNumber: index + 1 }));
        }
        const plansOf = async (rules: CompiledPolicy) => {
          const clock = new ManualClock();
          const { plan, followUp } = await reconcile(
            { owner, accountId, policy: rules, inventory: ec2, mirroring: ec2, clock, memory: new Memory() },
            {
              scope: { kind: 'everything' },
              first: new Set(),
              applyUntil: clock.now() + 1,
              isDryRun: true,
              onResult: () => undefined,
            },
          );
          return { actions: plan.actions.filter(({ kind }) => kind !== 'instance.skip'), followUp };
        };
        const { candidates, ...listing } = aPolicy();
        expect(candidates).toHaveLength(1);
        const wanted = await plansOf(listing);
        changes += wanted.actions.filter(isChange).length;
        expect(await plansOf(aPolicy())).toEqual(wanted);
      }),
      { numRuns: 400 },
    );
    expect(changes).toBeGreaterThan(400);
  });
});
