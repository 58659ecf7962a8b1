/** Draws scripts. */
import type { Conditions, Deed, Script, Step } from './deeds.ts';
import { simulatedPolicies } from './policies.ts';

type Random = () => number;

function drawing(random: Random) {
  const whole = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  const one = <T>(...items: readonly [T, ...T[]]): T => items[Math.floor(random() * items.length)] ?? items[0];
  return { random, whole, one, often: (share: number): boolean => random() < share };
}

type Drawing = ReturnType<typeof drawing>;

const tagValues: Readonly<Record<string, readonly [string, ...string[]]>> = {
  mirror: ['true', 'true', 'true', 'Yes', 'false', 'maybe'],
  Mirror: ['true', 'FALSE'],
  env: ['prod', 'prod', 'stage'],
  pci: ['true', 'no'],
  Name: ['web', 'db', ''],
  'mirror-target': ['default', 'forensics', 'nowhere'],
  'mirror-filter': ['all-traffic', 'web', 'nothing'],
  'mirror-interfaces': ['all', 'primary', '0', '1', '0,1', 'every'],
  'mirror-packet-length': ['128', '8500', '0'],
};
const tagKeys = [
  'mirror',
  'mirror',
  'mirror',
  'env',
  'env',
  'Mirror',
  'pci',
  'Name',
  'mirror-target',
  'mirror-filter',
  'mirror-interfaces',
  'mirror-packet-length',
] as const;

function aTag({ one }: Drawing): { readonly key: string; readonly value: string } {
  const key = one(...tagKeys);
  return { key, value: one(...(tagValues[key] ?? ['x'])) };
}

const reads = [
  'DescribeInstances',
  'DescribeTrafficMirrorSessions',
  'DescribeNetworkInterfaces',
  'DescribeTrafficMirrorTargets',
  'DescribeTrafficMirrorFilters',
] as const;
const changes = [
  'CreateTrafficMirrorSession',
  'ModifyTrafficMirrorSession',
  'DeleteTrafficMirrorSession',
  'CreateTags',
  'CreateTrafficMirrorFilter',
  'CreateTrafficMirrorFilterRule',
  'CreateTrafficMirrorTarget',
  'DeleteTrafficMirrorTarget',
  'ModifyTrafficMirrorFilterNetworkServices',
  'DeleteTrafficMirrorFilter',
] as const;

function aFailure(d: Drawing): Deed {
  const { one, whole, often } = d;
  const action = often(0.4) ? one(...reads) : often(0.1) ? '*' : one(...changes);
  const [code, status] = one(
    ['InternalError', 500],
    ['Unavailable', 503],
    ['RequestLimitExceeded', 503],
    ['UnauthorizedOperation', 403],
    ['InternalFailure', 500],
  );
  const isDenial = code === 'UnauthorizedOperation';
  return {
    do: 'fail calls',
    action,
    code,
    status,
    times: one(1, 1, 2, 5, 6, isDenial ? 40 : 12),
    skip: one(0, 0, 1, whole(0, 6)),
    after: !isDenial && code !== 'RequestLimitExceeded' && often(0.5),
    ...(action.startsWith('Describe') && often(0.3) ? { page: whole(1, 3) } : {}),
  };
}

