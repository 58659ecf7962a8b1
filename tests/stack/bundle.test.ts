import {
  DescribeInstancesCommand,
  DescribeInstancesResult$,
  DescribeNetworkInterfacesResult$,
  EC2Client,
} from '@aws-sdk/client-ec2';
import { beforeAll, describe, expect, it } from 'vitest';
import { createInventory } from '../../src/aws/ec2-inventory.ts';
import { listNetworkTags } from '../../src/aws/network-tags.ts';
import { type Bundle, bundleHandler } from '../../src/packaging/bundle.ts';
import { decodedMembers, sentMembers } from '../../src/packaging/decoded-members.ts';
import {
  memberNames,
  onlyMembers,
  pureSchemas,
  withoutDerivedNames,
  withoutErrorClasses,
} from '../../src/packaging/sdk-schemas.ts';
import { standIns } from '../../src/packaging/sdk-trim.ts';
import { namedByDeadCode, unusedMembers, withoutMembers } from '../../src/packaging/unused-members.ts';
import { formatIssues } from '../../src/policy/source/format-issues.ts';
import { parsePolicy } from '../../src/policy/source/parse.ts';
import { type MembersRead, recordedAnswer } from './answer-shapes.ts';
import { root } from './run-script.ts';

/** Raise it only with a reason: the bundle is read and compiled at every cold start. */
const budgetBytes = 200_000;

/** Uses every feature of policies, so that nothing is left out of its bundle. */
const everyFeature = `
version: 1
targets:
  default: { zone: prefer }
  forensics:
    zone: ignore
    members: [{ networkInterfaceId: eni-0a1b2c3d4e5f60710 }, { id: tmt-0a1b2c3d4e5f60713 }]
filters:
  all-traffic: {}
  ours: { id: tmf-0123456789abcdef0 }
  web: { networkServices: [amazon-dns], ingress: [{ accept: tcp, destinationPorts: 443 }], egress: [{ accept: tcp, sourcePorts: 443 }] }
never: [{ tag: { pci: "true" } }]
rules:
  - name: opt-in
    match:
      any:
        - { tag: { mirror: "true" } }
        - { vpcTag: { env: prod }, not: { subnetTag: { public: "*" } } }
        - { securityGroup: ["web-*"], platform: linux, hasPublicIp: true, iamInstanceProfile: web, launchedAfter: 2026-11-20 }
    sessions:
      - { target: default, filter: web, packetLength: 96, sessionNumber: 100, vni: { base: 100000, count: 10000 } }
      - { target: forensics, filter: ours }
    tagOverrides: [target, filter, until, interfaces, packetLength]
onShadow: refuse
whenStopped: keep
onFinding: { minSeverity: 7, for: 12h, target: forensics }
limits: { maxSessions: 5000, apiShare: 50% }
`;

let bundle: Bundle;
let inputs: string[];

beforeAll(async () => {
  bundle = await bundleHandler({ root, entry: 'handlers/reconcile.ts', policy: { marker: 'compiled-policy' } });
  inputs = Object.values(bundle.metafile.outputs).flatMap((output) => Object.keys(output.inputs));
}, 30_000);

/** The inventory over a client that answers as told. */
function inventoryOver(
  answer: (command: { readonly constructor: { readonly name: string }; readonly input: object }) => unknown,
) {
  const client = Object.assign(new EC2Client({ region: 'eu-west-1' }), {
    send: (command: { readonly input: object }) => Promise.resolve(answer(command)),
  });
  const clock = { now: () => 0, sleep: () => Promise.resolve() };
  return createInventory(client, clock, { at: 1_000 }, listNetworkTags);
}

