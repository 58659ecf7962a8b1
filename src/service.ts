import { randomUUID } from 'node:crypto';
import { type Asked, BatchTriggers } from './audit/batch-triggers.ts';
import { type Begun, toIntent } from './audit/intent.ts';
import { type ApiCalls, Meter } from './audit/meter.ts';
import { type RunFacts, toDropRecord, toRecord, toSweepRecord } from './audit/record.ts';
import { RunCounts } from './audit/run-counts.ts';
import { AuditTrail, type BusEvent, type EventBus, type Log } from './audit/trail.ts';
import { type Parsers, parseMessage } from './events/parse.ts';
import type { Trigger } from './events/trigger.ts';
import type { Scope } from './plan/world.ts';
import { Ec2Error } from './reconcile/ports.ts';
import { type ReconcileContext, type Run, reconcile } from './reconcile/reconcile.ts';
import type { Result } from './reconcile/result.ts';
import type { serveFindings } from './reconcile/serve-findings.ts';

/** What the service runs on. */
export interface ServiceContext extends ReconcileContext {
  readonly bus: EventBus;
  readonly log: Log;
  /** What was asked of EC2 since this was called last, for the metrics. */
  readonly takeCalls?: () => ApiCalls;
  /** How a run id is made; random unless a test or simulation says otherwise. */
  readonly newRunId?: () => string;
  /** Given where the policy says `onFinding`; events of findings are of no use without it. */
  readonly findings?: Findings;
}

/** Reads findings, and follows them. */
export interface Findings {
  readonly parsers: Parsers;
  readonly serve: typeof serveFindings;
}

/** Whether a batch is done with, or is to come back because nothing could be done. */
export type BatchOutcome = 'served' | 'retry';

/** A sweep applies for about this long, then lets live events have their turn. */
const sliceMs = 10_000;

/** Instances named by one `Reconcile Requested`, so that an event stays far below the bus's size limit. */
const instancesPerCommand = 100;

/**
 * Serves one batch of queue messages: one pass over all that they name, one over everything if any asks for a sweep or if many more messages wait.
 *
 * An event that is older than what the last pass over everything has read and settled is acknowledged without a call.
 *
 * What cannot be read as an event is audited and dropped. `retry` only if EC2 could not be read, or a bug kept a plan from being made: then nothing was
 * changed. Never rejects for either.
 *
 * @param deadline epoch milliseconds by which the batch must be served
 */
