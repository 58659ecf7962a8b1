/** The frame that all describes share: ids or a filtered list, page by page, from what is to be seen. */
import type { Filter } from '@aws-sdk/client-ec2';
import type { Call } from './account.ts';
import type { Lookup } from './collection.ts';
import { compileFilters, type FilterSyntax } from './filtering.ts';
import { checkIds, notFound, type ResourceType } from './ids.ts';
import { checkPaging, type Page } from './paging.ts';

export interface DescribeInput {
  readonly Filters?: readonly Filter[] | undefined;
  readonly MaxResults?: number | undefined;
  readonly NextToken?: string | undefined;
}

export interface Describe<T> extends FilterSyntax<T> {
  readonly action: string;
  readonly type: ResourceType;
  /** The wire name of the list of ids, `InstanceId`. */
  readonly idsParameter: string;
  readonly maxResultsBounds: readonly [low: number, high: number];
  readonly collection: Lookup<T>;
  readonly idOf: (item: T) => string;
  /** What is never shown, or not by default. */
  readonly isHidden?: (item: T) => boolean;
}

/** What a describe refuses by its request alone. */
export function checkDescribe(
  type: ResourceType,
  idsParameter: string,
  bounds: readonly [number, number],
  ids: readonly string[] | undefined,
  input: DescribeInput,
): void {
  checkIds(type, ids);
  checkPaging({ ids, idsParameter, maxResults: input.MaxResults, maxResultsBounds: bounds, nextToken: input.NextToken });
}

/** One page. An unknown id refuses the whole call; an unknown filter value just matches nothing. */
export function describePage<T>(
  describe: Describe<T>,
  ids: readonly string[] | undefined,
  input: DescribeInput,
  call: Call,
): Page<T> {
  const { collection, idOf } = describe;
  const matches = compileFilters(input.Filters, describe, call);
  const isShown = (item: T): boolean => describe.isHidden?.(item) !== true;
  const list = (): readonly T[] => {
    if (ids === undefined || ids.length === 0) return collection.seenAll().filter((item) => isShown(item) && matches(item));
    const items = [...new Set(ids)].map((id) => ({ id, item: collection.seen(id) }));
    const unknown = items.filter(({ item }) => item === undefined || !isShown(item)).map(({ id }) => id);
    if (unknown.length > 0) throw notFound(describe.type, unknown, call);
    return items.flatMap(({ item }) => (item !== undefined && matches(item) ? [item] : []));
  };
  return call.pager.page({
    action: describe.action,
    ids,
    idsParameter: describe.idsParameter,
    maxResults: input.MaxResults,
    maxResultsBounds: describe.maxResultsBounds,
    nextToken: input.NextToken,
    fingerprint: JSON.stringify(
      [...call.parameters].filter(([name]) => name !== 'NextToken' && name !== 'MaxResults' && name !== 'DryRun'),
    ),
    list,
    idOf,
    reread: (id) => {
      const item = collection.seen(id);
      return item !== undefined && isShown(item) ? item : undefined;
    },
  });
}
