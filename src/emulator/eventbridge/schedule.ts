/** Schedule expressions of rules: `rate(5 minutes)` and six-field `cron(…)` in UTC (eb-scheduled-rule-pattern.html). */
import { AwsError } from '../core.ts';

/** The first time strictly after `after` (milliseconds) at which the schedule is due; undefined when there is none. */
export type NextTime = (after: number) => number | undefined;

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const LAST_YEAR = 2199;

/** Throws `ValidationException`. */
export function parseSchedule(expression: string): NextTime {
  const rate = /^rate\((\d{1,9}) (minute|hour|day)(s?)\)$/.exec(expression);
  if (rate !== null) return rateSchedule(expression, Number(rate[1]), rate[2] ?? '', rate[3] === 's');
  const cron = /^cron\(([^()]+)\)$/.exec(expression);
  const fields = cron?.[1]?.trim().split(/\s+/) ?? [];
  if (fields.length !== 6)
    throw invalid(expression, 'expected rate(value unit) or cron(minutes hours day-of-month month day-of-week year)');
  return cronSchedule(expression, fields);
}

function invalid(expression: string, reason: string): AwsError {
  return new AwsError('ValidationException', `Parameter ScheduleExpression is not valid. ${expression}: ${reason}.`);
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: DAY_MS };

function rateSchedule(expression: string, value: number, unit: string, isPlural: boolean): NextTime {
  if (value < 1) throw invalid(expression, 'the value must be at least 1');
  if (isPlural === (value === 1)) throw invalid(expression, `write ${value === 1 ? unit : `${unit}s`} with a value of ${value}`);
  const period = value * (UNIT_MS[unit] ?? MINUTE_MS);
  return (after) => after + period;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** A day as the two day fields see it: `month` and `weekday` count from 1, Sunday is 1. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly lastDay: number;
}
type DayTest = (day: Day) => boolean;

function cronSchedule(expression: string, fields: readonly string[]): NextTime {
  const [minuteField = '', hourField = '', dayField = '', monthField = '', weekdayField = '', yearField = ''] = fields;
  if ((dayField === '?') === (weekdayField === '?')) {
    throw invalid(expression, 'exactly one of day-of-month and day-of-week must be ?');
  }
  const fail = (reason: string): AwsError => invalid(expression, reason);
  const minutes = valuesOf(minuteField, 0, 59, [], fail);
  const hours = valuesOf(hourField, 0, 23, [], fail);
  const months = new Set(valuesOf(monthField, 1, 12, MONTHS, fail));
  const years = new Set(valuesOf(yearField, 1970, LAST_YEAR, [], fail));
  const isDay = dayField === '?' ? weekdayTest(weekdayField, fail) : dayOfMonthTest(dayField, fail);
  return (after) => {
    const start = Math.floor(after / MINUTE_MS) * MINUTE_MS + MINUTE_MS;
    for (let midnight = Math.floor(start / DAY_MS) * DAY_MS; ; midnight += DAY_MS) {
      const day = dayOf(midnight);
      if (day.year > LAST_YEAR) return undefined;
      if (!years.has(day.year) || !months.has(day.month) || !isDay(day)) continue;
      for (const hour of hours) {
        for (const minute of minutes) {
          const at = midnight + (hour * 60 + minute) * MINUTE_MS;
          if (at >= start) return at;
        }
      }
    }
  };
}

function dayOf(midnight: number): Day {
  const date = new Date(midnight);
  const year = date.getUTCFullYear();
  const month = date.getUTCMonth() + 1;
  return {
    year,
    month,
    day: date.getUTCDate(),
    weekday: date.getUTCDay() + 1,
    lastDay: new Date(Date.UTC(year, month, 0)).getUTCDate(),
  };
}

type Fail = (reason: string) => AwsError;

/** `*`, `a`, `a-b`, `a/step`, `a-b/step`, `*` with a step, and lists of these; ascending. */
function valuesOf(field: string, low: number, high: number, names: readonly string[], fail: Fail): readonly number[] {
  const values = new Set<number>();
  for (const part of field.split(',')) {
    const found = /^(\*|\w+)(?:-(\w+))?(?:\/(\d+))?$/.exec(part);
    if (found === null) throw fail(`${part || 'an empty value'} is not understood`);
    const [, first = '', last, step] = found;
    const from = first === '*' ? low : numberOf(first, low, high, names, fail);
    const to = last !== undefined ? numberOf(last, low, high, names, fail) : first === '*' || step !== undefined ? high : from;
    const by = Number(step ?? 1);
    if (by < 1) throw fail('a step must be at least 1');
    if (from > to) throw fail(`${part} runs backwards`);
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return [...values].sort((left, right) => left - right);
}

function numberOf(text: string, low: number, high: number, names: readonly string[], fail: Fail): number {
  const named = names.indexOf(text.toUpperCase());
  const value = named >= 0 ? named + 1 : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= low && value <= high)) throw fail(`${text} is not from ${low} to ${high}`);
  return value;
}

/** Also `L` (last day), `nW` (weekday nearest to day n of the month) and `LW`. */
function dayOfMonthTest(field: string, fail: Fail): DayTest {
  if (field === 'L') return ({ day, lastDay }) => day === lastDay;
  const nearest = /^(\d+|L)W$/.exec(field);
  if (nearest !== null) {
    const wanted = nearest[1] === 'L' ? 31 : numberOf(nearest[1] ?? '', 1, 31, [], fail);
    return (day) => day.day === nearestWeekday(day, Math.min(wanted, day.lastDay));
  }
  const days = new Set(valuesOf(field, 1, 31, [], fail));
  return ({ day }) => days.has(day);
}

function nearestWeekday({ year, month, lastDay }: Day, wanted: number): number {
  const weekday = new Date(Date.UTC(year, month - 1, wanted)).getUTCDay();
  if (weekday === 6) return wanted === 1 ? 3 : wanted - 1;
  if (weekday === 0) return wanted === lastDay ? wanted - 2 : wanted + 1;
  return wanted;
}

/** Also `nL` (last such weekday of the month), `L` (Saturday) and `n#k` (the k-th of the month). */
function weekdayTest(field: string, fail: Fail): DayTest {
  const last = /^(\w+)L$/.exec(field);
  if (last !== null) {
    const wanted = numberOf(last[1] ?? '', 1, 7, WEEKDAYS, fail);
    return ({ weekday, day, lastDay }) => weekday === wanted && day + 7 > lastDay;
  }
  const nth = /^(\w+)#([1-5])$/.exec(field);
  if (nth !== null) {
    const wanted = numberOf(nth[1] ?? '', 1, 7, WEEKDAYS, fail);
    return ({ weekday, day }) => weekday === wanted && Math.ceil(day / 7) === Number(nth[2]);
  }
  const weekdays = new Set(valuesOf(field === 'L' ? '7' : field, 1, 7, WEEKDAYS, fail));
  return ({ weekday }) => weekdays.has(weekday);
}
