import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../../src/events/parse.ts';
import { findingParsers } from '../../../src/events/parse-finding.ts';
import { findingEvent } from '../../support/finding.ts';
import { owner } from '../../support/shell/things.ts';

fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

const parse = (event: unknown) => parseMessage(JSON.stringify(event), owner, findingParsers);
const id = 'i-0a1b2c3d4e5f60718';
const trigger = { what: 'finding', eventId: 'finding-1' };

describe('a finding', () => {
  it('is read as far as anything is made of it', () => {
    expect(parse(findingEvent(id))).toEqual({
      kind: 'finding',
      finding: {
        id: '16afba5c5c43e07c9e3e5e2e544e95df',
        type: 'Backdoor:EC2/C&CActivity.B!DNS',
        severity: 8,
        instanceId: id,
        at: Date.parse('2026-11-23T02:44:00Z'),
      },
      trigger,
    });
  });

  it('is of no use where nothing follows findings', () => {
    expect(parseMessage(JSON.stringify(findingEvent(id)), owner)).toMatchObject({ kind: 'drop', reason: 'event-unknown' });
  });

  it('of the samples that GuardDuty generates is one too', () => {
    expect(parse(findingEvent('i-99999999'))).toMatchObject({ kind: 'finding', finding: { instanceId: 'i-99999999' } });
  });

  it.each([undefined, 'yesterday', 7, null])('tells no time with the time %j', (time) => {
    expect(parse(findingEvent(id, {}, { time }))).not.toHaveProperty('finding.at');
  });

  it.each([
    ['an access key', findingEvent(id, { resourceType: 'AccessKey' }), 'event-unknown', '"AccessKey"'],
    ['a bucket', findingEvent(null, { resourceType: 'S3Bucket' }), 'event-unknown', '"S3Bucket"'],
    ['nothing that it names', findingEvent(id, {}, { detail: {} }), 'event-unknown', '"undefined"'],
    ['an archived finding', findingEvent(id, { archived: true }), 'event-unknown', 'archived'],
    ['no instance', findingEvent(null), 'event-malformed', 'no id, type, severity or instance'],
    ['an instance id that is none', findingEvent('i-1; DROP TABLE'), 'event-malformed', 'instance'],
    ['a list of instances', findingEvent([id]), 'event-malformed', 'instance'],
    ['a severity in words', findingEvent(id, { severity: 'high' }), 'event-malformed', 'severity'],
    ['a type that is a list', findingEvent(id, { type: ['a'] }), 'event-malformed', 'type'],
    ['an id that is a number', findingEvent(id, { id: 7 }), 'event-malformed', 'id'],
    ['no detail', findingEvent(id, {}, { detail: null }), 'event-unknown', 'not an instance'],
  ])('about %s is dropped, with the reason', (_what, event, reason, why) => {
    expect(parse(event)).toMatchObject({ kind: 'drop', reason, detail: expect.stringContaining(why), trigger });
  });

  it('is cut where it tells too much', () => {
    const parsed = parse(findingEvent(id, { type: 't'.repeat(9_000), id: 'i'.repeat(9_000) }));
    expect(JSON.stringify(parsed).length).toBeLessThan(600);
  });

  it('never throws, whatever it holds', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (detail, resource) => {
        expect(['drop', 'finding']).toContain(parse(findingEvent(id, {}, { detail })).kind);
        expect(['drop', 'finding']).toContain(parse(findingEvent(id, {}, { detail: { resource } })).kind);
      }),
    );
  });
});
