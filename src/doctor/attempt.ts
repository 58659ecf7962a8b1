import type { Read } from './facts.ts';

/** Longest text of an error that is shown. */
const textLimit = 300;

/**
 * Resolves with what the call gave, or with why it did not: access denied, an operation that is not there, no connection.
 *
 * @throws what is no answer of AWS, and so a bug of ours
 */
export async function attempt<T>(call: string, work: () => Promise<T>): Promise<Read<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    if (!(error instanceof Error) || !isFromOutside(error)) throw error;
    return { unread: `${call}: ${error.name}: ${error.message.slice(0, textLimit)}` };
  }
}

/** What AWS answered carries metadata; what the socket said carries a code; what a deadline ended has a name of its own. */
function isFromOutside(error: Error): boolean {
  return (
    '$metadata' in error || 'code' in error || ['DeadlineError', 'TimeoutError', 'AbortError', 'Ec2Error'].includes(error.name)
  );
}

/** Reads pages until none follows. */
export async function allPages<T>(
  read: (nextToken: string | undefined) => Promise<readonly [items: readonly T[], nextToken: string | undefined]>,
): Promise<readonly T[]> {
  const items: T[] = [];
  let token: string | undefined;
  do {
    const [page, next] = await read(token);
    items.push(...page);
    token = next || undefined;
  } while (token !== undefined);
  return items;
}

/** Reads by chunks of so many ids at a time, one after the other. */
export async function inChunks<T>(
  ids: Iterable<string>,
  size: number,
  read: (chunk: string[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all = [...new Set(ids)].sort();
  const items: T[] = [];
  for (let start = 0; start < all.length; start += size) items.push(...(await read(all.slice(start, start + size))));
  return items;
}

/** Things by their id. */
export function byId<T extends { readonly id: string }>(things: readonly T[]): Readonly<Record<string, T>> {
  return Object.fromEntries(things.map((thing) => [thing.id, thing]));
}
