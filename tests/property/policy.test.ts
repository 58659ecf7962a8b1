import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Decision } from '../../src/model/decision.ts';
import type { Instance, InstanceState, NetworkInterface } from '../../src/model/instance.ts';
import type { CompiledMatch, CompiledPolicy } from '../../src/model/policy.ts';
import { reasons } from '../../src/model/reasons.ts';
import { sessionsPerInterface } from '../../src/model/session.ts';
import { resolve } from '../../src/policy/resolve.ts';
import { parsePolicy } from '../../src/policy/source/parse.ts';

// The same examples in every run; another seed finds others: SEED=7 npx vitest run tests/property/policy.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

// Few keys and values, so that matches, conflicts and overrides happen often.
const keys = [
  'mirror',
  'env',
  'pci',
  'mirror-target',
  'mirror-filter',
  'mirror-until',
  'mirror-interfaces',
  'mirror-packet-length',
] as const;
const valuesOf: Readonly<Record<(typeof keys)[number], readonly string[]>> = {
  mirror: ['true', 'false', 'yes', 'maybe', ''],
  env: ['prod', 'stage-1', 'dev'],
  pci: ['true', 'false'],
  'mirror-target': ['default', 'ids', 'nowhere', 'tmt-0123456789abcdef0', 'tmt-x', 'constructor'],
  'mirror-filter': ['all-traffic', 'web', 'none', 'tmf-0123456789abcdef0', ''],
  'mirror-until': ['2026-01-01', '2026-06-01T12:00:00Z', '2027-01-01T00:00', 'soon'],
  'mirror-interfaces': ['all', 'primary', '0,2', '7', 'x'],
  'mirror-packet-length': ['1', '8500', '9000', '-1'],
};
const now = Date.UTC(2026, 5, 1);
const networkTags = new Map([
  ['vpc-1', { Env: 'prod', pci: 'true' }],
  ['vpc-2', { env: 'stage-1', PCI: 'false' }],
  ['subnet-1', { mirror: 'Yes' }],
]);
const facts = { now, refusedTypes: new Map([['m8g.large', 'refused']]), networkTags };

const cased = (text: string) =>
  fc.array(fc.boolean(), { minLength: text.length, maxLength: text.length }).map((upper) =>
    text
      .split('')
      .map((letter, index) => (upper[index] ? letter.toUpperCase() : letter))
      .join(''),
  );

const tags = fc
  .array(
    fc.constantFrom(...keys).chain((key) => fc.tuple(cased(key), fc.constantFrom(...valuesOf[key]).chain(cased))),
    { maxLength: 6 },
  )
  .map((pairs): Record<string, string> => Object.fromEntries(pairs));

const anyTags = fc.oneof(tags, fc.dictionary(fc.string(), fc.string()));

const networkInterface = (index: number): fc.Arbitrary<NetworkInterface> =>
  fc.record(
    {
      id: fc.constant(`eni-${index}` as const),
      deviceIndex: fc.constant(index),
      interfaceType: fc.constantFrom('interface', 'interface', 'efa'),
      attachmentStatus: fc.constantFrom('attached', 'attached', 'attaching', 'detaching', 'detached'),
      subnetId: fc.constantFrom('subnet-1', 'subnet-2'),
      securityGroups: fc.subarray([
        { id: 'sg-01', name: 'Web' },
        { id: 'sg-02', name: 'db' },
      ]),
      hasPublicIp: fc.boolean(),
      requesterManaged: fc.boolean(),
      ipv6Native: fc.boolean(),
    },
    { requiredKeys: ['id', 'deviceIndex', 'interfaceType', 'attachmentStatus'] },
  );

const states: readonly InstanceState[] = [
  'running',
  'running',
  'running',
  'pending',
  'stopping',
  'stopped',
  'shutting-down',
  'terminated',
];