/** Each deed with how often it is drawn, in relation to the others. */
const deeds: readonly (readonly [weight: number, draw: (d: Drawing) => Deed])[] = [
  [
    9,
    (d) => ({
      do: 'launch',
      count: d.one(1, 1, 2, 3, 6),
      type: d.one('m5.large', 'm5.large', 'm5.large', 't2.micro', 'm8g.large'),
      subnet: d.random(),
      tags: Object.fromEntries(Array.from({ length: d.whole(0, 2) }, () => aTag(d)).map(({ key, value }) => [key, value])),
      interfaces: d.one(1, 1, 1, 2),
    }),
  ],
  [14, (d) => ({ do: 'tag', instance: d.random(), ...aTag(d) })],
  [6, (d) => ({ do: 'untag', instance: d.random(), key: d.one(...tagKeys) })],
  [0.7, (d) => ({ do: 'untag all', key: d.one('mirror', 'env') })],
  [2, (d) => ({ do: 'tag until', instance: d.random(), inMs: d.one(-60_000, 5_000, 120_000, 900_000) })],
  [1, (d) => ({ do: d.one('tag with target id', 'tag with filter id'), instance: d.random(), which: d.random() })],
  [2, (d) => ({ do: 'tag interface', interface: d.random(), value: d.one('true', 'false', '') })],
  [4, (d) => ({ do: 'stop', instance: d.random() })],
  [5, (d) => ({ do: 'start', instance: d.random() })],
  [4, (d) => ({ do: 'terminate', instance: d.random() })],
  [1, (d) => ({ do: 'shut down from inside', instance: d.random() })],
  [1, (d) => ({ do: 'change type', instance: d.random(), type: d.one('m5.large', 't2.micro', 'm8g.large') })],
  [3, (d) => ({ do: 'attach new interface', instance: d.random() })],
  [2, (d) => ({ do: 'attach', interface: d.random(), instance: d.random() })],
  [3, (d) => ({ do: 'detach', interface: d.random() })],
  [2, (d) => ({ do: 'move', interface: d.random(), instance: d.random() })],
  [1, (d) => ({ do: 'delete interface', interface: d.random() })],
  [
    4,
    (d) => ({
      do: 'make foreign session',
      interface: d.random(),
      target: d.random(),
      number: d.one(1, 9, 10, 11, 20, 30),
      owner: d.one('nobody', 'another tool'),
    }),
  ],
  [3, (d) => ({ do: 'delete foreign session', session: d.random() })],
  [1, (d) => ({ do: 'fill target', target: d.random(), sessions: d.whole(1, 9) })],
  [1, (d) => ({ do: 'empty target', target: d.random() })],
  [
    3,
    (d) => ({
      do: 'add target',
      pool: d.one('default', 'default', 'forensics', 'spare'),
      kind: d.one('interface', 'interface', 'load balancer', 'shared'),
      subnet: d.random(),
    }),
  ],
  [2, (d) => ({ do: 'delete target', target: d.random() })],
  [2, (d) => ({ do: 'move target to pool', target: d.random(), pool: d.one('default', 'forensics', 'spare') })],
  [0.7, (d) => ({ do: 'delete sensor interface', target: d.random() })],
  [3, (d) => ({ do: 'delete session by hand', session: d.random() })],
  [
    4,
    (d) => {
      const field = d.one('number', 'length', 'target', 'vni');
      return { do: 'modify session by hand', session: d.random(), field, value: d.one(1, 10, 20, 30, 11, 256) };
    },
  ],
  [
    3,
    (d) => ({
      do: 'retag session by hand',
      session: d.random(),
      key: d.one('automirror:slot', 'automirror:slot', 'automirror:spec', 'automirror:instance', 'automirror:rule', 'Name'),
      value: d.one('0', '1', '2', 'x'),
    }),
  ],
  [1.5, (d) => ({ do: d.one('take owner tag off session', 'give session to the other stack'), session: d.random() })],
  [
    2,
    (d) => ({
      do: 'edit filter by hand',
      filter: d.random(),
      how: d.one('add rule', 'delete rule', 'change rule', 'drop services'),
    }),
  ],
  [
    1,
    (d) => ({
      do: 'retag filter by hand',
      filter: d.random(),
      key: d.one('automirror:spec', 'automirror:owner', 'Name'),
      value: d.one('x', ''),
    }),
  ],
  [0.5, () => ({ do: 'make foreign filter' })],
  [3, (d) => ({ do: 'deploy', stack: d.random(), policy: d.whole(0, simulatedPolicies.length - 1) })],
  [2, (d) => ({ do: 'ask for sweep', stack: d.random(), allowDeletes: d.often(0.15) })],
  [1, (d) => ({ do: 'ask to reconcile', stack: d.random(), instance: d.random() })],
  [0.5, (d) => ({ do: 'send rubbish', stack: d.random() })],
  [7, aFailure],
  [
    2,
    (d) => ({
      do: 'delay calls',
      action: d.one('*', ...reads, ...changes, 'PutEvents'),
      ms: d.one(2_000, 12_000, 30_000, 70_000),
      times: d.one(1, 1, 3),
    }),
  ],
  [1, (d) => ({ do: 'let bus refuse', times: d.one(1, 3, 8) })],
  [3, (d) => ({ do: 'lag', kind: d.one('create', 'modify', 'delete', 'tag'), ms: d.one(0, 500, 3_000, 9_000) })],
  [1, (d) => ({ do: 'cut pages', size: d.one(0, 1, 2, 5), emptyPage: d.one(0, 0, 1, 2) })],
  [
    2,
    (d) => ({
      do: 'disturb events',
      lossShare: d.one(0, 0.1, 0.5, 1),
      duplicateShare: d.one(0, 0.3, 1),
      reorderMs: d.one(0, 5_000, 40_000),
    }),
  ],
  [3, (d) => ({ do: 'crash', stack: d.random(), afterWaits: d.one(d.whole(1, 12), d.whole(1, 60)) })],
  [1, (d) => ({ do: 'start cold', stack: d.random() })],
  [1, (d) => ({ do: 'redeliver', stack: d.random() })],
  [3, () => ({ do: 'fair weather' })],
  [3, () => ({ do: 'nothing' })],
];

const totalWeight = deeds.reduce((sum, [weight]) => sum + weight, 0);

function aDeed(d: Drawing): Deed {
  let left = d.random() * totalWeight;
  for (const [weight, draw] of deeds) {
    left -= weight;
    if (left < 0) return draw(d);
  }
  return { do: 'nothing' };
}

/** Mostly close together, sometimes so far apart that a sweep comes between. */
function aPause({ one, whole }: Drawing): number {
  return one(
    0,
    whole(1, 200),
    whole(200, 3_000),
    whole(200, 3_000),
    whole(1_000, 15_000),
    whole(15_000, 90_000),
    whole(0, 400_000),
  );
}

const opening: readonly Deed[] = [
  { do: 'add target', pool: 'default', kind: 'interface', subnet: 0 },
  { do: 'add target', pool: 'default', kind: 'load balancer', subnet: 0 },
  { do: 'add target', pool: 'forensics', kind: 'interface', subnet: 0.5 },
];

/** Draws a script; the same generator gives the same one. */
export function drawScript(seed: number, length: number, random: Random): Script {
  const d = drawing(random);
  const policy = (): number => (d.often(0.5) ? 0 : d.whole(0, simulatedPolicies.length - 1));
  const conditions: Conditions = {
    throttling: d.often(0.3),
    isRoleAsked: d.often(0.5),
    pendingMs: d.one(150, 4_000, 30_000),
    attachMs: d.one(75, 2_000, 20_000),
    shuffleSeed: d.one(0, seed),
    errorSpelling: d.one('observed', 'documented'),
    tokenAfterDeletion: d.one('stale', 'create'),
    duplicateSessionNumberCode: d.one('InvalidParameterValue', 'TrafficMirrorSessionNumberInUse'),
    policies: [policy(), policy()],
  };
  const drawn = Array.from({ length: Math.max(0, length - opening.length) }, (): Step => ({ ...aDeed(d), afterMs: aPause(d) }));
  return { seed, conditions, steps: [...opening.map((deed): Step => ({ ...deed, afterMs: 10 })), ...drawn].slice(0, length) };
}
