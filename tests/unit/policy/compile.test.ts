import { describe, expect, it } from 'vitest';
import type { CompiledPolicy } from '../../../src/model/policy.ts';
import { canonicalHash } from '../../../src/policy/source/hash.ts';
import { parsePolicy } from '../../../src/policy/source/parse.ts';
import { watchedTagKeys } from '../../../src/policy/watched-tags.ts';

function policyOf(text: string): CompiledPolicy {
  const parsed = parsePolicy(text, 'policy.yml');
  if ('issues' in parsed) throw new Error(parsed.issues.map((issue) => issue.message).join('\n'));
  return parsed.policy;
}

describe('an empty policy file', () => {
  it('gives the default pool, all traffic and the opt-in rule', () => {
    const { hash, filters, ...rest } = policyOf('');
    expect(rest).toEqual({
      format: 1,
      pools: { default: { name: 'default', zone: 'prefer', members: [] } },
      never: [],
      rules: [
        {
          name: 'opt-in',
          match: { kind: 'tag', key: 'mirror', patterns: [{ text: 'true' }, { text: 'yes' }, { text: 'on' }, { text: '1' }] },
          sessions: [{ target: 'default', filter: 'all-traffic', sessionNumber: 10 }],
          tagOverrides: ['target', 'filter', 'until', 'interfaces', 'packetLength'],
        },
      ],
      whenStopped: 'remove',
      limits: { maxSessions: 9000, maxDeletesPerSweep: { share: 0.25 }, apiShare: 0.5 },
      candidates: [{ name: 'tag-key', values: [], anyCase: ['mirror'] }],
    });
    expect(Object.keys(filters)).toEqual(['all-traffic']);
    expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });

  it.each(['\n', '# only a comment\n', '---\n', '{}', 'version: 1', '\uFEFF'])('is the same as %j', (text) => {
    expect(policyOf(text)).toEqual(policyOf(''));
  });

  it('means what it says when written out', () => {
    const written = `
version: 1
targets: { default: { zone: prefer, members: [] } }
filters: { all-traffic: {} }
never: []
rules:
  - name: opt-in
    match: { tag: { mirror: yes } }
    sessions: [{ target: default, filter: all-traffic, sessionNumber: 10 }]
    tagOverrides: [packetLength, interfaces, until, filter, target, target]
whenStopped: remove
limits: { maxSessions: 9000, maxDeletesPerSweep: 25%, apiShare: 0.5 }
`;
    expect(policyOf(written)).toEqual(policyOf(''));
  });
});

