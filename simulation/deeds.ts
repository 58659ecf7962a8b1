/** What people, AWS and the network do in a simulated run: plain data, so that a script can be written down, replayed and made shorter. */
/** Which of the things that there are by then: a share of their list, so that a step still means something when others before it are left out. */
type Pick = number;

/** What people do by the API of EC2, and other accounts and operating systems without it. */
export type PeoplesDeed =
  | {
      readonly do: 'launch';
      readonly count: number;
      readonly type: string;
      readonly subnet: Pick;
      readonly tags: Readonly<Record<string, string>>;
      readonly interfaces: number;
    }
  | { readonly do: 'tag'; readonly instance: Pick; readonly key: string; readonly value: string }
  | { readonly do: 'untag'; readonly instance: Pick; readonly key: string }
  | { readonly do: 'untag all'; readonly key: string }
  | { readonly do: 'tag until'; readonly instance: Pick; readonly inMs: number }
  | { readonly do: 'tag with target id' | 'tag with filter id'; readonly instance: Pick; readonly which: Pick }
  | { readonly do: 'tag interface'; readonly interface: Pick; readonly value: string }
  | { readonly do: 'stop' | 'start' | 'terminate' | 'shut down from inside'; readonly instance: Pick }
  | { readonly do: 'change type'; readonly instance: Pick; readonly type: string }
  | { readonly do: 'attach new interface'; readonly instance: Pick }
  | { readonly do: 'attach'; readonly interface: Pick; readonly instance: Pick }
  | { readonly do: 'move'; readonly interface: Pick; readonly instance: Pick }
  | { readonly do: 'detach' | 'delete interface'; readonly interface: Pick }
  | {
      readonly do: 'make foreign session';
      readonly interface: Pick;
      readonly target: Pick;
      readonly number: number;
      readonly owner: 'nobody' | 'another tool';
    }
  | { readonly do: 'delete foreign session'; readonly session: Pick }
  | { readonly do: 'fill target'; readonly target: Pick; readonly sessions: number }
  | { readonly do: 'empty target'; readonly target: Pick }
  | {
      readonly do: 'add target';
      readonly pool: string;
      readonly kind: 'interface' | 'load balancer' | 'shared';
      readonly subnet: Pick;
    }
  | { readonly do: 'delete target'; readonly target: Pick }
  | { readonly do: 'move target to pool'; readonly target: Pick; readonly pool: string }
  | { readonly do: 'delete sensor interface'; readonly target: Pick }
  | { readonly do: 'delete session by hand'; readonly session: Pick }
  | {
      readonly do: 'modify session by hand';
      readonly session: Pick;
      readonly field: 'number' | 'length' | 'target' | 'vni';
      readonly value: number;
    }
  | { readonly do: 'retag session by hand'; readonly session: Pick; readonly key: string; readonly value: string }
  | { readonly do: 'take owner tag off session' | 'give session to the other stack'; readonly session: Pick }
  | {
      readonly do: 'edit filter by hand';
      readonly filter: Pick;
      readonly how: 'add rule' | 'delete rule' | 'change rule' | 'drop services';
    }
  | { readonly do: 'retag filter by hand'; readonly filter: Pick; readonly key: string; readonly value: string }
  | { readonly do: 'make foreign filter' };

/** What happens to the service and to what it runs on. */
export type ServiceDeed =
  | { readonly do: 'deploy'; readonly stack: Pick; readonly policy: number }
  | { readonly do: 'ask for sweep'; readonly stack: Pick; readonly allowDeletes: boolean }
  | { readonly do: 'ask to reconcile'; readonly stack: Pick; readonly instance: Pick }
  | { readonly do: 'send rubbish'; readonly stack: Pick }
  | {
      readonly do: 'fail calls';
      readonly action: string;
      readonly code: string;
      readonly status: number;
      readonly times: number;
      readonly skip: number;
      readonly after: boolean;
      readonly page?: number;
    }
  | { readonly do: 'delay calls'; readonly action: string; readonly ms: number; readonly times: number }
  | { readonly do: 'let bus refuse'; readonly times: number }
  | { readonly do: 'lag'; readonly kind: 'create' | 'modify' | 'delete' | 'tag'; readonly ms: number }
  | { readonly do: 'cut pages'; readonly size: number; readonly emptyPage: number }
  | { readonly do: 'disturb events'; readonly lossShare: number; readonly duplicateShare: number; readonly reorderMs: number }
  | { readonly do: 'crash'; readonly stack: Pick; readonly afterWaits: number }
  | { readonly do: 'start cold'; readonly stack: Pick }
  | { readonly do: 'redeliver'; readonly stack: Pick }
  | { readonly do: 'fair weather' }
  | { readonly do: 'nothing' };

/** Something that happens at one moment. */
export type Deed = PeoplesDeed | ServiceDeed;

const ofTheService: ReadonlySet<Deed['do']> = new Set<ServiceDeed['do']>([
  'deploy',
  'ask for sweep',
  'ask to reconcile',
  'send rubbish',
  'fail calls',
  'delay calls',
  'let bus refuse',
  'lag',
  'cut pages',
  'disturb events',
  'crash',
  'start cold',
  'redeliver',
  'fair weather',
  'nothing',
]);

export function isServiceDeed(deed: Deed): deed is ServiceDeed {
  return ofTheService.has(deed.do);
}

/** A deed, and how long after the one before. */
export type Step = Deed & { readonly afterMs: number };

/** What is so for a whole run. */
export interface Conditions {
  readonly throttling: boolean;
  /** Whether the packaged role decides; otherwise everything is allowed, so that only the product itself keeps off what is not its own. */
  readonly isRoleAsked: boolean;
  readonly pendingMs: number;
  readonly attachMs: number;
  readonly shuffleSeed: number;
  readonly errorSpelling: 'documented' | 'observed';
  readonly tokenAfterDeletion: 'stale' | 'create';
  readonly duplicateSessionNumberCode: string;
  readonly policies: readonly [number, number];
}

/** All of a run: the same script gives the same run. */
export interface Script {
  readonly seed: number;
  readonly conditions: Conditions;
  readonly steps: readonly Step[];
}
