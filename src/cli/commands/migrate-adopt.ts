import { randomUUID } from 'node:crypto';
import pc from 'picocolors';
import { toRecord } from '../../audit/record.ts';
import { AuditTrail, untakenMessage } from '../../audit/trail.ts';
import { createEventBus } from '../../aws/event-bus.ts';
import { type Adoption, type Adoptions, findAdoptions } from '../../migrate/adopt.ts';
import type { CompiledPolicy } from '../../model/policy.ts';
import type { ActualSession } from '../../model/session.ts';
import type { ModifySession } from '../../plan/action.ts';
import { Ec2Error, type Inventory } from '../../reconcile/ports.ts';
import type { Result } from '../../reconcile/result.ts';
import { type Account, connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { CliError, inWords } from '../cli-error.ts';
import { dryRun } from '../dry-run.ts';
import { lastGoodSweep } from '../health.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';
import { counted } from '../render/numbers.ts';
import { actionsText } from '../render/plan-text.ts';
import { stackRules } from '../stack-rules.ts';
import { Trail } from '../trail.ts';
import { isConfirmed } from './apply.ts';

export interface MigrateAdoptOptions extends AccountOptions {
  readonly policy: string;
  readonly stack?: string;
  readonly only?: string;
  readonly yes?: boolean;
}

/**
 * Shows the sessions of nobody's that the policy has a use for, and what the next sweep would change of them; asks; tags them as ours, with the caller's own
 * credentials, and puts a record of each into the trail. Declined is a failure. Meant for before the first deployment, when no service makes sessions beside them.
 */
export async function migrateAdoptCommand(options: MigrateAdoptOptions, io: CliIo): Promise<0 | 1> {
  const { owner, only, json = false, yes = false } = options;
  if (only !== undefined && !/^(i|eni|tms)-[0-9a-f]+$/.test(only))
    throw new CliError(`${only} is no id of an instance (i-…), an interface (eni-…) or a session (tms-…).`);
  if (json && !yes) throw new CliError('With --json nobody can be asked: give --yes too.');
  const policy = await loadPolicy(options.policy, io.cwd);
  const account = await connect(options, io);
  await checkDeployedPolicy(account, options, policy.hash);
  const { reading } = await dryRun(account, { owner, policy });
  const found = findAdoptions({ owner, policy, ...reading });
  const isMeant = ({ id, eniId }: ActualSession, instanceId?: string) =>
    only === undefined || [id, eniId, instanceId].some((one) => one === only);
  const adoptions = found.adoptions.filter(({ session, instanceId }) => isMeant(session, instanceId));
  const leftAlone = found.leftAlone.filter(({ session }) => isMeant(session));
  if (!json) io.out(await adoptionText(account, { owner, policy }, { adoptions, leftAlone }, io.isTerminal));
  if (adoptions.length > 0 && !yes && !(await isConfirmed(`Tag ${counted(adoptions.length, 'session')} as ours? [y/N] `, io))) {
    io.err('Nothing was changed.\n');
    return 1;
  }
  const { results, isKept } = await adopt(account, { owner, policy }, adoptions, io);
  const failed = results.filter(({ outcome }) => outcome === 'failed');
  if (json) io.out(`${JSON.stringify(adoptionJson({ adoptions, leftAlone }, results), null, 2)}\n`);
  else if (adoptions.length > 0) {
    for (const { action, reason } of failed)
      if ('session' in action) io.err(`${action.session.id} was not adopted: ${reason.detail}\n`);
    io.out(
      `${counted(results.length - failed.length, 'session')} adopted. The next sweep makes of them what the policy wants; now: automirror sweep --owner ${owner}\n`,
    );
  }
  return failed.length === 0 && isKept ? 0 : 1;
}

/** A service that is there deletes what its own policy does not want, so that must be the policy that wants these sessions. */
async function checkDeployedPolicy(
  account: Account,
  { owner, stack = owner, policy: file }: MigrateAdoptOptions,
  hash: string,
): Promise<void> {
  const rules = await inWords(`It cannot be told whether the stack ${stack} is deployed here`, stackRules(account, stack));
  if (rules.length === 0) return;
  const sweep = await lastGoodSweep(new Trail(account.clientConfig, owner), account.clock.now());
  if (!sweep.known)
    throw new CliError(
      `The stack ${stack} is deployed here, and nobody can tell by which policy, so nothing is adopted: it would delete what that does not want. (${sweep.why})`,
    );
  if (sweep.policyHash !== hash)
    throw new CliError(
      `The stack ${stack} is deployed here with another policy (${sweep.policyHash}) than ${file} (${hash}), and would delete what that does not want: deploy this one first, or name its file with --policy.`,
    );
}

interface Deployment {
  readonly owner: string;
  readonly policy: CompiledPolicy;
}

/** One session after another: a person's few, and each told of before the next. */
async function adopt(
  { mirroring, eventBridge, clock, callerArn }: Account,
  { owner, policy }: Deployment,
  adoptions: readonly Adoption[],
  io: CliIo,
): Promise<{ readonly results: readonly Result[]; readonly isKept: boolean }> {
  const facts = { owner, runId: randomUUID(), policyHash: policy.hash };
  // What the bus takes stands in the trail; what it refuses the person must keep.
  let isKept = true;
  const trail = new AuditTrail(
    (_level, line) => {
      if (line.message !== untakenMessage) return;
      isKept = false;
      io.err(`${JSON.stringify(line)}\n`);
    },
    createEventBus(eventBridge, 'default'),
  );
  const results: Result[] = [];
  for (const adoption of adoptions) {
    const result = await tagged(mirroring, adoption);
    results.push(result);
    trail.write(toRecord(result, { what: 'command-line', principal: callerArn }, facts, new Date(clock.now())));
    await trail.flush();
  }
  return { results, isKept };
}

async function tagged(mirroring: Account['mirroring'], { session, tags, ...subject }: Adoption): Promise<Result> {
  const { id, eniId, targetId, filterId, sessionNumber } = session;
  const reason = { code: 'adopted', detail: `${id} belonged to nobody` } as const;
  const after = Object.entries(tags).map(([key, value]) => `${key}=${value}`);
  const action: ModifySession = {
    kind: 'session.modify',
    ...subject,
    eniId,
    reason,
    session,
    spec: { target: { id: targetId }, filter: { id: filterId }, sessionNumber, tags },
    changes: [{ field: 'tags', after: after.join(' ') }],
  };
  try {
    const { requestId } = await mirroring.tagSession(id, tags);
    return { action, outcome: 'done', reason, ...(requestId === undefined ? {} : { requestId }) };
  } catch (error) {
    if (!(error instanceof Ec2Error)) throw error;
    const { code, message } = error;
    const failure = { code: error.class === 'denied' ? 'denied' : 'api-error', detail: `${code}: ${message}` } as const;
    return { action, outcome: 'failed', reason: failure, errorCode: code };
  }
}

async function adoptionText(
  account: Account,
  deployment: Deployment,
  { adoptions, leftAlone }: Adoptions,
  isTerminal: boolean,
): Promise<string> {
  const colors = pc.createColors(isTerminal && pc.isColorSupported);
  const theirs = leftAlone.map(({ session, why }) => `  = session ${session.id} on ${session.eniId}: ${why}`);
  if (adoptions.length === 0)
    return [...theirs, 'Nothing to adopt: no session that nobody owns is where the policy wants one.', ''].join('\n');
  const ids = new Set<string>(adoptions.map(({ session }) => session.id));
  const { plan } = await dryRun({ ...account, inventory: asAdopted(account.inventory, adoptions) }, deployment);
  const then = plan.actions.filter(
    (action) => action.kind === 'filter.create' || ('session' in action && ids.has(action.session.id)),
  );
  return [
    ...adoptions.map(({ session, instanceId, rule, slot }) =>
      colors.green(`  + session ${session.id} on ${session.eniId} of ${instanceId}: rule ${rule}, slot ${slot}`),
    ),
    ...theirs,
    '',
    ...(then.length === 0 ? [] : ['What the next sweep then does with them:', ...actionsText(then, colors), '']),
    `${counted(adoptions.length, 'session')} to adopt, ${theirs.length} left alone.`,
    '',
  ].join('\n');
}

/** The account as it will be. */
function asAdopted(inventory: Inventory, adoptions: readonly Adoption[]): Inventory {
  const tags = new Map<string, Adoption['tags']>(adoptions.map((one) => [one.session.id, one.tags]));
  return {
    ...inventory,
    sessions: async () =>
      (await inventory.sessions()).map((session) => ({ ...session, tags: { ...session.tags, ...tags.get(session.id) } })),
  };
}

/** The shape of `migrate adopt --json`, version 1. */
function adoptionJson({ adoptions, leftAlone }: Adoptions, results: readonly Result[]): unknown {
  return {
    adopt: 1,
    sessions: adoptions.map(({ session, instanceId, slot, rule }, index) => ({
      sessionId: session.id,
      eniId: session.eniId,
      instanceId,
      slot,
      rule,
      outcome: results[index]?.outcome,
      ...(results[index]?.outcome === 'failed' ? { detail: results[index]?.reason.detail } : {}),
    })),
    leftAlone: leftAlone.map(({ session, why }) => ({ sessionId: session.id, eniId: session.eniId, why })),
  };
}
