import { toEc2Error } from './error-class.ts';

/** Items on a page, of any list. */
export const pageSize = 1_000;

export type Page<T> = readonly [items: readonly T[], nextToken: string | undefined];

/** Reads pages until none follows; a page may be empty and still have a next one. An item that a list tells twice is kept once, as told last. */
export async function pages<T extends { readonly id: string }>(
  read: (nextToken: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const items = new Map<string, T>();
  let token: string | undefined;
  try {
    do {
      const [page, next] = await read(token);
      for (const item of page) items.set(item.id, item);
      if (next && next === token) throw new Error('EC2 gave the same page token twice');
      token = next || undefined;
    } while (token !== undefined);
  } catch (error) {
    throw toEc2Error(error);
  }
  return [...items.values()];
}