const instanceWith = (tagsOf: fc.Arbitrary<Record<string, string>>): fc.Arbitrary<Instance> =>
  fc.record(
    {
      id: fc.constant('i-0123456789abcdef0' as const),
      accountId: fc.constant('123456789012'),
      type: fc.oneof(fc.constantFrom('m5.large', 't2.micro', 'm8g.large', 'm6i.metal'), fc.string()),
      state: fc.constantFrom(...states),
      zone: fc.constantFrom('eu-west-1a', 'eu-west-1b'),
      vpcId: fc.constantFrom('vpc-1', 'vpc-2'),
      subnetId: fc.constantFrom('subnet-1', 'subnet-2'),
      launchTime: fc.constantFrom(now - 1, now, now + 1),
      platform: fc.constant('windows'),
      platformDetails: fc.constantFrom('Windows', 'Linux/UNIX', 'Red Hat Enterprise Linux'),
      iamInstanceProfile: fc.constantFrom(
        'arn:aws:iam::123456789012:instance-profile/Web',
        'arn:aws:iam::123456789012:instance-profile/db/web-2',
      ),
      tags: tagsOf,
      networkInterfaces: fc
        .integer({ min: 0, max: 3 })
        .chain((count) => fc.tuple(...[0, 1, 2].slice(0, count).map(networkInterface))),
    },
    { requiredKeys: ['id', 'accountId', 'type', 'state', 'tags', 'networkInterfaces'] },
  );
const instance = instanceWith(anyTags);

