/** Derives from the policy which tag changes wake the service. */

/** Lower-case prefixes and names of the tag keys that can change a decision. */
interface TagKeys {
  readonly prefixes: readonly string[];
  readonly keys: readonly string[];
  /** Whether tags of VPCs and subnets count. */
  readonly ofNetworks: boolean;
}

type KeyMatcher = { readonly prefix: { readonly 'equals-ignore-case': string } } | { readonly 'equals-ignore-case': string };

type ResourceType = 'instance' | 'network-interface' | 'vpc' | 'subnet';

/** EventBridge's event pattern of the rule for tag changes. */
export interface TagRule {
  readonly source: readonly ['aws.tag'];
  /** CloudFormation fills in where the stack is. */
  readonly account: readonly [{ readonly Ref: 'AWS::AccountId' }];
  readonly region: readonly [{ readonly Ref: 'AWS::Region' }];
  readonly 'detail-type': readonly ['Tag Change on Resource'];
  readonly detail: {
    readonly service: readonly ['ec2'];
    readonly 'resource-type': readonly ResourceType[];
    readonly 'changed-tag-keys'?: readonly KeyMatcher[];
  };
}

/**
 * EventBridge's limit of a pattern, in characters.
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
 */
export const patternLimit = 2048;

/**
 * The pattern that matches a tag change when one of the changed keys is watched, in any spelling of case. When a policy looks at so many
 * keys that the pattern would pass EventBridge's limit, it matches every tag change and `filtered` is false: more events, no fewer decisions.
 */
export function tagRule({ prefixes, keys, ofNetworks }: TagKeys): { readonly pattern: TagRule; readonly filtered: boolean } {
  // A tag of an interface matters too: a sensor's interface becomes a target, a source's ENI changes hands. Tags of networks change so seldom
  // that keys which only instances are asked for do no harm there.
  const types: readonly ResourceType[] = ['instance', 'network-interface', ...(ofNetworks ? (['vpc', 'subnet'] as const) : [])];
  const pattern = patternOf(types, [
    ...prefixes.map((prefix) => ({ prefix: { 'equals-ignore-case': prefix } })),
    ...keys.map((key) => ({ 'equals-ignore-case': key })),
  ]);
  return JSON.stringify(pattern).length <= patternLimit
    ? { pattern, filtered: true }
    : { pattern: patternOf(types, undefined), filtered: false };
}

function patternOf(types: readonly ResourceType[], changedKeys: readonly KeyMatcher[] | undefined): TagRule {
  return {
    source: ['aws.tag'],
    // A bus may be sent the events of other accounts and Regions, whose instances are not ours to look for.
    account: [{ Ref: 'AWS::AccountId' }],
    region: [{ Ref: 'AWS::Region' }],
    'detail-type': ['Tag Change on Resource'],
    detail: {
      service: ['ec2'],
      'resource-type': types,
      ...(changedKeys === undefined ? {} : { 'changed-tag-keys': changedKeys }),
    },
  };
}
