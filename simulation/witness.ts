/** Watches everything that the function does at the moment at which it takes effect, and holds it against what is true. */
import type { HttpResponse } from '@smithy/core/protocols';
import type { Emulator } from '../src/emulator/emulator.ts';
import { errorCodeOf, errorMessageOf, nextTokenOf } from './answers.ts';
import { AuditCheck, type Told } from './audit-check.ts';
import type { History } from './history.ts';
import { judgeChange, judgeRefusal } from './judge.ts';
import type { PlainPolicy } from './policies.ts';
import { TrailCheck } from './trail-check.ts';
import { type Call, textIn } from './wire-call.ts';

/** A law that was broken. */
export interface Violation {
  readonly law: Law;
  /** Since the beginning. */
  readonly atMs: number;
  readonly owner: string;
  readonly detail: string;
}

export type Law =
  | 'foreign' /** Something that is not ours was to be changed. */
  | 'leak' /** A source was to be mirrored that is not to be, or to where it is not to be. */
  | 'delete' /** A session was to be deleted that was wanted all the time. */
  | 'half-read' /** A session was to be deleted before everything was read to its end. */
  | 'gate' /** A sweep deleted more than the policy allows. */
  | 'refused' /** EC2 refused a change although nothing had changed that could have been missed. */
  | 'audit' /** A change without a record, a record without a change, or a trail that does not yield the sessions that are there. */
  | 'ignored' /** An event was passed over that no complete look at everything had come after. */
  | 'lost' /** A batch was acknowledged although nothing could be read. */
  | 'timeout' /** An invocation did not end in its time. */
  | 'rejection' /** A promise was rejected and nobody looked. */
  | 'restless' /** Once all was quiet, it was not left alone. */
  | 'unequal'; /** Once all was quiet, something was not as it should be. */

/** What one invocation of the function has done so far. */
export interface Pass {
  readonly owner: string;
  readonly bodies: readonly string[];
  readonly startedAt: number;
  /** By action and filters, whether the list was read to its end since its last first page. */
  readonly walks: Map<string, boolean>;
  /** Instance by session that it deleted, by the session's tag. */
  readonly deleted: Map<string, string>;
  readonly audit: AuditCheck;
  mostOwn: number;
  calls: number;
  end?: 'answered' | 'crashed' | 'timed out';
}

export interface Totals {
  invocations: number;
  calls: number;
  changes: number;
  crashes: number;
  /** Changes that a crash kept from being recorded; a line before them tells of them. */
  unrecordedByCrash: number;
  /** Creations that an environment has told of which knew nothing of another's record, EC2's lists being behind. */
  toldTwice: number;
  /** Changes for which nothing spoke at any one moment, while two facts changed that a pass may have seen one of. */
  unclear: number;
}

/** Laws about what never was so, whatever was read when. */
const timeless: ReadonlySet<Law> = new Set(['foreign']);

/** Deletions that no share of a policy forbids. */
const alwaysAllowed = 10;

export class Witness {
  readonly violations: Violation[] = [];
  readonly totals: Totals = { invocations: 0, calls: 0, changes: 0, crashes: 0, unrecordedByCrash: 0, toldTwice: 0, unclear: 0 };
  readonly #emulator: Emulator;
  readonly #history: History;
  readonly #begin: number;
  readonly #policyOf: (owner: string) => PlainPolicy;
  /** How much older than its reading a pass may see things. */
  readonly #slackMs: number;
  readonly #longestLagMs: number;
  /** When the last look at all instances began, of those that came to their end. */
  readonly #wholeReadAt = new Map<string, number>();
  #wholeBeganAt = Number.NEGATIVE_INFINITY;
  readonly #passes = new Map<string, Pass>();
  /** Made or deleted by us, and not recorded yet: a crash, or a lost answer, may leave it to a later record. */
  readonly #unrecorded = new Set<string>();
  readonly #trails = new Map<string, TrailCheck>();
  /** Which environment has told of a creation. */
  readonly #toldBy = new Map<string, object>();

  constructor(
    emulator: Emulator,
    history: History,
    policyOf: (owner: string) => PlainPolicy,
    slackMs: number,
    longestLagMs: number,
  ) {
    this.#emulator = emulator;
    this.#history = history;
    this.#begin = emulator.host.clock.now();
    this.#policyOf = policyOf;
    this.#slackMs = slackMs;
    this.#longestLagMs = longestLagMs;
  }