const selector = fc.oneof(
  fc
    .constantFrom('mirror', 'env', 'pci')
    .chain((key) => fc.constantFrom('true', 'prod', 'stage-*', '*').map((value) => ({ tag: { [key]: value } }))),
  fc.constantFrom(
    { vpc: 'vpc-1' },
    { subnet: ['subnet-1', 'subnet-9'] },
    { zone: '*b' },
    { instanceType: 'm?.*' },
    { autoScalingGroup: '*' },
    { account: '1*' },
    { securityGroup: ['sg-01', 'd*'] },
    { iamInstanceProfile: 'web' },
    { platform: 'linux' },
    { platform: ['windows', 'red hat*'] },
    { hasPublicIp: true },
    { hasPublicIp: false },
    { launchedBefore: new Date(now).toISOString() },
    { launchedAfter: new Date(now).toISOString() },
    { vpcTag: { env: 'prod' } },
    { vpcTag: { pci: ['true', 'maybe'] } },
    { subnetTag: { mirror: 'true' } },
  ),
);
const { match } = fc.letrec<{ match: object }>((tie) => ({
  match: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    selector,
    fc.record({ any: fc.array(tie('match'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ all: fc.array(tie('match'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('match') }),
  ),
}));

const overrides = ['target', 'filter', 'until', 'interfaces', 'packetLength'] as const;
const source = fc.record({
  targets: fc.constant({ default: {}, ids: { zone: 'ignore' } }),
  filters: fc.constant({ 'all-traffic': {}, web: { ingress: [{ accept: 'tcp' }] } }),
  never: fc.array(match, { maxLength: 2 }),
  rules: fc
    .array(
      fc.record({
        match,
        sessions: fc.array(fc.constantFrom({}, { target: 'ids' }), { minLength: 1, maxLength: 3 }),
        tagOverrides: fc.subarray([...overrides]),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((rules) => rules.map((rule, index) => ({ name: `rule ${index}`, ...rule }))),
  whenStopped: fc.constantFrom('remove', 'keep'),
});

function compiled(value: unknown): CompiledPolicy {
  const parsed = parsePolicy(JSON.stringify(value), 'policy.yml');
  if ('issues' in parsed) throw new Error(parsed.issues.map((issue) => issue.message).join('\n'));
  return parsed.policy;
}
const policy = source.map(compiled);

/** The truth of a match by another road than the product's: booleans, over an instance without conflicting spellings. */
function holds(wanted: CompiledMatch, subject: Instance): boolean {
  switch (wanted.kind) {
    case 'all':
      return wanted.of.every((part) => holds(part, subject));
    case 'any':
      return wanted.of.some((part) => holds(part, subject));
    case 'not':
      return !holds(wanted.of, subject);
    case 'tag': {
      const values = Object.entries(subject.tags).filter(([key]) => key.toLowerCase() === wanted.key);
      return values.some(([, value]) => wanted.patterns.some((pattern) => fits(pattern, value.trim())));
    }
    case 'networkTag': {
      const networks = [subject, ...subject.networkInterfaces].map(({ vpcId, subnetId }) =>
        wanted.of === 'vpc' ? vpcId : subnetId,
      );
      const found = networks.flatMap((id) => Object.entries(networkTags.get(id ?? '') ?? {}));
      return found.some(
        ([key, value]) => key.toLowerCase() === wanted.key && wanted.patterns.some((pattern) => fits(pattern, value)),
      );
    }
    case 'launched': {
      const { launchTime = Number.NaN } = subject;
      return wanted.when === 'before' ? launchTime < wanted.at : launchTime >= wanted.at;
    }
    case 'field': {
      const enis = subject.networkInterfaces;
      const values = {
        vpc: [subject.vpcId, ...enis.map((eni) => eni.vpcId)],
        subnet: [subject.subnetId, ...enis.map((eni) => eni.subnetId)],
        zone: [subject.zone, ...enis.map((eni) => eni.zone)],
        instanceType: [subject.type],
        autoScalingGroup: [subject.tags['aws:autoscaling:groupName']],
        account: [subject.accountId],
        securityGroup: enis.flatMap((eni) => (eni.securityGroups ?? []).flatMap(({ id, name }) => [id, name])),
        iamInstanceProfile: [subject.iamInstanceProfile, subject.iamInstanceProfile?.split('/').at(-1)],
        platform: [subject.platform === 'windows' ? 'windows' : 'linux', subject.platformDetails],
        hasPublicIp: [enis.some((eni) => eni.hasPublicIp === true) ? 'true' : 'false'],
      }[wanted.field];
      return values.some((value) => value !== undefined && wanted.patterns.some((pattern) => fits(pattern, value)));
    }
  }
}

function fits(pattern: { text: string } | { glob: string }, value: string): boolean {
  if ('text' in pattern) return pattern.text === value.toLowerCase();
  const walk = (glob: string, rest: string): boolean => {
    if (glob === '') return rest === '';
    if (glob.startsWith('*')) return walk(glob.slice(1), rest) || (rest !== '' && walk(glob, rest.slice(1)));
    return rest !== '' && (glob.startsWith('?') || glob[0] === rest[0]) && walk(glob.slice(1), rest.slice(1));
  };
  return walk(pattern.glob, value.toLowerCase());
}

const clearTags = fc
  .uniqueArray(fc.constantFrom(...keys), { maxLength: 5 })
  .chain((chosen) => fc.tuple(...chosen.map((key) => fc.tuple(cased(key), fc.constantFrom(...valuesOf[key])))))
  .map((pairs): Record<string, string> => Object.fromEntries(pairs));
const clearInstance = instanceWith(clearTags);

const alive = (subject: Instance) => subject.state !== 'terminated' && subject.state !== 'shutting-down';
const outcomeOf = ({ outcome, reason, rule, sessions }: Decision) => ({ outcome, code: reason.code, rule, sessions });

describe('a decision', () => {
  it('is made of any instance without throwing, and is whole', () => {
    fc.assert(
      fc.property(instance, policy, (subject, rules) => {
        const decision = resolve(subject, rules, facts);
        expect(reasons).toHaveProperty(decision.reason.code);
        expect(decision.outcome === 'mirror').toBe(decision.sessions.length > 0);
        expect(resolve(subject, rules, facts)).toEqual(decision);
        for (const eni of subject.networkInterfaces) {
          expect(decision.sessions.filter((session) => session.eniId === eni.id).length).toBeLessThanOrEqual(
            sessionsPerInterface,
          );
        }
      }),
    );
  });

  it('follows the first rule that matches, and never wins over all', () => {
    fc.assert(
      fc.property(clearInstance.filter(alive), policy, (subject, rules) => {
        const decision = resolve(subject, rules, facts);
        const first = rules.never.some((wanted) => holds(wanted, subject))
          ? undefined
          : rules.rules.find((rule) => holds(rule.match, subject));
        expect(decision.rule).toBe(first?.name);
        if (rules.never.some((wanted) => holds(wanted, subject))) expect(decision.reason.code).toBe('never-mirrored');
        for (const session of decision.sessions) expect(session.rule).toBe(first?.name);
      }),
    );
  });

  it('agrees with its explanation', () => {
    fc.assert(
      fc.property(instance.filter(alive), policy, (subject, rules) => {
        const { considered, rule, outcome } = resolve(subject, rules, facts);
        const matched = considered.filter((entry) => entry.matched).map((entry) => entry.rule);
        if (outcome === 'mirror') expect(matched).toEqual([rule]);
        if (rule !== undefined) expect(considered.at(-1)).toMatchObject({ rule, matched: true });
        else expect(matched.every((name) => name.startsWith('never['))).toBe(true);
      }),
    );
  });

  it('wants nothing of an instance that a clear entry of never names, whatever its tags', () => {
    fc.assert(
      fc.property(instance, source, (subject, file) => {
        const decision = resolve(subject, compiled({ ...file, never: [...file.never, { instanceType: '*' }] }), facts);
        expect(decision.sessions).toEqual([]);
        expect(decision.outcome).toBe('skip');
      }),
    );
  });

  it('is the same whatever the case of keys and values', () => {
    const recased = clearInstance.chain((subject) =>
      fc
        .tuple(...Object.entries(subject.tags).map(([key, value]) => fc.tuple(cased(key.toLowerCase()), cased(value))))
        .map((pairs): readonly [Instance, Instance] => [subject, { ...subject, tags: Object.fromEntries(pairs) }]),
    );
    fc.assert(
      fc.property(recased, policy, ([subject, other], rules) => {
        expect(outcomeOf(resolve(other, rules, facts))).toEqual(outcomeOf(resolve(subject, rules, facts)));
      }),
    );
  });

  it('never mirrors on a tag whose spellings disagree', () => {
    fc.assert(
      fc.property(clearInstance, fc.constantFrom('env', 'mirror'), (subject, key) => {
        const rules = compiled({ rules: [{ name: 'r', match: { tag: { [key]: '*' } } }] });
        const kept = Object.entries(subject.tags).filter(([spelling]) => spelling.toLowerCase() !== key);
        const conflicting = { ...subject, tags: { ...Object.fromEntries(kept), [key]: 'true', [key.toUpperCase()]: 'false' } };
        expect(resolve(conflicting, rules, facts).sessions).toEqual([]);
      }),
    );
  });

  it('wants sessions only of interfaces that are attached and that EC2 takes', () => {
    fc.assert(
      fc.property(instance, policy, (subject, rules) => {
        const { sessions, leftOut } = resolve(subject, rules, facts);
        const used = new Set(sessions.map((session) => session.eniId));
        for (const eni of subject.networkInterfaces.filter(({ id }) => used.has(id))) {
          expect([eni.attachmentStatus, eni.interfaceType, eni.requesterManaged ?? false, eni.ipv6Native ?? false]).toEqual([
            'attached',
            'interface',
            false,
            false,
          ]);
          expect(leftOut.some((left) => left.eniId === eni.id)).toBe(false);
        }
        if (sessions.length > 0) expect(used.size + leftOut.length).toBe(subject.networkInterfaces.length);
      }),
    );
  });
});

describe('a policy hash', () => {
  /** The same value with the keys of each map in reverse. */
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, inner]) => [key, reversed(inner)]),
    );
  };

  it('does not depend on the order of keys in the file', () => {
    fc.assert(
      fc.property(source, selector, selector, (file, a, b) => {
        const wide = { ...file, never: [...file.never, { ...a, ...b, not: { ...b, ...a } }] };
        expect(compiled(reversed(wide)).hash).toBe(compiled(wide).hash);
        expect(compiled(reversed(wide))).toEqual(compiled(wide));
      }),
    );
  });
});

describe('the parser', () => {
  it('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          source.map((file) => JSON.stringify(file).slice(0, -3)),
        ),
        (text) => {
          const parsed = parsePolicy(text, 'policy.yml');
          if ('issues' in parsed) expect(parsed.issues.length).toBeGreaterThan(0);
          else expect(parsed.policy.rules.length).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('never takes a deny list of another shape for one, nor for none', () => {
    const notAList = fc
      .anything({ maxDepth: 2 })
      .filter((value) => value !== undefined && !Array.isArray(value) && JSON.stringify(value) !== undefined);
    fc.assert(
      fc.property(notAList, (never) => {
        expect('issues' in parsePolicy(JSON.stringify({ never: JSON.parse(JSON.stringify(never)) }), 'policy.yml')).toBe(true);
      }),
    );
  });
});
