/** What PutRule and PutTargets refuse about a rule as a whole. */
import { AwsError } from '../core.ts';
import type { Rule, RuleTarget } from './event-bus.ts';
import { checkInput, readPath } from './payload.ts';

const MAX_TARGETS = 5;

/** Throws `ValidationException` or `LimitExceededException`. */
export function checkRule(rule: Rule, isFifoQueue: (arn: string) => boolean): void {
  if (!/^[\w.-]{1,64}$/.test(rule.name)) {
    throw invalid(`Value '${rule.name}' at 'name' must match [.\\-_A-Za-z0-9]+ and have 1 to 64 characters.`);
  }
  if (rule.eventPattern === undefined && rule.scheduleExpression === undefined) {
    throw invalid('Parameter(s) EventPattern or ScheduleExpression must be specified.');
  }
  if (rule.targets.length > MAX_TARGETS) {
    throw new AwsError('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
  }
  if (new Set(rule.targets.map(({ id }) => id)).size < rule.targets.length)
    throw invalid('Two targets of the rule have the same Id.');
  for (const target of rule.targets) checkTarget(target, isFifoQueue);
}

function checkTarget(target: RuleTarget, isFifoQueue: (arn: string) => boolean): void {
  if (!/^arn:[^:]+:[^:]+:[^:]*:[^:]*:.+$/.test(target.arn))
    throw invalid(`Parameter ${target.arn} is not valid. Reason: Provided Arn is not in correct format.`);
  checkInput(target);
  const group = target.messageGroupId;
  if (group === undefined && isFifoQueue(target.arn)) {
    throw invalid(`Parameter(s) MessageGroupId must be specified for target: ${target.id}.`);
  }
  if (group !== undefined && (group === '' || group.length > 100))
    throw invalid(`MessageGroupId of target ${target.id} must have 1 to 100 characters.`);
  if (group?.startsWith('$') === true) readPath({}, group);
  const { maximumRetryAttempts: attempts = 185, maximumEventAgeSeconds: age = 86_400 } = target.retryPolicy ?? {};
  if (!Number.isInteger(attempts) || attempts < 0 || attempts > 185)
    throw invalid(`MaximumRetryAttempts of target ${target.id} must be from 0 to 185.`);
  if (!Number.isInteger(age) || age < 60 || age > 86_400)
    throw invalid(`MaximumEventAgeInSeconds of target ${target.id} must be from 60 to 86400.`);
  if (target.deadLetterArn !== undefined && isFifoQueue(target.deadLetterArn)) {
    throw invalid(`The dead-letter queue of target ${target.id} must be a standard queue.`);
  }
}

function invalid(message: string): AwsError {
  return new AwsError('ValidationException', message);
}
