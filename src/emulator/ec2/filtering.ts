/** `Filter.N` of the describes: names AND, values OR, wildcards. */
import type { Filter } from '@aws-sdk/client-ec2';
import { AwsError } from '../core.ts';
import type { Account } from './account.ts';
import type { TagSet } from './records.ts';

type FieldValue = string | number | boolean | undefined;

/** How to read each filter's value from an item; a list matches when any element does. */
export type FilterFields<T> = Readonly<Record<string, (item: T) => FieldValue | readonly FieldValue[]>>;

export interface FilterSyntax<T> {
  readonly fields: FilterFields<T>;
  /** Where `tag:KEY` and `tag-key` look; left out: those filters are refused. */
  readonly tags?: ((item: T) => TagSet) | undefined;
}

const FILTERS_PER_REQUEST = 50;
const VALUES_PER_REQUEST = 200;
const VALUE_LENGTH = 255;

const refuse = (account: Pick<Account, 'options'>, name: string): AwsError =>
  new AwsError(account.options.unknownFilterCode, `The filter '${name}' is invalid`);

/**
 * `*` is any number of characters, `?` none or one, a backslash takes the next character as it is; case counts.
 * Source: EC2 User Guide, "List and filter your resources".
 */
function compileValue(value: string): (text: string) => boolean {
  if (!/[*?\\]/.test(value)) return (text) => text === value;
  const pattern = value.replaceAll(
    /\\([\s\S])|([*?])|[\s\S]/g,
    (character, escaped: string | undefined, wildcard: string | undefined) => {
      if (wildcard === '*') return '[\\s\\S]*';
      if (wildcard === '?') return '[\\s\\S]?';
      return (escaped ?? character).replace(/[.*+?^${}()|[\]\\/]/, String.raw`\$&`);
    },
  );
  const expression = new RegExp(`^${pattern}$`);
  return (text) => expression.test(text);
}

/** A predicate for all filters of a request; throws for unknown names and for more than a request may hold. */
export function compileFilters<T>(
  filters: readonly Filter[] | undefined,
  syntax: FilterSyntax<T>,
  account: Pick<Account, 'options'>,
): (item: T) => boolean {
  const given = filters ?? [];
  const valueCount = given.reduce((sum, filter) => sum + (filter.Values?.length ?? 0), 0);
  if (given.length > FILTERS_PER_REQUEST)
    throw new AwsError('FilterLimitExceeded', `A request can have at most ${FILTERS_PER_REQUEST} filters.`);
  if (valueCount > VALUES_PER_REQUEST)
    throw new AwsError(
      'FilterLimitExceeded',
      `The maximum number of filter values specified on a single call is ${VALUES_PER_REQUEST}.`,
    );
  const tests = given.map(({ Name: name, Values: values }) => {
    if (name === undefined || name === '') throw refuse(account, '');
    if (values === undefined || values.length === 0)
      throw new AwsError('InvalidParameterValue', `The filter '${name}' has no values.`);
    const long = values.find((value) => value.length > VALUE_LENGTH);
    if (long !== undefined)
      throw new AwsError('InvalidParameterValue', `A value of the filter '${name}' has more than ${VALUE_LENGTH} characters.`);
    const read = readerOf(name, syntax, account);
    const matchers = values.map(compileValue);
    return (item: T): boolean => {
      const found = read(item);
      return [found].flat().some((value) => value !== undefined && matchers.some((matches) => matches(String(value))));
    };
  });
  return (item) => tests.every((test) => test(item));
}

function readerOf<T>(name: string, syntax: FilterSyntax<T>, account: Pick<Account, 'options'>): FilterFields<T>[string] {
  const { tags } = syntax;
  if (tags !== undefined) {
    if (name === 'tag-key') return (item) => Object.keys(tags(item));
    if (name.startsWith('tag:') && name.length > 4) return (item) => tags(item)[name.slice(4)];
  }
  const field = Object.hasOwn(syntax.fields, name) ? syntax.fields[name] : undefined;
  if (field === undefined) throw refuse(account, name);
  return field;
}
