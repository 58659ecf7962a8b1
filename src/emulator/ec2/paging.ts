/** Pages of the describes: opaque tokens, page sizes, empty pages and shuffled order. */
import { createHash } from 'node:crypto';
import { AwsError, type Host } from '../core.ts';
import type { Ec2Options } from './options.ts';
import { badCombination, checkRange, invalidValue } from './refusals.ts';

const IDS_PER_REQUEST = 1000;
/** Tokens are forgotten oldest first, so that a long run does not grow. */
const TOKENS_KEPT = 5000;

export interface PageRequest<T> {
  readonly action: string;
  /** The ids that the request names, if any: then everything is one page. */
  readonly ids: readonly string[] | undefined;
  readonly idsParameter: string;
  readonly maxResults: number | undefined;
  readonly maxResultsBounds: readonly [low: number, high: number];
  readonly nextToken: string | undefined;
  /** Whatever else distinguishes one list from another; a token only continues the list it came from. */
  readonly fingerprint: string;
  /** The items of the whole list; called for the first page only. */
  list(): readonly T[];
  idOf(item: T): string;
  /** The item now, or undefined when it has gone since the first page. */
  reread(id: string): T | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

export interface Pager {
  page<T>(request: PageRequest<T>): Page<T>;
  /** Counted from 1; undefined for a token that was never given out. */
  pageNumberOf(nextToken: string | undefined): number | undefined;
}

interface Cursor {
  readonly list: string;
  readonly ids: readonly string[];
  readonly offset: number;
  readonly pageNumber: number;
}

/** Refuses `MaxResults` out of bounds or beside ids, and more ids than a call may name. */
export function checkPaging(
  request: Pick<PageRequest<never>, 'ids' | 'idsParameter' | 'maxResults' | 'maxResultsBounds' | 'nextToken'>,
): void {
  const { ids = [], idsParameter, maxResults, maxResultsBounds } = request;
  checkRange('MaxResults', maxResults, ...maxResultsBounds);
  if (ids.length === 0) return;
  if (maxResults !== undefined)
    throw badCombination(`The parameter ${idsParameter} cannot be used with the parameter MaxResults`);
  if (ids.length > IDS_PER_REQUEST)
    throw invalidValue(idsParameter, `${ids.length} ids`, `At most ${IDS_PER_REQUEST} ids are allowed.`);
}

/** A page size of 0 stands for everything. */
const orAll = (size: number): number => (size > 0 ? size : Number.POSITIVE_INFINITY);

export function createPager(host: Host, options: Ec2Options): Pager {
  const cursors = new Map<string, Cursor>();

  function issue(cursor: Cursor): string {
    const token = Buffer.from(host.newUuid() + host.newUuid()).toString('base64url');
    cursors.set(token, cursor);
    for (const oldest of cursors.keys()) {
      if (cursors.size <= TOKENS_KEPT) break;
      cursors.delete(oldest);
    }
    return token;
  }

  function resume(token: string, list: string): Cursor {
    const cursor = cursors.get(token);
    if (cursor === undefined || cursor.list !== list)
      throw new AwsError(options.invalidTokenCode, `The token '${token}' is invalid`);
    return cursor;
  }

  /** A shuffle that depends on the seed and the ids alone. */
  function order(ids: readonly string[]): readonly string[] {
    if (options.shuffleSeed === 0) return ids;
    const keyOf = (id: string): string => createHash('sha256').update(`${options.shuffleSeed}:${id}`).digest('hex');
    const keyed = ids.map((id) => ({ id, key: keyOf(id) }));
    return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ id }) => id);
  }

  return {
    pageNumberOf: (nextToken) => (nextToken === undefined || nextToken === '' ? 1 : cursors.get(nextToken)?.pageNumber),
    page<T>(request: PageRequest<T>): Page<T> {
      checkPaging(request);
      if (request.ids !== undefined && request.ids.length > 0) return { items: request.list(), nextToken: undefined };
      const list = `${request.action} ${request.fingerprint}`;
      const isFirst = request.nextToken === undefined || request.nextToken === '';
      const cursor: Cursor = isFirst
        ? { list, ids: order(request.list().map((item) => request.idOf(item))), offset: 0, pageNumber: 1 }
        : resume(request.nextToken ?? '', list);
      const next = { ...cursor, pageNumber: cursor.pageNumber + 1 };
      if (cursor.pageNumber === options.emptyPage) return { items: [], nextToken: issue(next) };
      const size = Math.min(request.maxResults ?? orAll(options.defaultPageSize), orAll(options.largestPageSize));
      const items = cursor.ids.slice(cursor.offset, cursor.offset + size).flatMap((id) => request.reread(id) ?? []);
      const offset = cursor.offset + size;
      return { items, nextToken: offset < cursor.ids.length ? issue({ ...next, offset }) : undefined };
    },
  };
}