export async function serveBatch(bodies: readonly string[], context: ServiceContext, deadline: number): Promise<BatchOutcome> {
  const { clock, owner, policy, log } = context;
  const { coverage, backlog } = context.memory;
  const runFacts: RunFacts = { owner, runId: (context.newRunId ?? randomUUID)(), policyHash: policy.hash };
  const trail = new AuditTrail(log, context.bus);
  const now = () => new Date(clock.now());
  const meter = new Meter(log, owner, runFacts.runId, now, context.takeCalls ?? (() => ({ calls: 0, throttled: 0 })));

  const requests = bodies.map((body) => parseMessage(body, owner, context.findings?.parsers));
  for (const request of requests) {
    if (request.kind === 'drop')
      trail.write(toDropRecord({ code: request.reason, detail: request.detail }, request.trigger, runFacts, now()));
  }
  const found = requests.filter((request) => request.kind === 'finding');
  const asked = requests
    .filter((request) => request.kind !== 'drop' && request.kind !== 'finding')
    .filter((request) => !isCovered(request));
  backlog.met(bodies.length);
  try {
    // Their tags are not looked at here: EC2 sends an event of them, as of anybody's.
    if (found.length > 0) {
      const tell = (result: Result, trigger: Trigger) => trail.write(toRecord(result, trigger, runFacts, now()));
      (await context.findings?.serve(found, context, tell, (tagging) => tellIntent([tagging])))?.forEach(logDefect);
    }
    if (asked.length > 0) await run(asked);
    return 'served';
  } catch (error) {
    // Whatever rejects does so before it has changed anything: what fails later is a result. A finding served twice asks for nothing new.
    if (!(error instanceof Ec2Error)) logDefect(error);
    const detail =
      error instanceof Ec2Error ? `${error.code}: ${error.message}` : `an error of the service itself: ${String(error)}`;
    trail.write(
      toSweepRecord({ code: 'read-failed', detail }, {}, (found[0] ?? asked[0])?.trigger ?? { what: 'unknown' }, runFacts, now()),
    );
    meter.writeReadFailure();
    return 'retry';
  } finally {
    await trail.flush();
  }

  function tellIntent(changes: readonly Begun[]): void {
    log('info', { ...toIntent(changes, runFacts, now()) });
  }

  function logDefect(error: unknown): void {
    log('error', {
      message: 'an error of the service itself',
      error: error instanceof Error ? (error.stack ?? error.message) : String(error),
    });
  }

  function isCovered(request: Asked): boolean {
    if (request.kind !== 'instances' || request.at === undefined) return false;
    const { ids, at, trigger } = request;
    const covered = coverage.covers(ids, at, clock.now(), context.memory.failedLately(clock.now()));
    if (covered) log('debug', { message: 'the last pass over everything has seen what this event tells of', ids, ...trigger });
    return covered;
  }

  async function run(wanted: readonly Asked[]): Promise<void> {
    const triggers = new BatchTriggers(wanted);
    if (triggers.sweep === undefined && backlog.isDeep(clock.now(), coverage)) {
      try {
        if (!(await pass(new BatchTriggers(wanted, { what: 'backlog' })))) backlog.rest(clock.now());
        return;
      } catch (error) {
        // These instances may be readable where everything is not.
        log('warn', { message: 'not everything could be read', error: String(error) });
        backlog.rest(clock.now());
      }
    }
    await pass(triggers);
  }

  /** Answers whether a pass over everything has settled all that it read. */
  async function pass(triggers: BatchTriggers): Promise<boolean> {
    const isSweep = triggers.sweep !== undefined;
    const readAt = clock.now();
    if (isSweep && !triggers.isBacklog) backlog.isContinued = false;
    const scope: Scope = isSweep ? { kind: 'everything' } : { kind: 'instances', ids: triggers.instances };
    const counts = new RunCounts(triggers.isBacklog);
    const ended = await reconcile(context, {
      scope,
      first: triggers.instances,
      allowDeletes: triggers.allowDeletes,
      rebalance: triggers.rebalance,
      recallsWrites: !isSweep && triggers.areLaunchesAndTags,
      applyUntil: deadline,
      ...(isSweep ? { applyForMs: sliceMs } : {}),
      onIntent: tellIntent,
      onResult: (result) => {
        counts.add(result);
        if (isWorthRecording(result, isSweep, triggers, context))
          trail.write(toRecord(result, triggers.of(result), runFacts, now()));
      },
    });
    ended.defects.forEach(logDefect);
    if (triggers.sweep !== undefined) {
      const reason = ended.isUnfinished ? 'sweep-unfinished' : 'sweep-done';
      const detail = counts.sentence(ended);
      trail.write(toSweepRecord({ code: reason, detail }, counts.settings(ended), triggers.sweep, runFacts, now()));
    }
    meter.write(counts, isSweep ? { run: ended, durationMs: clock.now() - readAt } : undefined);
    await goOn(ended, triggers);
    if (!isSweep) return false;
    const isBlocked = ended.plan.actions.some(({ kind }) => kind === 'gate.block');
    const isSettled = !isBlocked && (!ended.isUnfinished || backlog.isContinued);
    coverage.passed(readAt, ended, isSettled);
    return isSettled;
  }

  /** Asks through the bus for what this run has left; a run that got nothing done leaves it to the schedule, so that no failure can spin. */
  async function goOn(ended: Run, { sweep, allowDeletes, rebalance }: BatchTriggers): Promise<void> {
    const commands: BusEvent[] = [];
    const isSweep = sweep !== undefined;
    const isOnItsWay = ended.isUnfinished && ended.done > 0;
    // One that waits in the queue goes on for all: more of them would multiply.
    if (isSweep && isOnItsWay && !backlog.isContinued) {
      commands.push({
        detailType: 'Sweep Requested',
        detail: { owner, ...(allowDeletes ? { allowDeletes } : {}), ...(rebalance ? { rebalance } : {}) },
      });
      backlog.isContinued = true;
    }
    const unfinished = isOnItsWay && !isSweep ? ended.unfinished : [];
    const instanceIds = [...new Set([...ended.followUp, ...unfinished])].sort();
    for (let start = 0; start < instanceIds.length; start += instancesPerCommand) {
      const part = instanceIds.slice(start, start + instancesPerCommand);
      commands.push({ detailType: 'Reconcile Requested', detail: { owner, instanceIds: part } });
    }
    for (const { event, error } of await context.bus.put(commands)) {
      if (event.detailType === 'Sweep Requested') backlog.isContinued = false;
      log('error', {
        message: 'the event bus did not take a command; the next scheduled sweep does the work',
        error,
        command: event,
      });
    }
  }
}

/** A sweep tells of changes and failures, and once an hour of what stands, refusals and the like; an event on an instance tells everything about that instance. */
function isWorthRecording(
  { action, outcome }: Result,
  isSweep: boolean,
  triggers: BatchTriggers,
  { memory, clock }: ServiceContext,
): boolean {
  const isStanding = action.kind === 'instance.refuse' || action.kind === 'target.refuse' || action.kind === 'session.shadow';
  const isNews = isStanding && memory.isNews(action, clock.now());
  const isNamed = 'instanceId' in action && action.instanceId !== undefined && triggers.instances.has(action.instanceId);
  if (!isSweep || isNamed) return true;
  // What a gate holds back there, the messages ask for themselves; the next sweep tells of the rest.
  if (action.kind === 'gate.block' && triggers.isBacklog) return false;
  if (isStanding) return isNews;
  return outcome !== 'done' || (action.kind !== 'instance.skip' && action.kind !== 'session.keep');
}
