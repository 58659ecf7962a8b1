import { createHash } from 'node:crypto';
import type { FilterContent, FilterRule } from './filter.ts';

/**
 * Content address of a filter: 16 hex digits that are equal exactly when two filters mirror by the same rules and services.
 *
 * Order of services, and of rules in the list, does not count (a rule's number does); descriptions do not count.
 */
export function filterHash(content: FilterContent): string {
  const rules = content.rules.map(ruleKey).sort();
  const canonical = JSON.stringify({ networkServices: [...new Set(content.networkServices)].sort(), rules });
  return createHash('sha256').update(canonical).digest('hex').slice(0, 16);
}

function ruleKey(rule: FilterRule): string {
  const ports = (range: FilterRule['sourcePorts']) => (range === undefined ? '*' : `${range.from}-${range.to}`);
  return [
    rule.direction,
    String(rule.number).padStart(5, '0'),
    rule.action,
    rule.protocol ?? '*',
    rule.sourceCidr,
    ports(rule.sourcePorts),
    rule.destinationCidr,
    ports(rule.destinationPorts),
  ].join(' ');
}
