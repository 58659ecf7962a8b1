import { describe, expect, test } from 'vitest';
import { parseSchedule } from '../../../src/emulator/eventbridge/schedule.ts';

const next = (expression: string, after: string): string | undefined => {
  const at = parseSchedule(expression)(Date.parse(after));
  return at === undefined ? undefined : new Date(at).toISOString().slice(0, 16);
};

describe('rate', () => {
  test.each([
    ['rate(5 minutes)', '2026-11-23T02:45'],
    ['rate(1 minute)', '2026-11-23T02:41'],
    ['rate(1 hour)', '2026-11-23T03:40'],
    ['rate(7 days)', '2026-11-30T02:40'],
  ])('%s', (expression, expected) => {
    expect(next(expression, '2026-11-23T02:40:00Z')).toBe(expected);
  });
});

describe('cron', () => {
  // The documentation's own examples, after Monday 2026-11-23 02:40 UTC, and the special characters.
  test.each([
    ['cron(0 10 * * ? *)', '2026-11-23T10:00'],
    ['cron(15 12 * * ? *)', '2026-11-23T12:15'],
    ['cron(0 18 ? * MON-FRI *)', '2026-11-23T18:00'],
    ['cron(0 8 1 * ? *)', '2026-12-01T08:00'],
    ['cron(0/15 * * * ? *)', '2026-11-23T02:45'],
    ['cron(0/10 * ? * MON-FRI *)', '2026-11-23T02:50'],
    ['cron(0/5 8-17 ? * MON-FRI *)', '2026-11-23T08:00'],
    ['cron(0 0 L * ? *)', '2026-11-30T00:00'],
    ['cron(0 0 ? * 6L *)', '2026-11-27T00:00'],
    ['cron(0 0 ? * L *)', '2026-11-28T00:00'],
    ['cron(0 9 ? * 2#1 *)', '2026-12-07T09:00'],
    ['cron(0 9 28W * ? *)', '2026-11-27T09:00'],
    ['cron(0 9 29W * ? *)', '2026-11-30T09:00'],
    ['cron(0 9 1W * ? 2027)', '2027-01-01T09:00'],
    ['cron(0 9 1W MAY ? 2027)', '2027-05-03T09:00'],
    ['cron(0 0 29 2 ? *)', '2028-02-29T00:00'],
    ['cron(30 1,2,4 * JAN,NOV ? 2026)', '2026-11-23T04:30'],
  ])('%s', (expression, expected) => {
    expect(next(expression, '2026-11-23T02:40:10Z')).toBe(expected);
  });

  test('is due strictly after the given minute', () => {
    expect(next('cron(40 2 * * ? *)', '2026-11-23T02:40:00Z')).toBe('2026-11-24T02:40');
  });

  test('has no next time once its years are over', () => {
    expect(next('cron(0 0 1 1 ? 2020)', '2026-11-23T02:40:00Z')).toBeUndefined();
  });
});

test.each([
  'rate(5 minute)',
  'rate(1 minutes)',
  'rate(0 minutes)',
  'rate(5 seconds)',
  'rate(5minutes)',
  'cron(0 10 * * *)',
  'cron(0 10 * * * *)',
  'cron(0 10 ? * ? *)',
  'cron(60 10 * * ? *)',
  'cron(0 24 * * ? *)',
  'cron(0 10 * 13 ? *)',
  'cron(0 10 ? * 8 *)',
  'cron(0/0 10 * * ? *)',
  'cron(0 10 * * ? 1969)',
  'cron(5-1 10 * * ? *)',
  'every day',
  '',
])('refuses %j', (expression) => {
  expect(() => parseSchedule(expression)).toThrow(expect.objectContaining({ code: 'ValidationException' }));
});
