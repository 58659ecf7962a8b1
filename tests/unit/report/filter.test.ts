import { describe, expect, it } from 'vitest';
import { index, matching, noFilter, sorted } from '../../../src/report/page/filter.ts';
import { exampleReport } from '../../support/report/example-report.ts';

const { rows, targets } = exampleReport(300);
const indexed = index(rows, new Map(targets.map(({ target, zone }) => [target, zone])));
const names = (filter: object) => matching(indexed, { ...noFilter, ...filter }).map(({ name }) => name);

describe('matching', () => {
  it('leaves all rows without a filter', () => {
    expect(matching(indexed, noFilter)).toEqual(rows);
    expect(matching(indexed, { ...noFilter, text: '  ' })).toEqual(rows);
  });

  it('wants every word somewhere, whatever the case', () => {
    expect(names({ text: 'API-00001' })).toEqual(['api-00001']);
    expect(names({ text: 'api dmz missing' })).toEqual([]);
    expect(names({ text: 'eu-west-1b opt-in api-00001' })).toEqual(['api-00001']);
  });

  it('takes special characters as they are', () => {
    expect(names({ text: '.*' })).toEqual([]);
    expect(names({ text: '\\' })).toEqual([]);
  });

  it('narrows by state, zone, target and zone of the target', () => {
    const count = (filter: object) => names(filter).length;
    expect(count({ state: 'missing' })).toBe(rows.filter(({ state }) => state === 'missing').length);
    expect(count({ zone: 'eu-west-1c' })).toBe(100);
    expect(count({ target: targets[0]?.target ?? '' })).toBe(rows.filter(({ target }) => target === targets[0]?.target).length);
    expect(count({ zone: 'eu-west-1a', targetZone: 'eu-west-1b' })).toBe(10);
    expect(count({ zone: '' })).toBe(0);
  });
});

describe('sorted', () => {
  it('sorts numbers as numbers, whole packets last, and keeps the order of equals', () => {
    const lengths = sorted(rows, { key: 'packetLength', isDescending: false }).map(({ packetLength }) => packetLength);
    expect(lengths.slice(0, 100)).toEqual(Array.from({ length: 100 }, () => 256));
    expect(lengths.at(-1)).toBeNull();
    expect(sorted(rows, { key: 'number', isDescending: false })).toEqual(rows);
  });

  it('goes the other way, and changes no list', () => {
    const before = [...rows];
    expect(sorted(rows, { key: 'name', isDescending: true })[0]?.name).toBe('web-00296');
    expect(rows).toEqual(before);
  });

  it('takes the id for a name that is not there', () => {
    const [first, second] = rows;
    if (first === undefined || second === undefined) throw new Error('no rows');
    const unnamed = { ...first, name: '', instance: 'i-zzz' };
    expect(sorted([unnamed, second], { key: 'name', isDescending: false })).toEqual([second, unnamed]);
  });
});
