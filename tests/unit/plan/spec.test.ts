import { describe, expect, it } from 'vitest';
import type { ActualSession, DesiredSession } from '../../../src/model/session.ts';
import type { SessionSpec } from '../../../src/plan/action.ts';
import { filterTags, filterText, sessionChanges, sessionTags, slotOf, specHash } from '../../../src/plan/spec.ts';

const desired: DesiredSession = {
  eniId: 'eni-1',
  instanceId: 'i-1',
  slot: 2,
  rule: 'dmz',
  target: { pool: 'default' },
  filter: { name: 'web' },
  packetLength: 96,
  sessionNumber: 10,
  vni: 7,
  zone: 'a',
  name: 'db-1',
  onlyIfPresent: false,
};
const { packetLength: _packetLength, ...wholePackets } = desired;
const { vni: _vni, ...anyVni } = desired;

describe('specHash', () => {
  it.each<[string, DesiredSession]>([
    ['interface', { ...desired, eniId: 'eni-2' }],
    ['instance', { ...desired, instanceId: 'i-2' }],
    ['slot', { ...desired, slot: 0 }],
    ['rule', { ...desired, rule: 'opt-in' }],
    ['name', { ...desired, name: 'other' }],
    ['zone', { ...desired, zone: 'b' }],
    ["filter's name, its content being the same", { ...desired, filter: { name: 'http' } }],
  ])('does not depend on the %s', (_, same) => {
    expect(specHash(same, 'f')).toBe(specHash(desired, 'f'));
  });

  it('tells every other wish from every other', () => {
    const wishes: readonly DesiredSession[] = [
      desired,
      { ...desired, target: { pool: 'forensics' } },
      { ...desired, target: { id: 'tmt-1' } },
      { ...desired, packetLength: 97 },
      wholePackets,
      { ...desired, sessionNumber: 11 },
      { ...desired, vni: 8 },
      anyVni,
    ];
    const hashes = [...wishes.map((wish) => specHash(wish, 'f')), specHash(desired, 'g')];
    expect(new Set(hashes).size).toBe(hashes.length);
    for (const hash of hashes) expect(hash).toMatch(/^[0-9a-f]{16}$/);
  });
});

describe('tags', () => {
  it('of a session say whose, of what, by which rule and slot, as asked, and its name', () => {
    expect(sessionTags('us', desired, 'cafe')).toEqual({
      'automirror:owner': 'us',
      'automirror:instance': 'i-1',
      'automirror:rule': 'dmz',
      'automirror:slot': '2',
      'automirror:spec': 'cafe',
      Name: 'db-1',
    });
  });

  it('of a filter say whose, of what content, and its name', () => {
    const profile = { name: 'web', content: { networkServices: [], rules: [] }, hash: 'cafe' };
    expect(filterTags('us', profile)).toEqual({ 'automirror:owner': 'us', 'automirror:spec': 'cafe', Name: 'web' });
  });
});

const session: ActualSession = {
  id: 'tms-1',
  eniId: 'eni-1',
  targetId: 'tmt-1',
  filterId: 'tmf-1',
  sessionNumber: 10,
  packetLength: 96,
  vni: 7,
  tags: { 'automirror:owner': 'us', 'automirror:slot': '0', colour: 'blue' },
};
const spec: SessionSpec = {
  target: { id: 'tmt-1' },
  filter: { id: 'tmf-1' },
  sessionNumber: 10,
  packetLength: 96,
  vni: 7,
  tags: { 'automirror:owner': 'us', 'automirror:slot': '0' },
};
const { packetLength: _length, ...specOfWholePackets } = spec;
const { vni: _anyVni, ...specOfAnyVni } = spec;

describe('sessionChanges', () => {
  it.each<[string, SessionSpec, ReturnType<typeof sessionChanges>]>([
    ['nothing, though other tags are there', spec, []],
    ['nothing where any VNI will do', specOfAnyVni, []],
    ['the target', { ...spec, target: { id: 'tmt-2' } }, [{ field: 'target', before: 'tmt-1', after: 'tmt-2' }]],
    ['the filter', { ...spec, filter: { id: 'tmf-2' } }, [{ field: 'filter', before: 'tmf-1', after: 'tmf-2' }]],
    ['a filter to be made', { ...spec, filter: { hash: 'cafe' } }, [{ field: 'filter', before: 'tmf-1', after: 'new:cafe' }]],
    ['the number', { ...spec, sessionNumber: 11 }, [{ field: 'sessionNumber', before: '10', after: '11' }]],
    ['the length', { ...spec, packetLength: 64 }, [{ field: 'packetLength', before: '96', after: '64' }]],
    ['the length lifted', specOfWholePackets, [{ field: 'packetLength', before: '96' }]],
    ['the VNI', { ...spec, vni: 8 }, [{ field: 'vni', before: '7', after: '8' }]],
    [
      'tags, those that differ alone',
      { ...spec, tags: { ...spec.tags, 'automirror:slot': '1', Name: 'db' } },
      [{ field: 'tags', before: 'automirror:slot=0', after: 'automirror:slot=1, Name=db' }],
    ],
    ['a tag that was not there', { ...spec, tags: { ...spec.tags, Name: 'db' } }, [{ field: 'tags', after: 'Name=db' }]],
  ])('tells %s', (_, wanted, changes) => {
    expect(sessionChanges(session, wanted)).toEqual(changes);
  });
});

describe('slotOf', () => {
  it.each([
    ['0', 0],
    ['12', 12],
    ['007', 7],
    ['', undefined],
    ['1000', undefined],
    ['-1', undefined],
    ['1e1', undefined],
    ['constructor', undefined],
  ])('reads %j as %j', (text, slot) => {
    expect(slotOf({ ...session, tags: { 'automirror:slot': text } })).toBe(slot);
  });

  it('knows no slot where there is no tag', () => {
    expect(slotOf({ ...session, tags: {} })).toBeUndefined();
  });
});

it('writes a filter by its id, or as new with its hash', () => {
  expect([filterText({ id: 'tmf-1' }), filterText({ hash: 'cafe' })]).toEqual(['tmf-1', 'new:cafe']);
});
