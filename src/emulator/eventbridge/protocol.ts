/** EventBridge on the wire: the AWS JSON 1.1 protocol, `X-Amz-Target: AWSEvents.Operation`. */
import { z } from 'zod';
import { AwsError, type Host, type Service, type ServiceRequest } from '../core.ts';
import { createJsonService, type JsonOperation, operation } from '../json-protocol.ts';
import type { EventBusRegistry, Rule, RuleState, RuleTarget } from './event-bus.ts';
import { parsePattern } from './pattern.ts';
import { createPutEvents } from './put-events.ts';
import { fromWire, targetShape, toWire } from './target-wire.ts';

const byName = z.object({ Name: z.string(), EventBusName: z.string().optional() });
const byRule = z.object({ Rule: z.string(), EventBusName: z.string().optional() });
const paged = z.object({
  Limit: z.number().int().min(1).max(100).optional(),
  NextToken: z.string().optional(),
  EventBusName: z.string().optional(),
});
const putRuleShape = byName.extend({
  EventPattern: z.string().optional(),
  ScheduleExpression: z.string().optional(),
  State: z.enum(['ENABLED', 'DISABLED', 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS']).optional(),
  Description: z.string().optional(),
});

export function createEventsProtocol(host: Host, bus: EventBusRegistry): Service {
  const arnOf = (name: string): string => `arn:${host.partition}:events:${host.region}:${host.accountId}:rule/${name}`;

  /** `name` is undefined for actions that IAM knows no resource of. */
  function authorize(request: ServiceRequest, action: string, name: string | undefined, busName: string | undefined): void {
    const resources = name === undefined ? [] : [{ type: 'rule-on-default-event-bus', arn: arnOf(name) }];
    const denial = host.authorizer.deny(request.caller, { action: `events:${action}`, resources });
    if (denial !== undefined) throw new AwsError('AccessDeniedException', denial);
    if (busName !== undefined && busName !== 'default' && !busName.endsWith(':event-bus/default')) {
      throw new AwsError('ResourceNotFoundException', `Event bus ${busName} does not exist.`);
    }
  }

  function existing(name: string): Rule {
    const rule = bus.rules().find((one) => one.name === name);
    if (rule === undefined) throw new AwsError('ResourceNotFoundException', `Rule ${name} does not exist on EventBus default.`);
    return rule;
  }

  const setState = (action: 'EnableRule' | 'DisableRule', state: RuleState): JsonOperation =>
    operation(byName, (input, request) => {
      authorize(request, action, input.Name, input.EventBusName);
      bus.putRule({ ...existing(input.Name), state });
    });

  const operations: Readonly<Record<string, JsonOperation>> = {
    PutEvents: createPutEvents(host, (event) => bus.put(event)),
    TestEventPattern: operation(z.object({ EventPattern: z.string(), Event: z.string() }), (input, request) => {
      authorize(request, 'TestEventPattern', undefined, undefined);
      return { Result: parsePattern(input.EventPattern).matches(parseEvent(input.Event)) };
    }),
    PutRule: operation(putRuleShape, (input, request) => {
      authorize(request, 'PutRule', input.Name, input.EventBusName);
      const before = bus.rules().find(({ name }) => name === input.Name);
      bus.putRule({
        name: input.Name,
        arn: arnOf(input.Name),
        state: input.State ?? 'ENABLED',
        ...(input.EventPattern === undefined ? {} : { eventPattern: parsePattern(input.EventPattern).pattern }),
        ...(input.ScheduleExpression === undefined ? {} : { scheduleExpression: input.ScheduleExpression }),
        ...(input.Description === undefined ? {} : { description: input.Description }),
        targets: before?.targets ?? [],
      });
      return { RuleArn: arnOf(input.Name) };
    }),
    DescribeRule: operation(byName, (input, request) => {
      authorize(request, 'DescribeRule', input.Name, input.EventBusName);
      return { ...show(existing(input.Name)), CreatedBy: host.accountId };
    }),
    ListRules: operation(paged.extend({ NamePrefix: z.string().optional() }), (input, request) => {
      authorize(request, 'ListRules', undefined, input.EventBusName);
      const rules = bus
        .rules()
        .filter(({ name }) => name.startsWith(input.NamePrefix ?? ''))
        .sort((left, right) => (left.name < right.name ? -1 : 1));
      const { page, next } = slice(rules, input);
      return { Rules: page.map(show), ...next };
    }),
    DeleteRule: operation(byName, (input, request) => {
      authorize(request, 'DeleteRule', input.Name, input.EventBusName);
      const rule = bus.rules().find(({ name }) => name === input.Name);
      if (rule !== undefined && rule.targets.length > 0) {
        throw new AwsError('ValidationException', "Rule can't be deleted since it has targets.");
      }
      bus.removeRule(input.Name);
    }),
    EnableRule: setState('EnableRule', 'ENABLED'),
    DisableRule: setState('DisableRule', 'DISABLED'),
    PutTargets: operation(byRule.extend({ Targets: z.array(targetShape).min(1).max(100) }), (input, request) => {
      authorize(request, 'PutTargets', input.Rule, input.EventBusName);
      const rule = existing(input.Rule);
      const given = input.Targets.map(fromWire);
      const kept = rule.targets.filter(({ id }) => !given.some((target) => target.id === id));
      bus.putRule({ ...rule, targets: [...kept, ...given] });
      return { FailedEntryCount: 0, FailedEntries: [] };
    }),
    RemoveTargets: operation(byRule.extend({ Ids: z.array(z.string()).min(1).max(100) }), (input, request) => {
      authorize(request, 'RemoveTargets', input.Rule, input.EventBusName);
      const rule = existing(input.Rule);
      bus.putRule({ ...rule, targets: rule.targets.filter(({ id }) => !input.Ids.includes(id)) });
      const missing = input.Ids.filter((id) => !rule.targets.some((target) => target.id === id));
      return {
        FailedEntryCount: missing.length,
        FailedEntries: missing.map((id) => ({
          TargetId: id,
          ErrorCode: 'ResourceNotFoundException',
          ErrorMessage: `Rule ${rule.name} does not have a target with the Id ${id}.`,
        })),
      };
    }),
    ListRuleNamesByTarget: operation(paged.extend({ TargetArn: z.string().min(1).max(1600) }), (input, request) => {
      authorize(request, 'ListRuleNamesByTarget', undefined, input.EventBusName);
      const names = bus
        .rules()
        .filter(({ targets }) => targets.some(({ arn }) => arn === input.TargetArn))
        .map(({ name }) => name)
        .sort();
      const { page, next } = slice(names, input);
      return { RuleNames: page, ...next };
    }),
    ListTargetsByRule: operation(paged.extend({ Rule: z.string() }), (input, request) => {
      authorize(request, 'ListTargetsByRule', input.Rule, input.EventBusName);
      const { page, next } = slice<RuleTarget>(existing(input.Rule).targets, input);
      return { Targets: page.map(toWire), ...next };
    }),
  };

  return createJsonService({
    targetPrefix: 'AWSEvents',
    version: '1.1',
    operations,
    invalid: ({ path, isMissing, reason }) =>
      new AwsError(
        'ValidationException',
        isMissing
          ? `1 validation error detected: Value null at '${path}' failed to satisfy constraint: Member must not be null`
          : `1 validation error detected: Value at '${path}' failed to satisfy constraint: ${reason}`,
      ),
  });
}

function show(rule: Rule): Readonly<Record<string, string>> {
  return {
    Name: rule.name,
    Arn: rule.arn,
    State: rule.state,
    EventBusName: 'default',
    ...(rule.eventPattern === undefined ? {} : { EventPattern: JSON.stringify(rule.eventPattern) }),
    ...(rule.scheduleExpression === undefined ? {} : { ScheduleExpression: rule.scheduleExpression }),
    ...(rule.description === undefined ? {} : { Description: rule.description }),
  };
}

const MANDATORY = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

function parseEvent(text: string): unknown {
  try {
    const event: unknown = JSON.parse(text);
    if (typeof event === 'object' && event !== null && MANDATORY.every((key) => Object.hasOwn(event, key))) return event;
  } catch {
    // Answered below: the same error as for an event without its mandatory fields.
  }
  throw new AwsError(
    'ValidationException',
    `Parameter Event is not valid. Reason: it must be a JSON object with ${MANDATORY.join(', ')}.`,
  );
}

function slice<T>(
  items: readonly T[],
  { Limit: limit = 100, NextToken: token }: { readonly Limit?: number | undefined; readonly NextToken?: string | undefined },
): { readonly page: readonly T[]; readonly next: { readonly NextToken?: string } } {
  if (token !== undefined && !/^\d+$/.test(token)) throw new AwsError('ValidationException', 'Parameter NextToken is not valid.');
  const from = Number(token ?? 0);
  return { page: items.slice(from, from + limit), next: from + limit < items.length ? { NextToken: String(from + limit) } : {} };
}