describe('a compiled policy', () => {
  it('is plain data', () => {
    const policy = policyOf('rules: [{ name: a, match: { tag: { env: "p*" }, not: { zone: x } }, sessions: [{ vni: 7 }] }]');
    expect(JSON.parse(JSON.stringify(policy))).toEqual(policy);
  });

  it('numbers sessions 10, 20, 30 where the file gives no number', () => {
    const numbers = (sessions: string) =>
      policyOf(`rules: [{ name: a, match: { zone: x }, sessions: ${sessions} }]`).rules[0]?.sessions.map(
        (session) => session.sessionNumber,
      );
    expect(numbers('[{}, {}, {}]')).toEqual([10, 20, 30]);
    expect(numbers('[{ sessionNumber: 32766 }, {}, { sessionNumber: 1 }]')).toEqual([32766, 20, 1]);
  });

  it('lets no tag count under a rule that lists none', () => {
    expect(policyOf('rules: [{ name: a, match: { zone: x } }]').rules[0]?.tagOverrides).toEqual([]);
  });

  it('offers the pools that the file lists, and default only where a rule sends there', () => {
    expect(Object.keys(policyOf('targets: { ids: {} }').pools)).toEqual(['default', 'ids']);
    const rules = 'rules: [{ name: a, match: { zone: x }, sessions: [{ target: ids }] }]';
    expect(Object.keys(policyOf(`targets: { ids: {} }\n${rules}`).pools)).toEqual(['ids']);
  });

  it('takes members of each kind', () => {
    const members = [
      { id: 'tmt-0123456789abcdef0' },
      { networkInterfaceId: 'eni-0123456789abcdef0' },
      { networkLoadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/net/ids/0123456789abcdef' },
      { gatewayLoadBalancerEndpointId: 'vpce-0123456789abcdef0' },
    ];
    expect(policyOf(`targets: { default: { members: ${JSON.stringify(members)} } }`).pools.default?.members).toEqual(members);
  });

  it('takes values of a match as they are written', () => {
    const match = policyOf(
      'never: [{ tag: { pci: true, version: 1.10, code: 0123, hex: 0x1F } }, { account: 012345678901 }, { not: { tag: { a: [1, true] } } }]',
    ).never;
    expect(JSON.stringify(match)).toContain('{"kind":"tag","key":"version","patterns":[{"text":"1.10"}]}');
    expect(JSON.stringify(match)).toContain('{"kind":"tag","key":"code","patterns":[{"text":"0123"}]}');
    expect(JSON.stringify(match)).toContain('{"kind":"tag","key":"hex","patterns":[{"text":"0x1f"}]}');
    expect(JSON.stringify(match)).toContain('{"kind":"tag","key":"pci","patterns":[{"text":"true"}]}');
    expect(match[1]).toEqual({ kind: 'field', field: 'account', patterns: [{ text: '012345678901' }] });
    expect(match[2]).toEqual({ kind: 'not', of: { kind: 'tag', key: 'a', patterns: [{ text: '1' }, { text: 'true' }] } });
  });

  it('takes times as moments, and true as it is written', () => {
    const [match] = policyOf(
      'never: [{ launchedAfter: 2026-03-01, launchedBefore: 2026-03-01T01:00+01:00, hasPublicIp: True }]',
    ).never;
    const at = Date.UTC(2026, 2, 1);
    expect(match).toEqual({
      kind: 'all',
      of: [
        { kind: 'field', field: 'hasPublicIp', patterns: [{ text: 'true' }] },
        { kind: 'launched', when: 'before', at },
        { kind: 'launched', when: 'after', at },
      ],
    });
  });

  it('takes numbers outside of matches as numbers, whatever pools and filters are called', () => {
    const policy = policyOf('filters: { match: { ingress: [{ accept: 6 }] }, never: { ingress: [{ accept: 17 }] } }');
    expect(policy.filters.match?.content.rules[0]?.protocol).toBe(6);
    expect(policy.filters.never?.content.rules[0]?.protocol).toBe(17);
  });

  it('widens a yes of the tag mirror, and not a glob or another tag', () => {
    const patterns = (tag: string) => {
      const match = policyOf(`never: [{ tag: ${tag} }]`).never[0];
      return match?.kind === 'tag' ? match.patterns.map((pattern) => ('text' in pattern ? pattern.text : pattern.glob)) : [];
    };
    expect(patterns('{ Mirror: ON }')).toEqual(['true', 'yes', 'on', '1']);
    expect(patterns('{ mirror: [1, "yes", ids] }')).toEqual(['true', 'yes', 'on', '1', 'ids']);
    expect(patterns('{ mirror: no }')).toEqual(['false', 'no', 'off', '0']);
    expect(patterns('{ mirror: "tru*" }')).toEqual(['tru*']);
    expect(patterns('{ pci: true }')).toEqual(['true']);
  });

  it.each([
    ['25%', { share: 0.25 }],
    ['12.5%', { share: 0.125 }],
    ['100 %', { share: 1 }],
    ['0%', { share: 0 }],
    ['40', { count: 40 }],
    ['0', { count: 0 }],
  ])('takes %s for the most deletes of a sweep', (text, limit) => {
    expect(policyOf(`limits: { maxDeletesPerSweep: ${text} }`).limits.maxDeletesPerSweep).toEqual(limit);
  });

  it.each([
    ['50%', 0.5],
    ['0.5', 0.5],
    ['1', 1],
    ['100%', 1],
    ['7%', 0.07],
  ])('takes %s for a share of the API budget', (text, share) => {
    expect(policyOf(`limits: { apiShare: ${text} }`).limits.apiShare).toBe(share);
  });

  it('is the same whatever the order of keys in the file', () => {
    const one = 'never: [{ tag: { a: x, B: y, c: z }, vpc: v, zone: w }]\ntargets: { a: {}, b: {} }';
    const other = 'targets: { b: {}, a: {} }\nnever: [{ zone: w, vpc: v, tag: { c: z, a: x, B: y } }]';
    expect(JSON.stringify(policyOf(other))).toBe(JSON.stringify(policyOf(one)));
  });

  it('is hashed whatever the order of keys in memory', () => {
    expect(canonicalHash({ a: 1, b: { c: [1, 2], d: 3 } })).toBe(canonicalHash({ b: { d: 3, c: [1, 2] }, a: 1 }));
    expect(canonicalHash({ a: [1, 2] })).not.toBe(canonicalHash({ a: [2, 1] }));
  });

  it('has another hash for another meaning', () => {
    const texts = [
      '',
      'whenStopped: keep',
      'never: [{ zone: x }]',
      'never: [{ zone: y }]',
      'limits: { maxSessions: 1 }',
      'targets: { default: { zone: require } }',
      'rules: [{ name: a, match: { zone: x } }]',
      'rules: [{ name: b, match: { zone: x } }]',
    ];
    expect(new Set(texts.map((text) => policyOf(text).hash)).size).toBe(texts.length);
  });
});

describe('watched tag keys', () => {
  it('are the family of mirror for the defaults', () => {
    expect(watchedTagKeys(policyOf(''))).toEqual({ prefixes: ['mirror'], keys: [], ofNetworks: false });
  });

  it('are every key that a selector looks at, in lower case, once and sorted', () => {
    const policy = policyOf(`
never: [{ tag: { PCI: true } }, { not: { tag: { owner: "*" } } }]
rules:
  - { name: a, match: { any: [{ tag: { Env: prod, mirror: true } }, { all: [{ tag: { env: x, Mirror-Group: y } }] }] } }
  - { name: b, match: { autoScalingGroup: web, vpc: vpc-1 } }
`);
    expect(watchedTagKeys(policy)).toEqual({
      prefixes: ['mirror'],
      keys: ['aws:autoscaling:groupname', 'env', 'owner', 'pci'],
      ofNetworks: false,
    });
  });

  it.each([
    ['rules: [{ name: a, match: { any: [{ zone: x }, { not: { vpcTag: { Mirror-Net: true, Env: "*" } } }] } }]', ['env']],
    ['never: [{ subnetTag: { Public: "*" }, launchedBefore: 2026-01-01 }]', ['public']],
  ])('are those of networks too, in %s', (text, keys) => {
    expect(watchedTagKeys(policyOf(text))).toEqual({ prefixes: ['mirror'], keys, ofNetworks: true });
  });
});

describe('what findings do', () => {
  it('has defaults', () => {
    expect(policyOf('onFinding: {}').onFinding).toEqual({ minSeverity: 7, forMs: 14_400_000 });
  });

  it('is compiled as it is written', () => {
    const policy = policyOf(
      'onFinding: { minSeverity: 4.5, for: 30m, target: default, filter: all-traffic, types: "Backdoor:EC2/*" }',
    );
    expect(policy.onFinding).toEqual({
      minSeverity: 4.5,
      forMs: 1_800_000,
      target: 'default',
      filter: 'all-traffic',
      types: [{ glob: 'backdoor:ec2/*', regex: '^backdoor:ec2\\/.*$' }],
    });
  });

  it('changes the hash of a policy, and only where it is written', () => {
    expect(policyOf('')).not.toHaveProperty('onFinding');
    expect(policyOf('onFinding: {}').hash).not.toBe(policyOf('').hash);
    expect(policyOf('onFinding: { for: 4h }').hash).toBe(policyOf('onFinding: { minSeverity: 7 }').hash);
  });

  it('brings the built-in pool and filter where it names them, though no rule does', () => {
    const written = `
targets: { forensics: {} }
filters: { dns: { networkServices: [amazon-dns] } }
rules: [{ name: a, match: { tag: { mirror: yes } }, sessions: [{ target: forensics, filter: dns }], tagOverrides: [until, target, filter] }]
`;
    expect(Object.keys(policyOf(written).pools)).toEqual(['forensics']);
    const policy = policyOf(`${written}onFinding: { target: default, filter: all-traffic }`);
    expect([Object.keys(policy.pools), Object.keys(policy.filters)]).toEqual([
      ['default', 'forensics'],
      ['all-traffic', 'dns'],
    ]);
  });

  it.each(['5m', '300m', '720h', '30d'])('may last for %s', (duration) => {
    expect(policyOf(`onFinding: { for: ${duration} }`).onFinding?.forMs).toBeGreaterThan(0);
  });

  it('may be selected by a rule of their own, by the reason that they give', () => {
    const written = 'rules: [{ name: found, match: { tag: { mirror-reason: "GuardDuty finding *" } }, tagOverrides: [until] }]';
    expect(policyOf(`${written}\nonFinding: {}`).rules).toHaveLength(1);
  });
});
