/** Asks a resource policy (of a queue, a log group, a function) or a role's trust policy whether a service may act. */
import { conditionContext, evaluate } from './evaluate.ts';
import { parsePolicy } from './policy-document.ts';

export interface ServiceRequestQuestion {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** `sqs:SendMessage` */
  readonly action: string;
  /** The resource's ARN; a trust policy has none: `*`. */
  readonly resource: string;
  /** Condition keys, e.g. `aws:SourceArn`. */
  readonly context?: Readonly<Record<string, string>>;
}

/** Whether the documents together allow it: some statement allows, none denies. Throws MalformedPolicyError for a broken document. */
export function serviceIsAllowed(documents: readonly unknown[], question: ServiceRequestQuestion): boolean {
  const verdict = evaluate(documents.map(parsePolicy), {
    action: question.action,
    resource: question.resource,
    context: conditionContext(question.context ?? {}),
    principal: { service: question.service },
  });
  return verdict.decision === 'allow';
}
