import { describe, expect, it } from 'vitest';
import { patternLimit, tagRule } from '../../src/packaging/tag-rule.ts';

describe('the rule for tag changes', () => {
  it('matches watched keys by prefix and by name, whatever their case', () => {
    const { pattern, filtered } = tagRule({ prefixes: ['mirror'], keys: ['env', 'pci'], ofNetworks: false });
    expect(filtered).toBe(true);
    expect(pattern).toEqual({
      source: ['aws.tag'],
      account: [{ Ref: 'AWS::AccountId' }],
      region: [{ Ref: 'AWS::Region' }],
      'detail-type': ['Tag Change on Resource'],
      detail: {
        service: ['ec2'],
        'resource-type': ['instance', 'network-interface'],
        'changed-tag-keys': [
          { prefix: { 'equals-ignore-case': 'mirror' } },
          { 'equals-ignore-case': 'env' },
          { 'equals-ignore-case': 'pci' },
        ],
      },
    });
  });

  it.each([[['env']], [Array.from({ length: 100 }, (_, index) => `team-tag-number-${index}`)]])(
    'matches tag changes of VPCs and subnets where the policy asks for them, with %#',
    (keys) => {
      const { pattern } = tagRule({ prefixes: ['mirror'], keys, ofNetworks: true });
      expect(pattern.detail['resource-type']).toEqual(['instance', 'network-interface', 'vpc', 'subnet']);
    },
  );

  it('matches every tag change when the keys do not fit into a pattern', () => {
    const keys = Array.from({ length: 100 }, (_, index) => `team-tag-number-${index}`);
    const { pattern, filtered } = tagRule({ prefixes: ['mirror'], keys, ofNetworks: false });
    expect(filtered).toBe(false);
    expect(pattern.detail).not.toHaveProperty('changed-tag-keys');
    expect(pattern.detail['resource-type']).toEqual(['instance', 'network-interface']);
  });

  it('uses the whole of EventBridge’s limit', () => {
    const sizeWith = (length: number): number =>
      JSON.stringify(tagRule({ prefixes: [], keys: ['k'.repeat(length)], ofNetworks: true }).pattern).length;
    const base = sizeWith(1) - 1;
    expect(tagRule({ prefixes: [], keys: ['k'.repeat(patternLimit - base)], ofNetworks: true }).filtered).toBe(true);
    expect(tagRule({ prefixes: [], keys: ['k'.repeat(patternLimit - base + 1)], ofNetworks: true }).filtered).toBe(false);
  });
});
