import { hoursPerMonth } from '../model/price.ts';
import { accountQuotas } from '../model/quotas.ts';
import type { ActualSession } from '../model/session.ts';
import type { Action, Plan } from '../plan/action.ts';
import type { World } from '../plan/world.ts';
import type { DryRun } from './dry-run.ts';

/** How much of a limit is used; `after` where a plan changes it. */
export interface Use {
  readonly name: string;
  readonly used: number;
  readonly after?: number;
  readonly limit: number;
}

/** What sessions cost a month, as long as they are: USD, to the cent. */
export function monthlyCost(sessions: number, pricePerHour: number): number {
  return Math.round(sessions * pricePerHour * hoursPerMonth * 100) / 100;
}

/** What a plan changes about costs and limits, as `plan --json` has it. */
export interface Consequences {
  readonly cost: {
    readonly currency: 'USD';
    readonly pricePerSessionHour: number;
    readonly perMonth: { readonly now: number; readonly after: number };
  };
  readonly quotas: readonly Use[];
}

export function consequences({ plan, reading, policy }: DryRun, pricePerSessionHour: number): Consequences {
  const perMonth = {
    now: monthlyCost(plan.ownSessions, pricePerSessionHour),
    after: monthlyCost(sessionsAfter(plan), pricePerSessionHour),
  };
  return {
    cost: { currency: 'USD', pricePerSessionHour, perMonth },
    quotas: limitsInUse(reading.world, plan, policy.limits.maxSessions),
  };
}

/** How many sessions of ours there are once a plan is carried out. */
function sessionsAfter({ actions, ownSessions }: Plan): number {
  const count = (kind: 'session.create' | 'session.delete') => actions.filter((action) => action.kind === kind).length;
  return ownSessions + count('session.create') - count('session.delete');
}

/** The account's quotas, everybody's things counted, and the policy's own limit; what other accounts share with this one does not count. */
export function limitsInUse({ accountId, sessions, targets, filters }: World, plan: Plan, maxSessions: number): readonly Use[] {
  const isOwn = ({ accountId: owner }: Pick<ActualSession, 'accountId'>) => owner === undefined || owner === accountId;
  const used = sessions.filter(isOwn).length;
  const ownTargets = targets.filter(isOwn).length;
  const more = sessionsAfter(plan) - plan.ownSessions;
  const change = (kind: Action['kind']) => plan.actions.filter((action) => action.kind === kind).length;
  return [
    { name: 'sessions', used, after: used + more, limit: accountQuotas.sessions },
    {
      name: 'targets',
      used: ownTargets,
      after: ownTargets + change('target.create') - change('target.delete'),
      limit: accountQuotas.targets,
    },
    {
      name: 'filters',
      used: filters.length,
      after: filters.length + change('filter.create') - change('filter.delete'),
      limit: accountQuotas.filters,
    },
    { name: 'limits.maxSessions', used: plan.ownSessions, after: sessionsAfter(plan), limit: maxSessions },
  ];
}
