import type { EC2Client, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-ec2';
import type { InitializeMiddleware } from '@smithy/types';

/** Shows one changing line while a text is given, and takes it away again where there is none. */
export type ShowProgress = (text: string | undefined) => void;

/** Items of a list by the member of the answer that holds them, in words. */
const lists: Readonly<Record<string, string>> = {
  Reservations: 'instances',
  NetworkInterfaces: 'interfaces',
  TrafficMirrorSessions: 'sessions',
  TrafficMirrorTargets: 'targets',
  TrafficMirrorFilters: 'filters',
};

/**
 * Tells how far the reading of long lists is. EC2 does not say how long a list is, so what is told is how many items have come; lists of one page take no
 * time that is worth a line.
 */
export function tellReading(client: EC2Client, show: ShowProgress): void {
  const read = new Map<string, number>();
  const open = new Set<string>();
  const middleware: InitializeMiddleware<ServiceInputTypes, ServiceOutputTypes> = (next) => async (args) => {
    const answer = await next(args).catch((error: unknown) => {
      // Nobody tells the end of a list that failed.
      open.clear();
      show(undefined);
      throw error;
    });
    for (const [member, name] of Object.entries(lists)) {
      const items: unknown = Reflect.get(answer.output, member);
      if (Array.isArray(items)) page(name, countOf(items), Boolean(Reflect.get(answer.output, 'NextToken')));
    }
    return answer;
  };
  client.middlewareStack.add(middleware, { name: 'tellReading', step: 'initialize' });

  function page(name: string, count: number, hasNext: boolean): void {
    read.set(name, (read.get(name) ?? 0) + count);
    if (hasNext) open.add(name);
    else open.delete(name);
    const parts = [...read].map(([what, sum]) => `${sum.toLocaleString('en')} ${what}`);
    show(open.size === 0 ? undefined : `Reading EC2: ${parts.join(', ')} so far`);
  }
}

/** A reservation holds the instances of one launch. */
function countOf(items: readonly unknown[]): number {
  return items.reduce<number>((sum, item) => {
    const inner: unknown = typeof item === 'object' && item !== null ? Reflect.get(item, 'Instances') : undefined;
    return sum + (Array.isArray(inner) ? inner.length : 1);
  }, 0);
}
