/** Holds what one invocation has changed against what it has told: a record for each change, and none without one. */
import type { Ec2World } from '../src/emulator/ec2/service.ts';
import { type Call, textIn } from './wire-call.ts';

/** A change that truly happened. */
export interface Effect {
  readonly kind:
    | 'session.create'
    | 'session.modify'
    | 'session.delete'
    | 'filter.create'
    | 'filter.delete'
    | 'target.create'
    | 'target.delete';
  readonly id: string;
  readonly eniId: string;
  /** By the session's tag. */
  readonly instanceId: string;
  /** The function was told that it had failed. */
  readonly isLost: boolean;
  /** It came to be after its invocation had ended: another attempt at it may have been answered, and told of as done, before. */
  readonly isLate: boolean;
}

/** Who has told of a creation before. */
export type Told = 'by nobody' | 'by another' | 'by the same environment';

interface Line {
  readonly action?: unknown;
  readonly outcome?: unknown;
  readonly sessionId?: unknown;
  readonly filterId?: unknown;
  readonly targetId?: unknown;
  readonly eniId?: unknown;
  readonly errorCode?: unknown;
  readonly message?: unknown;
  readonly record?: unknown;
  readonly intent?: unknown;
  readonly changes?: unknown;
}

/** A change as it was told of before it was begun. */
interface Intended {
  readonly action?: unknown;
  readonly eniId?: unknown;
  readonly sessionId?: unknown;
  readonly filterId?: unknown;
  readonly targetId?: unknown;
}

interface Before {
  readonly ids: ReadonlySet<string>;
  readonly text: string;
  readonly eniId: string;
  readonly instanceId: string;
}

type Kind = 'session' | 'filter' | 'target';

const makings: readonly (readonly [action: string, kind: Kind])[] = [
  ['CreateTrafficMirrorSession', 'session'],
  ['CreateTrafficMirrorFilter', 'filter'],
  ['CreateTrafficMirrorTarget', 'target'],
];
const deletions: readonly (readonly [action: string, kind: Kind, member: string])[] = [
  ['DeleteTrafficMirrorSession', 'session', 'TrafficMirrorSessionId'],
  ['DeleteTrafficMirrorFilter', 'filter', 'TrafficMirrorFilterId'],
  ['DeleteTrafficMirrorTarget', 'target', 'TrafficMirrorTargetId'],
];

const changing = /^(session|filter|target)\.(create|modify|delete)$/;

export class AuditCheck {
  readonly #world: Ec2World;
  readonly #unrecorded: Set<string>;
  readonly #tell: (id: string) => Told;
  readonly #effects: Effect[] = [];
  readonly #records: Line[] = [];
  readonly #intended: Intended[] = [];
  /** Details of records, as sent to the bus or told to be refused by it. */
  readonly #sent = new Map<string, number>();

  /** @param unrecorded what is made or deleted and not told, over all invocations */
  constructor(world: Ec2World, unrecorded: Set<string>, tell: (id: string) => Told) {
    this.#world = world;
    this.#unrecorded = unrecorded;
    this.#tell = tell;
  }

