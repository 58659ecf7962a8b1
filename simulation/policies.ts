/** Policies that a simulated deployment may carry, each told twice: as a user writes it, and as plainly as can be for the oracle, which knows no compiler. */
import { fileURLToPath } from 'node:url';
import type { CompiledPolicy } from '../src/model/policy.ts';
import { parsePolicy } from '../src/policy/source/parse.ts';

export type FilterName = 'all-traffic' | 'web';

export interface PlainSlot {
  readonly pool: string;
  readonly filter: FilterName;
  readonly number: number;
  readonly length?: number;
  readonly vni?: number;
}

export interface PlainRule {
  readonly name: string;
  /** The instance's tag by which it is selected; `*` any value or none. A yes of the tag `mirror` has four words. */
  readonly tag: readonly [key: string, value: string] | 'every instance' | 'not opted out';
  readonly slots: readonly PlainSlot[];
  /** Whether the tags `mirror-…` of an instance count, and the tag `mirror` of an interface. */
  readonly hasOverrides: boolean;
}

export interface PlainPolicy {
  readonly pools: Readonly<Record<string, 'prefer' | 'require' | 'ignore'>>;
  /** A load balancer that the pool `default` lists, so that a target for it is made. */
  readonly declared?: string;
  readonly filters: readonly FilterName[];
  readonly never?: readonly [key: string, value: string];
  readonly rules: readonly PlainRule[];
  readonly keepsStopped?: true;
  readonly maxSessions?: number;
  /** Share of our sessions that a sweep may delete, beyond ten. */
  readonly deleteShare?: number;
}

export interface SimulatedPolicy {
  readonly name: string;
  readonly plain: PlainPolicy;
  readonly compiled: CompiledPolicy;
}

const allTraffic: PlainSlot = { pool: 'default', filter: 'all-traffic', number: 10 };
const optIn: PlainRule = { name: 'opt-in', tag: ['mirror', 'true'], slots: [allTraffic], hasOverrides: true };
const declaredArn = 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/declared/0123456789abcdef';
const twoPools = { default: 'prefer', forensics: 'ignore' } as const;

const overridden = 'tagOverrides: [target, filter, until, interfaces, packetLength]';
const web = `
filters:
  all-traffic: {}
  web:
    networkServices: [amazon-dns]
    ingress: [{ accept: tcp, destinationPorts: 80-443 }, { reject: all, source: 10.0.0.0/8 }]
    egress: [{ accept: tcp, sourcePorts: 80-443 }]`;
const pools = 'targets: { default: {}, forensics: { zone: ignore } }';
const twoSlots = (first: number, second: number, more = '') => `${pools}${web}
rules:
  - name: opt-in
    match: { tag: { mirror: "true" } }
    sessions:
      - { target: default, filter: web, sessionNumber: ${first}${more} }
      - { target: forensics, filter: all-traffic, sessionNumber: ${second}, packetLength: 256 }
    ${overridden}`;

