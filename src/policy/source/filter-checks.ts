import type * as z from 'zod';
import { rulesPerFilter, type TrafficDirection } from '../../model/filter.ts';
import { describeRule } from '../describe-filter.ts';
import { expandDirection, expandRule } from './filter-rules.ts';
import type { FilterRuleSource, FilterSource } from './filter-source.ts';
import { hasPorts } from './protocols.ts';

type Context<Value> = z.core.$RefinementCtx<Value>;

/** What a filter rule must keep to beyond its shape. */
export function checkFilterRule(rule: FilterRuleSource, context: Context<FilterRuleSource>): void {
  const report = (path: readonly (string | number)[], message: string) =>
    context.addIssue({ code: 'custom', path: [...path], message });
  if (rule.accept === undefined && rule.reject === undefined) {
    report([], 'needs accept or reject with a protocol, e.g. accept: tcp');
    return;
  }
  if (rule.accept !== undefined && rule.reject !== undefined) {
    report([], 'has both accept and reject; write two rules');
    return;
  }
  const protocol = rule.accept ?? rule.reject ?? 'all';
  for (const side of ['sourcePorts', 'destinationPorts'] as const) {
    if (rule[side] !== undefined && !hasPorts(protocol)) report([side], `ports need tcp or udp; this rule has ${protocol}`);
  }
  for (const { path, problem } of expandRule(rule).problems) report(path, problem);
}

const directions: readonly TrafficDirection[] = ['ingress', 'egress'];

/** A filter that exists is used as it is, so the file says nothing of its content. */
export function checkFilterForm(filter: FilterSource, context: Context<FilterSource>): void {
  const [first, ...more] = Object.keys(filter);
  const existing = filter.id === undefined ? 'tagged' : 'id';
  if (filter[existing] === undefined || more.length === 0) return;
  const others = [first, ...more].filter((key) => key !== existing).join(', ');
  context.addIssue({
    code: 'custom',
    message: `${existing} names a filter that exists and is used as it is; leave out ${others}`,
  });
}

/** What a filter as a whole must keep to: EC2's number of rules, and mirroring anything at all. */
export function checkFilterSize(filter: FilterSource, context: Context<FilterSource>): void {
  const rules = directions.flatMap((direction) => expandDirection(direction, filter));
  if (rules.length <= rulesPerFilter) return;
  const shown = rules.map((rule) => `  ${describeRule(rule)}`).join('\n');
  const message = `needs ${rules.length} rules and EC2 allows ${rulesPerFilter} in a filter; lists multiply, and a rule without addresses counts for IPv4 and IPv6:\n${shown}`;
  context.addIssue({ code: 'custom', message });
}
