import { DisableRuleCommand } from '@aws-sdk/client-eventbridge';
import type { ActualFilter } from '../../model/filter.ts';
import { isOurs, isOwnedBy } from '../../model/ownership.ts';
import type { ActualSession } from '../../model/session.ts';
import type { ActualTarget } from '../../model/target.ts';
import type { Change } from '../../plan/action.ts';
import { apply } from '../../reconcile/apply.ts';
import type { Result } from '../../reconcile/result.ts';
import { type Account, connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { inWords } from '../cli-error.ts';
import type { CliIo } from '../io.ts';
import { counted } from '../render/numbers.ts';
import { stackRules } from '../stack-rules.ts';
import { isConfirmed } from './apply.ts';

export interface TeardownOptions extends AccountOptions {
  readonly stack?: string;
  readonly yes?: boolean;
}

interface Holdings {
  readonly sessions: readonly ActualSession[];
  readonly filters: readonly ActualFilter[];
  readonly targets: readonly ActualTarget[];
  readonly others: { readonly sessions: number; readonly filters: number; readonly targets: number };
}

/** A function that was at work when its rules were disabled has answered by then; it is looked for again after this long. */
const settleMs = 3_000;

const rounds = 10;

/**
 * Deletes every session, filter and target of the owner, and makes sure that nothing is left.
 *
 * First the rules that wake the stack's function are disabled, or it would put back what is deleted. What is not the owner's is counted and left.
 * 0 when nothing of the owner is left, 1 otherwise.
 */
export async function teardownCommand(options: TeardownOptions, io: CliIo): Promise<0 | 1> {
  return teardown(await connect(options, io), options, io);
}

/** The same in an account that is connected already. */
export async function teardown(account: Account, options: TeardownOptions, io: CliIo): Promise<0 | 1> {
  const before = await holdings(account, options.owner);
  const say = (text: string) => {
    if (!options.json) io.out(`${text}\n`);
  };
  say(
    `Of ${options.owner} in ${account.accountId}, ${account.region}: ${counted(before.sessions.length, 'session')}, ${counted(before.filters.length, 'filter')}, ${counted(before.targets.length, 'target')}.`,
  );
  const { others } = before;
  say(
    `Not ours, and left alone: ${counted(others.sessions, 'session')}, ${counted(others.filters, 'filter')}, ${counted(others.targets, 'target')}.`,
  );
  if (all(before).length > 0 && !options.yes && !(await isConfirmed('Delete all of ours? [y/N] ', io))) {
    io.err('Nothing was deleted.\n');
    return 1;
  }

  const disabled = await inWords(
    'The rules of the stack could not be disabled, and nothing was deleted',
    disableRules(account, options.stack ?? options.owner),
  );
  if (disabled.length > 0)
    say(`Disabled ${disabled.length} rules of the stack, so that it does not put back what is deleted: ${disabled.join(', ')}`);
  const { left, failures } = await deleteAll(account, options.owner, disabled.length > 0);
  const isClean = all(left).length === 0;
  if (options.json) {
    const remaining = all(left).map(({ id }) => id);
    io.out(
      `${JSON.stringify({ teardown: 1, owner: options.owner, clean: isClean, remaining, others: left.others, disabledRules: disabled })}\n`,
    );
    return isClean ? 0 : 1;
  }
  if (isClean) {
    say(`Nothing of ${options.owner} is left.`);
    if (disabled.length > 0) {
      say(
        'The rules stay disabled, also when the stack is deployed again. To use a stack that was not removed, enable each of them:',
      );
      for (const name of disabled) say(`  aws events enable-rule --name ${name}`);
    }
    return 0;
  }
  for (const { id } of all(left)) io.err(`Still there: ${id}${failures.has(id) ? ` (${failures.get(id)})` : ''}\n`);
  return 1;
}

async function deleteAll(account: Account, owner: string, isServiceKnown: boolean) {
  const failures = new Map<string, string>();
  let left = await holdings(account, owner);
  for (let round = 0; round < rounds; round += 1) {
    const changes = deletions(left);
    if (changes.length > 0) {
      failures.clear();
      await apply(changes, {
        ...account,
        owner,
        until: Number.POSITIVE_INFINITY,
        tokenSalt: '',
        isDryRun: false,
        onResult: (result) => note(result, failures),
      });
    }
    if (isServiceKnown) await account.settle(settleMs);
    left = await holdings(account, owner);
    if (failures.size >= all(left).length) break;
  }
  return { left, failures };
}

async function holdings({ inventory, accountId }: Account, owner: string): Promise<Holdings> {
  const [sessions, filters, targets] = await inWords(
    'EC2 could not be read',
    Promise.all([inventory.sessions(), inventory.filters(), inventory.targets()]),
  );
  const own = {
    sessions: sessions.filter((session) => isOurs(owner, accountId, session)),
    filters: filters.filter((filter) => isOwnedBy(owner, filter.tags)),
    targets: targets.filter((target) => isOurs(owner, accountId, target)),
  };
  const others = {
    sessions: sessions.length - own.sessions.length,
    filters: filters.length - own.filters.length,
    targets: targets.length - own.targets.length,
  };
  return { ...own, others };
}

function all({ sessions, filters, targets }: Holdings): readonly { readonly id: string }[] {
  return [...sessions, ...filters, ...targets];
}

function deletions({ sessions, filters, targets }: Holdings): readonly Change[] {
  const reason = { code: 'teardown', detail: 'everything of this owner is removed' } as const;
  return [
    ...sessions.map((session) => ({
      kind: 'session.delete' as const,
      session,
      eniId: session.eniId,
      instanceId: undefined,
      slot: undefined,
      rule: undefined,
      reason,
    })),
    ...filters.map((filter) => ({ kind: 'filter.delete' as const, filter, reason })),
    ...targets.map((target) => ({ kind: 'target.delete' as const, target, reason })),
  ];
}

function note({ action, outcome, reason, errorCode }: Result, failures: Map<string, string>): void {
  if (outcome === 'done') return;
  const id = deletedBy(action);
  if (id !== undefined) failures.set(id, `${errorCode ?? reason.code}: ${reason.detail}`);
}

function deletedBy(action: Result['action']): string | undefined {
  if (action.kind === 'session.delete') return action.session.id;
  if (action.kind === 'filter.delete') return action.filter.id;
  return action.kind === 'target.delete' ? action.target.id : undefined;
}

/** Disables the rules that feed the stack's queue; the audit trail's own rule stays on. None where no such stack is. */
async function disableRules(account: Account, stack: string): Promise<readonly string[]> {
  const names = await stackRules(account, stack);
  for (const Name of names) await account.eventBridge.send(new DisableRuleCommand({ Name }));
  return names;
}