  violated(law: Law, owner: string, detail: string): void {
    this.violations.push({ law, atMs: this.#emulator.host.clock.now() - this.#begin, owner, detail });
  }

  invoked(owner: string, bodies: readonly string[], environment: object): Pass {
    this.#history.look();
    this.totals.invocations += 1;
    const audit = new AuditCheck(this.#emulator.ec2.world, this.#unrecorded, (id) => this.#tell(id, environment));
    const { own } = this.#history.now(owner);
    const pass: Pass = {
      owner,
      bodies,
      startedAt: this.#emulator.host.clock.now(),
      walks: new Map(),
      deleted: new Map(),
      audit,
      mostOwn: own.size,
      calls: 0,
    };
    this.#passes.set(owner, pass);
    return pass;
  }

  /**
   * @param how `crashed`: somebody wanted it so
   * @param isReturned whether the batch is to come back
   */
  ended(owner: string, how: 'answered' | 'crashed' | 'timed out', isReturned: boolean): void {
    const pass = this.#passes.get(owner);
    this.#passes.delete(owner);
    if (pass === undefined) return;
    pass.end = how;
    if (how === 'timed out')
      this.violated('timeout', owner, `served ${pass.bodies.length} messages for longer than the function may run`);
    if (how === 'crashed') {
      this.totals.crashes += 1;
      this.totals.unrecordedByCrash += pass.audit.missing().length;
      for (const detail of pass.audit.untold()) this.violated('audit', owner, detail);
    } else for (const detail of [...pass.audit.missing(), ...pass.audit.unsent()]) this.violated('audit', owner, detail);
    this.#judgeGate(pass);
    if (how !== 'answered' || isReturned) return;
    const instances = [...pass.walks].filter(([walk]) => walk.startsWith('DescribeInstances'));
    // Where messages had piled up and everything could not be read, reading the instances that they name is enough.
    const isEnough = !pass.bodies.some(asksForSweep) && instances.some(([walk, isWhole]) => isWhole && isById(walk));
    const cut = instances.filter(([walk, isWhole]) => !isWhole && !(isEnough && !isById(walk)));
    if (cut.length > 0)
      this.violated('lost', owner, `a batch was acknowledged after ${cut.map(([walk]) => walk).join(', ')} had failed`);
    if (pass.calls === 0) this.#judgeIgnored(pass);
  }

  /** An event may go unheard only if everything was read, to its end, so long after it that no list can have been behind it any more. */
  #judgeIgnored({ owner, bodies }: Pass): void {
    const readAt = this.#wholeReadAt.get(owner) ?? Number.NEGATIVE_INFINITY;
    for (const body of bodies) {
      const at = timeOfEc2Event(body);
      if (at + this.#longestLagMs > readAt)
        this.violated('ignored', owner, `${body} was passed over; everything was last read at ${new Date(readAt).toISOString()}`);
    }
  }

  /** An environment that starts anew cannot know what the one before has told, so only its own second record is a wrong one. */
  #tell(id: string, environment: object): Told {
    const teller = this.#toldBy.get(id);
    this.#toldBy.set(id, environment);
    if (teller === undefined) return 'by nobody';
    if (teller === environment) return 'by the same environment';
    this.totals.toldTwice += 1;
    return 'by another';
  }

  /** What the stack has made or deleted and not accounted for, over all that it has told. */
  unaccounted(owner: string): readonly string[] {
    return this.#trailOf(owner).differences(this.#emulator.ec2.world, owner, this.#emulator.host.accountId);
  }

  #trailOf(owner: string): TrailCheck {
    const trail = this.#trails.get(owner) ?? new TrailCheck();
    this.#trails.set(owner, trail);
    return trail;
  }

  line(owner: string, line: Readonly<Record<string, unknown>>): void {
    this.#trailOf(owner).line(line);
    const detail = this.#passes.get(owner)?.audit.line(line);
    if (detail !== undefined) this.violated('audit', owner, detail);
    if (line.message === 'an error of the service itself') this.violated('rejection', owner, String(line.error));
  }

  /**
   * Lets a call of the function take effect, and looks at what it did.
   *
   * @param hasWaited whether it was held up on its way, so that the pass may have given it up
   */
  async arrive(pass: Pass, call: Call, hasWaited: boolean, go: () => Promise<HttpResponse>): Promise<HttpResponse> {
    this.totals.calls += 1;
    pass.calls += 1;
    const { owner } = pass;
    if (call.action.startsWith('Describe')) return this.#watchRead(pass, call, hasWaited, go);
    if (call.action === 'PutEvents') {
      const response = await go();
      if (errorCodeOf(response) === undefined) pass.audit.sent(call.input);
      return response;
    }
    this.#history.look();
    const from = pass.startedAt - this.#slackMs;
    const { world } = this.#emulator.ec2;
    const moments = this.#history.since(owner, from);
    for (const { law, detail } of judgeChange(call, { owner, world, moments })) {
      if (timeless.has(law) || !this.#isBlurred(owner, call, from)) this.violated(law, owner, detail);
      else this.totals.unclear += 1;
    }
    if (call.action === 'DeleteTrafficMirrorSession') this.#judgeReading(pass, call);
    const before = pass.audit.before(call);
    const response = await go();
    const code = errorCodeOf(response);
    const effects = pass.audit.after(call, before, code, hasWaited, pass.end !== undefined);
    this.totals.changes += effects.length;
    for (const { kind, id, instanceId } of effects) {
      this.#trailOf(owner).happened(kind, id);
      if (kind === 'session.delete') pass.deleted.set(id, instanceId);
    }
    this.#history.look();
    pass.mostOwn = Math.max(pass.mostOwn, this.#history.now(owner).own.size);
    if (code !== undefined) this.#judgeRefusal(pass, call, { code, message: errorMessageOf(response), from });
    if (effects.length > 0 && pass.end !== undefined) this.#judgeLateEffect(pass);
    return response;
  }

  /**
   * Lists are not of one moment: of two facts that changed in the time that a pass may have read, it may have seen the one as it was and the other as it is, and
   * both together were never true.
   */
  #isBlurred(owner: string, call: Call, from: number): boolean {
    const ids = idsOf(call, this.#emulator).filter((id) => /^(i|eni|tmt)-/.test(id));
    const isOvertaken = this.#history.isOvertaken(owner, textIn(call.input, 'TrafficMirrorFilterId'), from);
    return isOvertaken || this.#history.changes(owner, ids, from) > 1;
  }

  async #watchRead(
    pass: Pass,
    { action, input }: Call,
    hasWaited: boolean,
    go: () => Promise<HttpResponse>,
  ): Promise<HttpResponse> {
    const sentAt = this.#emulator.host.clock.now();
    const response = await go();
    const filters: unknown = input.Filters;
    // One interface's sessions are read to settle one call, and nothing more is concluded from them.
    if (action === 'DescribeTrafficMirrorSessions' && filters !== undefined) return response;
    const walk = `${action} ${JSON.stringify(filters ?? 'all')}`;
    // It may have been given up, and its next attempt been answered before.
    if (hasWaited && pass.walks.get(walk) === true) return response;
    const isWhole = errorCodeOf(response) === undefined && nextTokenOf(response) === undefined;
    // A sweep asks for all instances, or for those that the policy could want; an event's pass asks for its own by id.
    if (action === 'DescribeInstances' && !isById(JSON.stringify(filters ?? ''))) {
      if (input.NextToken === undefined) this.#wholeBeganAt = sentAt;
      if (isWhole) this.#wholeReadAt.set(pass.owner, this.#wholeBeganAt);
    }
    pass.walks.set(walk, isWhole);
    return response;
  }

  #judgeReading({ owner, walks }: Pass, { input }: Call): void {
    const missing = ['DescribeInstances', 'DescribeTrafficMirrorSessions'].filter(
      (action) => ![...walks.keys()].some((walk) => walk.startsWith(action)),
    );
    const cut = [...walks].filter(([, isWhole]) => !isWhole).map(([walk]) => walk);
    if (missing.length + cut.length > 0)
      this.violated(
        'half-read',
        owner,
        `${textIn(input, 'TrafficMirrorSessionId')} was to be deleted, and not read to the end: ${[...missing, ...cut].join(', ')}`,
      );
  }

  #judgeRefusal(pass: Pass, call: Call, { code, message, from }: { code: string; message: string; from: number }): void {
    const ids = idsOf(call, this.#emulator);
    const isInjected = message.startsWith('Injected fault') || code === 'RequestLimitExceeded';
    const hasCause =
      isInjected || ids.some((id) => this.#history.changedSince(id, from)) || judgeRefusal(call, code, this.#emulator.ec2.world);
    if (!hasCause)
      this.violated('refused', pass.owner, `${call.action} ${JSON.stringify(call.input)} was refused: ${code}: ${message}`);
    // Later changes of the pass count on this one, and on those of the same interface that are left out for its sake.
    const beside = this.#emulator.ec2.world
      .sessions()
      .flatMap(({ networkInterfaceId, trafficMirrorTargetId }) =>
        ids.includes(networkInterfaceId) ? trafficMirrorTargetId : [],
      );
    this.#history.touch([...ids, ...beside]);
  }

  /** A call that was given up took effect after all: the record of its failure has to do. */
  #judgeLateEffect({ owner, audit, end }: Pass): void {
    const missing = audit.missing();
    const isCrash = end === 'crashed';
    if (isCrash) this.totals.unrecordedByCrash += missing.length > 0 ? 1 : 0;
    for (const detail of isCrash ? audit.untold() : missing) this.violated('audit', owner, detail);
  }

  #judgeGate({ owner, bodies, deleted, mostOwn }: Pass): void {
    const text = bodies.join('\n');
    if (text.includes('"allowDeletes":true')) return;
    const unnamed = [...deleted.values()].filter((instanceId) => !text.includes(instanceId)).length;
    const allowed = Math.max(alwaysAllowed, Math.floor((this.#policyOf(owner).deleteShare ?? 0.25) * mostOwn));
    if (unnamed > allowed)
      this.violated('gate', owner, `${unnamed} of ${mostOwn} sessions were deleted that no event named; ${allowed} are allowed`);
  }
}

function isById(filters: string): boolean {
  return filters.includes('"instance-id"');
}

/** Whether a message is about everything: the schedule's, a deployment's, or a person's wish. */
function asksForSweep(body: string): boolean {
  return Number.isNaN(timeOfEc2Event(body)) && !body.includes('Reconcile Requested');
}

/** When what an event of AWS's own tells of happened; NaN for any other message. */
function timeOfEc2Event(body: string): number {
  try {
    const event: { source?: string; time?: string } = JSON.parse(body);
    return event.source === 'aws.ec2' || event.source === 'aws.tag' ? Date.parse(event.time ?? '') : Number.NaN;
  } catch {
    return Number.NaN;
  }
}

/** What a call is about, and what that is about. */
function idsOf({ input }: Call, { ec2: { world } }: Emulator): readonly string[] {
  const ids: readonly string[] = JSON.stringify(input).match(/\b(?:eni|tms|tmt|tmf|i)-[0-9a-f]{17}\b/g) ?? [];
  const sessions = world.sessions().filter(({ trafficMirrorSessionId }) => ids.includes(trafficMirrorSessionId));
  const enis = new Set([...ids, ...sessions.map(({ networkInterfaceId }) => networkInterfaceId)]);
  const homes = world
    .networkInterfaces()
    .flatMap(({ networkInterfaceId, attachment }) => (enis.has(networkInterfaceId) ? (attachment?.instanceId ?? []) : []));
  const destinations = [input.NetworkLoadBalancerArn, input.NetworkInterfaceId, input.GatewayLoadBalancerEndpointId];
  const rivals = world
    .targets()
    .flatMap(({ trafficMirrorTargetId, destination }) =>
      Object.values(destination).some((one) => destinations.includes(one)) ? trafficMirrorTargetId : [],
    );
  const behind = world
    .targets()
    .flatMap(({ trafficMirrorTargetId, destination }) =>
      ids.includes(trafficMirrorTargetId) && destination.type === 'network-interface' ? destination.networkInterfaceId : [],
    );
  return [
    ...new Set([
      ...enis,
      ...homes,
      ...rivals,
      ...behind,
      ...sessions.flatMap(({ trafficMirrorTargetId, trafficMirrorFilterId }) => [trafficMirrorTargetId, trafficMirrorFilterId]),
    ]),
  ];
}