describe('the handler’s bundle', () => {
  it.each([
    ['the default policy', ''],
    ['a policy that uses everything', everyFeature],
  ])(`is at most ${budgetBytes / 1000} KB for %s`, async (_name, text) => {
    const parsed = parsePolicy(text, 'policy.yml');
    if ('issues' in parsed) throw new Error(formatIssues(parsed.issues));
    const { code } = await bundleHandler({ root, entry: 'handlers/reconcile.ts', policy: parsed.policy });
    expect(code.length).toBeLessThanOrEqual(budgetBytes);
    expect(code.length).toBeGreaterThan(100_000);
    // What serves a part of the policy is there only with that part.
    const usesAll = text === everyFeature;
    expect([parsed.policy.onFinding !== undefined, parsed.policy.asksForNetworkTags === true]).toEqual([usesAll, usesAll]);
    expect(Buffer.from(code).includes('aws.guardduty')).toBe(usesAll);
  });

  it('carries the policy as data, and neither YAML nor schema library', () => {
    expect(Buffer.from(bundle.code).includes('compiled-policy')).toBe(true);
    expect(inputs.filter((file) => /node_modules\/(yaml|zod|commander)\//.test(file))).toEqual([]);
    expect(inputs.filter((file) => /src\/(cli|emulator|demo|packaging|policy\/source)\//.test(file))).toEqual([]);
  });

  it('says nothing of the machine that it was built on', () => {
    expect(Buffer.from(bundle.code).includes(root)).toBe(false);
  });

  it('decodes what the inventory reads of instances and interfaces, and of the same structures no more', async () => {
    const read: MembersRead = new Map();
    const inventory = inventoryOver((command) =>
      recordedAnswer(
        command instanceof DescribeInstancesCommand ? DescribeInstancesResult$ : DescribeNetworkInterfacesResult$,
        read,
      ),
    );
    await inventory.instances('all');
    await inventory.networkInterfaces('all');

    for (const [structure, kept] of Object.entries(decodedMembers)) {
      expect({ structure, read: [...(read.get(structure) ?? [])].sort() }).toEqual({ structure, read: [...kept].sort() });
    }
    expect([...read.keys()].filter((structure) => decodedMembers[structure] === undefined).sort()).toEqual([
      'DescribeInstancesResult',
      'DescribeNetworkInterfacesResult',
      'GroupIdentifier',
      'Tag',
    ]);
  });

  it('sends what the inventory asks in requests for lists, and no more', async () => {
    const asked = new Map<string, Set<string>>();
    const inventory = inventoryOver(({ constructor: command, input }) => {
      const request = command.name.replace(/Command$/, 'Request');
      asked.set(request, new Set([...(asked.get(request) ?? []), ...Object.keys(input)]));
      return {};
    });
    await inventory.instances(['i-00000000']);
    await inventory.networkInterfaces(['eni-00000000']);
    await inventory.sessions();
    await inventory.targets();
    await inventory.filters();
    await inventory.networkTags();
    const sent = (members: readonly string[]) => [...members].sort();
    expect([...asked.keys()].sort()).toEqual(Object.keys(sentMembers).sort());
    for (const [request, members] of asked) {
      const more = sentMembers[request]?.filter((member) => !members.has(member)) ?? [];
      // Sessions are filtered where a call is settled; targets and filters never are.
      expect({ request, members: sent([...members]), more: more.filter((member) => member !== 'Filters') }).toEqual({
        request,
        members: sent(sentMembers[request]?.filter((member) => !more.includes(member)) ?? []),
        more: [],
      });
    }
  });

  it('reads tags of networks only for a policy that asks for them', async () => {
    const reads = ({ metafile }: Bundle) =>
      // A comment with the module's name stays of one that is left out.
      Object.values(metafile.outputs).some(({ inputs: parts }) => (parts['src/aws/network-tags.ts']?.bytesInOutput ?? 0) > 100);
    expect(reads(bundle)).toBe(false);
    const policy = { marker: 'compiled-policy', asksForNetworkTags: true };
    expect(reads(await bundleHandler({ root, entry: 'handlers/reconcile.ts', policy }))).toBe(true);
  }, 60_000);

  it('names no member that was left out of the SDK', () => {
    const code = Buffer.from(bundle.code).toString('utf8');
    const named = (member: string): boolean => new RegExp(`\\b${member}\\b`).test(code);
    const members = Object.values(unusedMembers).flat();
    // `set.clear()`, `queue.remove()` and the like are calls of something else.
    const common = ['clear', 'clone', 'isInstance', 'register', 'remove', 'Symbol.hasInstance'];
    const telling = members.filter((member) => !common.includes(member));
    expect(telling.filter(named).sort()).toEqual([...namedByDeadCode].sort());
    expect(named('configFileSelector')).toBe(false);
  });

  it('fails to build when the SDK no longer has what a stand-in replaces', async () => {
    const withoutEventBridge = bundleHandler({ root, entry: 'src/model/ids.ts', policy: {} });
    await expect(withoutEventBridge).rejects.toThrow(`the SDK no longer loads ${Object.keys(standIns)[0]}`);
  });
});

describe('leaving members out', () => {
  const source = [
    'class A {',
    '  static kept = { drop: 1, kept: 2 };',
    '  async drop(x) { return this.kept({ x }); }',
    '  kept({ drop }) { return drop; }',
    '}',
    'const make = () => ({ kept() {}, drop: (a) => [a, 1] });',
    'class B { static [Symbol.hasInstance](x) { return true; } }',
  ].join('\n');

  it('takes them out of classes and objects, not out of patterns', () => {
    expect(withoutMembers(source, ['drop', 'Symbol.hasInstance']).replace(/\s+/g, ' ')).toBe(
      'class A { static kept = { kept: 2 }; kept({ drop }) { return drop; } } const make = () => ({ kept() {}, }); class B { }',
    );
  });

  it('refuses what is not there', () => {
    expect(() => withoutMembers(source, ['drop', 'gone'])).toThrow('the SDK has no member gone any more');
  });
});

describe('the rewritten schemas', () => {
  const source = [
    'const _n = "n";',
    'const _eQN = "ec2QueryName";',
    'const _xN = "xmlName";',
    'const _a = "First";',
    'const _b = "Second";',
    'const _f = "first";',
    'export var Thing$ = [3, n0, _n,',
    '    0,',
    '    [_a, _b],',
    '    [[0, { [_eQN]: `First`,',
    '                [_xN]: _f }], [() => Other$, { [_eQN]: `Wanted`, [_xN]: `second, [of two]` }]]',
    '];',
    'export var Strict$ = [3, n0, _n,',
    '    0,',
    '    [_a, _b],',
    '    [0, 0], 1',
    '];',
    'n0_registry.registerError(First$, First);',
    'n0_registry.registerError(Second$, Second);',
  ].join('\n');

  it('have literal keys, and query names only where they differ from what the SDK derives', () => {
    const pure = pureSchemas(source);
    expect(pure).toContain('[0, { "xmlName": _f }]');
    expect(pure).toContain('{ "ec2QueryName": `Wanted`, "xmlName": `second, [of two]` }');
  });

  it('say no name of an element that follows from its member’s', () => {
    const pure = [
      'const _a = "First";',
      'const _f = "first";',
      'const _it = "item";',
      'export var Thing$ = [3, n0, _n,',
      '    0,',
      '    [_a, `Second`, _a, _a, _a],',
      '    [[0, { "xmlName": _f }], [() => Other$, { "xmlName": `second` }], [() => Other$, { "xmlName": `firstSet` }], [0, { "xmlName": _f, "a": 1 }], 0], 1',
      '];',
      'var Things = [1, n0, _n,',
      '    0, [() => Thing$,',
      '        { "xmlName": _it }]',
      '];',
      'var Ids = [1, n0, _n,',
      '    0, [0,',
      '        { "xmlName": `Id` }]',
      '];',
    ].join('\n');
    const [, thing = '', things = '', ids = ''] = withoutDerivedNames(pure).split(/^(?:export )?var /m);
    expect(thing.replace(/\s+/g, ' ')).toBe(
      'Thing$ = [3, n0, "", 0, [_a, `Second`, _a, _a, _a], [0, () => Other$, [() => Other$, { "xmlName": `firstSet` }], [0, { "xmlName": _f, "a": 1 }], 0], 1 ]; ',
    );
    expect(things.replace(/\s+/g, ' ')).toBe('Things = [1, n0, "", 0, () => Thing$ ]; ');
    expect(ids).toContain('{ "xmlName": `Id` }');
  });

  it('keep the wanted members of a structure in order', () => {
    expect(memberNames(source, 'Thing')).toEqual(['First', 'Second']);
    expect(onlyMembers(source, 'Thing', ['Second'])).toContain(
      'export var Thing$ = [3, n0, _n, 0, [_b], [[() => Other$, { [_eQN]: `Wanted`, [_xN]: `second, [of two]` }]]];',
    );
  });

  it('refuse what the SDK does not have', () => {
    expect(() => onlyMembers(source, 'Thing', ['Third'])).toThrow("the SDK's Thing has no member Third");
    expect(() => onlyMembers(source, 'Nothing', [])).toThrow('the SDK has no structure Nothing');
    expect(() => onlyMembers(source, 'Strict', ['First'])).toThrow('has required members');
    expect(() => withoutErrorClasses(source, ['Third'])).toThrow('the SDK registers no error Third');
  });

  it('register only the wanted errors', () => {
    const kept = withoutErrorClasses(source, ['Second']);
    expect(kept).toContain('registerError(Second$');
    expect(kept).not.toContain('registerError(First$');
  });
});