const told: readonly { readonly name: string; readonly yaml: string; readonly plain: PlainPolicy }[] = [
  {
    name: 'defaults',
    yaml: '',
    plain: { pools: { default: 'prefer' }, filters: ['all-traffic'], rules: [optIn] },
  },
  {
    name: 'same zone',
    yaml: `targets: { default: { zone: require }, forensics: { zone: ignore } }${web}
rules: [{ name: opt-in, match: { tag: { mirror: "true" } }, ${overridden} }]`,
    plain: { pools: { default: 'require', forensics: 'ignore' }, filters: ['all-traffic', 'web'], rules: [optIn] },
  },
  {
    name: 'two slots',
    yaml: twoSlots(10, 20),
    plain: {
      pools: twoPools,
      filters: ['all-traffic', 'web'],
      rules: [
        {
          ...optIn,
          slots: [
            { pool: 'default', filter: 'web', number: 10 },
            { pool: 'forensics', filter: 'all-traffic', number: 20, length: 256 },
          ],
        },
      ],
    },
  },
  {
    name: 'two slots, numbers exchanged',
    yaml: twoSlots(20, 10, ', vni: 4242'),
    plain: {
      pools: twoPools,
      filters: ['all-traffic', 'web'],
      rules: [
        {
          ...optIn,
          slots: [
            { pool: 'default', filter: 'web', number: 20, vni: 4242 },
            { pool: 'forensics', filter: 'all-traffic', number: 10, length: 256 },
          ],
        },
      ],
    },
  },
  {
    name: 'production first',
    yaml: `${pools}${web}
never: [{ tag: { pci: "true" } }]
rules:
  - name: production
    match: { tag: { env: prod } }
    sessions:
      - { target: default, filter: all-traffic, sessionNumber: 10 }
      - { target: default, filter: web, sessionNumber: 11 }
      - { target: forensics, filter: all-traffic, sessionNumber: 30 }
  - name: opt-in
    match: { tag: { mirror: "true" } }
    ${overridden}`,
    plain: {
      pools: twoPools,
      filters: ['all-traffic', 'web'],
      never: ['pci', 'true'],
      rules: [
        {
          name: 'production',
          tag: ['env', 'prod'],
          slots: [
            allTraffic,
            { pool: 'default', filter: 'web', number: 11 },
            { pool: 'forensics', filter: 'all-traffic', number: 30 },
          ],
          hasOverrides: false,
        },
        optIn,
      ],
    },
  },
  {
    name: 'stopped ones keep theirs',
    yaml: 'whenStopped: keep',
    plain: { pools: { default: 'prefer' }, filters: ['all-traffic'], rules: [optIn], keepsStopped: true },
  },
  {
    name: 'everything but what opts out',
    yaml: `whenStopped: keep
limits: { maxDeletesPerSweep: 0 }
rules: [{ name: all, match: { not: { tag: { mirror: "false" } } } }]`,
    plain: {
      pools: { default: 'prefer' },
      filters: ['all-traffic'],
      rules: [{ name: 'all', tag: 'not opted out', slots: [allTraffic], hasOverrides: false }],
      keepsStopped: true,
      deleteShare: 0,
    },
  },
  {
    name: 'a declared target',
    yaml: `targets: { default: { members: [{ networkLoadBalancerArn: "${declaredArn}" }] } }`,
    plain: { pools: { default: 'prefer' }, declared: declaredArn, filters: ['all-traffic'], rules: [optIn] },
  },
  {
    name: 'nothing',
    yaml: 'rules: [{ name: nobody, match: { tag: { env: nowhere } } }]',
    plain: {
      pools: { default: 'prefer' },
      filters: ['all-traffic'],
      rules: [{ name: 'nobody', tag: ['env', 'nowhere'], slots: [allTraffic], hasOverrides: false }],
    },
  },
  {
    name: 'at most six',
    yaml: `limits: { maxSessions: 6, maxDeletesPerSweep: 50% }
rules: [{ name: all, match: { instanceType: "*" } }]`,
    plain: {
      pools: { default: 'prefer' },
      filters: ['all-traffic'],
      rules: [{ name: 'all', tag: 'every instance', slots: [allTraffic], hasOverrides: false }],
      maxSessions: 6,
      deleteShare: 0.5,
    },
  },
];

/** In a fixed order, which scripts refer to. */
export const simulatedPolicies: readonly SimulatedPolicy[] = told.map(({ name, yaml, plain }) => {
  const parsed = parsePolicy(yaml, fileURLToPath(import.meta.url));
  if ('issues' in parsed) throw new Error(`the simulated policy "${name}" has issues: ${JSON.stringify(parsed.issues)}`);
  return { name, plain, compiled: parsed.policy };
});

/** What the filters mirror, a line for each rule; the services come after. */
export const filterContents: Readonly<Record<FilterName, readonly string[]>> = {
  'all-traffic': [
    'egress 1 accept any 0.0.0.0/0:any > 0.0.0.0/0:any',
    'egress 2 accept any ::/0:any > ::/0:any',
    'ingress 1 accept any 0.0.0.0/0:any > 0.0.0.0/0:any',
    'ingress 2 accept any ::/0:any > ::/0:any',
    'service amazon-dns',
  ],
  web: [
    'egress 1 accept 6 0.0.0.0/0:80-443 > 0.0.0.0/0:any',
    'egress 2 accept 6 ::/0:80-443 > ::/0:any',
    'ingress 1 accept 6 0.0.0.0/0:any > 0.0.0.0/0:80-443',
    'ingress 2 accept 6 ::/0:any > ::/0:80-443',
    'ingress 3 reject any 10.0.0.0/8:any > 0.0.0.0/0:any',
    'service amazon-dns',
  ],
};