  before({ input }: Call): Before {
    const id = idOf(input) || textIn(input, 'TrafficMirrorFilterId', 'TrafficMirrorTargetId');
    return {
      ids: new Set(makings.flatMap(([, kind]) => this.#idsOf(kind))),
      text: this.#textOf(id),
      eniId: this.#session(id)?.networkInterfaceId ?? textIn(input, 'NetworkInterfaceId'),
      instanceId: this.#world.tags(id)['automirror:instance'] ?? '',
    };
  }

  /** What the call has truly done. */
  after(
    { action, input }: Call,
    before: Before,
    errorCode: string | undefined,
    isGivenUp: boolean,
    isLate: boolean,
  ): readonly Effect[] {
    const common = { eniId: before.eniId, instanceId: before.instanceId, isLost: errorCode !== undefined || isGivenUp, isLate };
    const effects: Effect[] = [];
    for (const [name, kind] of makings) {
      if (name !== action) continue;
      for (const id of this.#idsOf(kind)) if (!before.ids.has(id)) effects.push({ kind: `${kind}.create`, id, ...common });
    }
    for (const [name, kind, member] of deletions) {
      const id = textIn(input, member);
      if (name === action && before.ids.has(id) && this.#textOf(id) === '')
        effects.push({ kind: `${kind}.delete`, id, ...common });
    }
    if (action === 'ModifyTrafficMirrorSession' || action === 'CreateTags') {
      const id = idOf(input);
      if (before.text !== this.#textOf(id)) effects.push({ kind: 'session.modify', id, ...common });
    }
    this.#effects.push(...effects);
    for (const { kind, id } of effects) if (kind !== 'session.modify') this.#unrecorded.add(`${kind} ${id}`);
    return effects;
  }

  sent(input: Call['input']): void {
    for (const { Detail } of (input.Entries ?? []) as readonly { Detail: string }[]) this.#note(Detail);
  }

  /** Takes a line of the function's log; answers what is wrong with it. */
  line(line: Line): string | undefined {
    if (line.message === 'the event bus did not take an audit record; it stands here') this.#note(JSON.stringify(line.record));
    if (line.intent === 1) this.#intended.push(...((line.changes ?? []) as readonly Intended[]));
    const { action, outcome } = line;
    if (typeof action !== 'string' || !changing.test(action)) return undefined;
    this.#records.push(line);
    const id = textIn({ ...line }, 'sessionId', 'filterId', 'targetId');
    if (action.endsWith('.delete') && outcome === 'failed' && /No?tFound/.test(textIn({ ...line }, 'errorCode')))
      return `${action} of ${id} was recorded as failed, because it is gone already`;
    // A failed one may be finished, and told of as done, by a later invocation.
    if (outcome !== 'done') return undefined;
    const isNew = this.#unrecorded.delete(`${action} ${id}`);
    const told = `${action} of ${id} was recorded as done`;
    if (action.endsWith('.create')) {
      const before = this.#tell(id);
      if (before === 'by the same environment') return `${told} for the second time`;
      return isNew || before === 'by another' ? undefined : `${told}, and nothing of the kind was made by us`;
    }
    if (action.endsWith('.delete')) return this.#textOf(id) === '' ? undefined : `${told}, and it is still there`;
    return undefined;
  }

  /** Changes of this invocation that no record tells of. */
  missing(): readonly string[] {
    return this.#unrecordedEffects().map(({ kind, id, eniId }) => `${kind} of ${id} on ${eniId} was not recorded`);
  }

  /** Those of them that nothing was told of, before or after. */
  untold(): readonly string[] {
    return this.#unrecordedEffects()
      .filter((effect) => !this.#intended.some((change) => announces(change, effect)))
      .map(({ kind, id, eniId }) => `${kind} of ${id} on ${eniId} was told of neither before nor after`);
  }

  #unrecordedEffects(): readonly Effect[] {
    return this.#effects.filter((effect) => !this.#records.some((record) => isAbout(record, effect)));
  }

  /** Records of changes that are neither on the bus nor told to be missing there. */
  unsent(): readonly string[] {
    return this.#records.flatMap((record) => {
      const { level: _level, ...detail } = { level: undefined, ...record };
      const text = JSON.stringify(detail);
      const count = this.#sent.get(text) ?? 0;
      this.#sent.set(text, count - 1);
      return count > 0 ? [] : [`the bus was never given the record ${text}`];
    });
  }

  #note(detail: string): void {
    this.#sent.set(detail, (this.#sent.get(detail) ?? 0) + 1);
  }

  #session(id: string) {
    return this.#world.sessions().find(({ trafficMirrorSessionId }) => trafficMirrorSessionId === id);
  }

  #idsOf(kind: Kind): readonly string[] {
    switch (kind) {
      case 'session':
        return this.#world.sessions().map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
      case 'filter':
        return this.#world.filters().map(({ trafficMirrorFilterId }) => trafficMirrorFilterId);
      case 'target':
        return this.#world.targets().map(({ trafficMirrorTargetId }) => trafficMirrorTargetId);
    }
  }

  /** Empty for what is not there. */
  #textOf(id: string): string {
    const found =
      this.#session(id) ??
      this.#world.filters().find(({ trafficMirrorFilterId }) => trafficMirrorFilterId === id) ??
      this.#world.targets().find(({ trafficMirrorTargetId }) => trafficMirrorTargetId === id);
    return found === undefined ? '' : JSON.stringify([found, this.#world.tags(id)]);
  }
}

/** Of the session that is changed, or whose tags are. */
function idOf(input: Call['input']): string {
  const [resource = ''] = (input.Resources ?? []) as readonly string[];
  return textIn(input, 'TrafficMirrorSessionId') || resource;
}

/** Where the answer was lost, a record that a change to the same interface, or the making of a filter, failed tells of it well enough. */
function isAbout({ action, sessionId, filterId, targetId, eniId, outcome }: Line, effect: Effect): boolean {
  if (action !== effect.kind) return false;
  if (sessionId === effect.id || filterId === effect.id || targetId === effect.id) return true;
  return (
    effect.isLost &&
    (outcome !== 'done' || effect.isLate) &&
    (effect.kind === 'filter.create' || effect.kind === 'target.create' || eniId === effect.eniId)
  );
}

/** What is to be made has no id yet. */
function announces({ action, eniId, sessionId, filterId, targetId }: Intended, effect: Effect): boolean {
  if (action !== effect.kind) return false;
  if (effect.kind === 'session.create') return eniId === effect.eniId;
  return [sessionId, filterId, targetId].includes(effect.id) || effect.kind.endsWith('.create');
}
