import { ListRuleNamesByTargetCommand } from '@aws-sdk/client-eventbridge';
import type { Account } from './account.ts';

/** The rules that wake a stack's function, in order of name; none where no such stack is. The audit trail's own rule is not among them. */
export async function stackRules(
  { eventBridge, accountId, partition, region }: Account,
  stack: string,
): Promise<readonly string[]> {
  const TargetArn = `arn:${partition}:sqs:${region}:${accountId}:${stack}-reconcile.fifo`;
  const names: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await eventBridge.send(new ListRuleNamesByTargetCommand({ TargetArn, NextToken }));
    names.push(...(page.RuleNames ?? []));
    NextToken = page.NextToken;
  } while (NextToken !== undefined);
  return names.sort();
}
