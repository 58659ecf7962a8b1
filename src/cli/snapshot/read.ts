import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type {
  NetworkInterface,
  Reservation,
  TagDescription,
  TrafficMirrorFilter,
  TrafficMirrorSession,
  TrafficMirrorTarget,
} from '@aws-sdk/client-ec2';
import { toFilter, toInstance, toInterfaceFacts, toSession, toTagOfNetwork, toTarget } from '../../aws/convert.ts';
import { tagsByNetwork } from '../../aws/network-tags.ts';
import type { InstanceId } from '../../model/ids.ts';
import type { Inventory } from '../../reconcile/ports.ts';
import { CliError } from '../cli-error.ts';
import type { PlanSource } from '../dry-run.ts';
import { readProblem } from '../policy-file.ts';
import { aboutFile, identityFile, type ListName, snapshotFiles } from './files.ts';

/** What the AWS CLI writes into each list; times are text there. */
interface Items {
  readonly instances: Reservation;
  readonly networkInterfaces: NetworkInterface;
  readonly sessions: TrafficMirrorSession;
  readonly targets: TrafficMirrorTarget;
  readonly filters: TrafficMirrorFilter;
  readonly networkTags: TagDescription;
}

/**
 * An account as its lists were saved, by `automirror snapshot` or by the AWS CLI: the same plan comes out of it as out of the account at that time.
 * A list that is missing, cut short or not what AWS writes is refused, when it is needed, with a `CliError` that says how to save it.
 */
export async function openSnapshot(folder: string, cwd: string): Promise<PlanSource> {
  const path = resolve(cwd, folder);
  const about = await readObject(join(path, aboutFile), join(folder, aboutFile));
  const takenAt = typeof about?.takenAt === 'string' ? Date.parse(about.takenAt) : Number.NaN;
  const now = Number.isNaN(takenAt) ? Date.now() : takenAt;
  return {
    accountId: await accountOf(path, folder),
    region: typeof about?.region === 'string' ? about.region : 'unknown Region',
    // A saved account stands still.
    clock: { now: () => now, sleep: () => Promise.resolve() },
    inventory: inventoryOf(path, folder),
  };
}

function inventoryOf(path: string, folder: string): Inventory {
  const read = <N extends ListName, T>(name: N, convert: (item: Items[N]) => T) => readList(path, folder, name, convert);
  const only = <T extends { readonly id: string }>(which: readonly string[] | 'all', items: readonly T[]) =>
    which === 'all' ? items : items.filter(({ id }) => which.includes(id));
  const sessions = () => read('sessions', toSession);
  return {
    instances: async (which) => {
      const reservations = await read('instances', ({ Instances = [], OwnerId }) =>
        Instances.map(({ LaunchTime, ...one }) =>
          toInstance(LaunchTime === undefined ? one : { ...one, LaunchTime: new Date(LaunchTime) }, OwnerId),
        ),
      );
      // A saved list has all instances, so whoever asks for some of them by what they are gets more than that.
      return only(isIds(which) ? which : 'all', reservations.flat());
    },
    networkInterfaces: async (which) => only(which, await read('networkInterfaces', toInterfaceFacts)),
    sessions,
    sessionsOf: async (eniId) => (await sessions()).filter((session) => session.eniId === eniId),
    targets: () => read('targets', toTarget),
    filters: () => read('filters', toFilter),
    networkTags: async () => tagsByNetwork(await read('networkTags', toTagOfNetwork)),
  };
}

function isIds(which: Parameters<Inventory['instances']>[0]): which is readonly InstanceId[] | 'all' {
  return which === 'all' || Array.isArray(which);
}

async function readList<N extends ListName, T>(
  path: string,
  folder: string,
  name: N,
  convert: (item: Items[N]) => T,
): Promise<readonly T[]> {
  const { file, member, command } = snapshotFiles[name];
  const shown = join(folder, file);
  const how = `Save it with: ${command} > ${shown}`;
  const object = await readObject(join(path, file), shown);
  if (object === undefined) throw new CliError(`${shown}: no such file. ${how}`);
  const items = object[member];
  if (!Array.isArray(items)) throw new CliError(`${shown} has no list "${member}". ${how}`);
  if (object.NextToken) throw new CliError(`${shown} is cut short: it has a NextToken. ${how}`);
  return items.map((item: Items[N], index) => {
    try {
      return convert(item);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new CliError(`${shown}: item ${index + 1} of "${member}" is not as AWS writes it: ${why}. ${how}`, { cause: error });
    }
  });
}

/** The account of the caller, or the one that all instances belong to. */
async function accountOf(path: string, folder: string): Promise<string> {
  const shown = join(folder, identityFile);
  const identity = await readObject(join(path, identityFile), shown);
  if (typeof identity?.Account === 'string') return identity.Account;
  const owners = new Set(await readList(path, folder, 'instances', ({ OwnerId }) => OwnerId));
  const [owner] = owners;
  if (owner !== undefined && owners.size === 1) return owner;
  throw new CliError(`Whose account ${folder} is of cannot be told. Save it with: aws sts get-caller-identity > ${shown}`);
}

/** The JSON object in a file, undefined where there is no such file. */
async function readObject(path: string, shown: string): Promise<Readonly<Record<string, unknown>> | undefined> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new CliError(`${shown}: ${readProblem(error)}`, { cause: error });
  }
  // PowerShell redirects output into UTF-16 or behind a byte order mark.
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  const text = bytes.toString(isUtf16 ? 'utf16le' : 'utf8').replace(/^\uFEFF/, '');
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch (error) {
    throw new CliError(`${shown} is no JSON: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  throw new CliError(`${shown} holds no JSON object.`);
}
