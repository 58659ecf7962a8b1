import { open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type EC2Client,
  paginateDescribeInstances,
  paginateDescribeNetworkInterfaces,
  paginateDescribeTags,
  paginateDescribeTrafficMirrorFilters,
  paginateDescribeTrafficMirrorSessions,
  paginateDescribeTrafficMirrorTargets,
} from '@aws-sdk/client-ec2';
import type { Account } from '../account.ts';
import { type About, aboutFile, identityFile, type ListName, snapshotFiles } from './files.ts';

const MaxResults = 1_000;
/** An account may hide what AWS services manage in it from describes; what is hidden would look gone. */
const IncludeManagedResources = true;

/** Every list, page by page, each page as the items that its file holds. */
const lists: Readonly<Record<ListName, (client: EC2Client) => AsyncIterable<readonly unknown[]>>> = {
  instances: (client) =>
    items(paginateDescribeInstances({ client }, { MaxResults, IncludeManagedResources }), (page) => page.Reservations),
  networkInterfaces: (client) =>
    items(
      paginateDescribeNetworkInterfaces({ client }, { MaxResults, IncludeManagedResources }),
      (page) => page.NetworkInterfaces,
    ),
  sessions: (client) =>
    items(paginateDescribeTrafficMirrorSessions({ client }, { MaxResults }), (page) => page.TrafficMirrorSessions),
  targets: (client) =>
    items(paginateDescribeTrafficMirrorTargets({ client }, { MaxResults }), (page) => page.TrafficMirrorTargets),
  filters: (client) =>
    items(paginateDescribeTrafficMirrorFilters({ client }, { MaxResults }), (page) => page.TrafficMirrorFilters),
  networkTags: (client) =>
    items(
      paginateDescribeTags({ client }, { MaxResults, Filters: [{ Name: 'resource-type', Values: ['vpc', 'subnet'] }] }),
      (page) => page.Tags,
    ),
};

async function* items<P>(pages: AsyncIterable<P>, list: (page: P) => readonly unknown[] | undefined) {
  for await (const page of pages) yield list(page) ?? [];
}

/** How many items each file of a snapshot holds. */
export type SavedCounts = Readonly<Record<string, number>>;

/**
 * Saves what a plan is computed from into a folder that exists, one item a line, never more than a page of it in memory.
 *
 * The files take their names only when all of them are complete: a snapshot that fails leaves an earlier one as it was.
 */
export async function saveSnapshot(account: Account, folder: string): Promise<SavedCounts> {
  const partOf = (file: string) => join(folder, `${file}.part`);
  const counts: Record<string, number> = {};
  const files: string[] = [];
  try {
    for (const [name, read] of Object.entries(lists)) {
      // Object.entries forgets what the keys are.
      const { file, member } = snapshotFiles[name as ListName];
      files.push(file);
      counts[file] = await saveList(partOf(file), member, read(account.ec2));
    }
    const about: About = { snapshot: 1, takenAt: new Date(account.clock.now()).toISOString(), region: account.region };
    for (const [file, value] of [
      [identityFile, { Account: account.accountId, Arn: account.callerArn }],
      [aboutFile, about],
    ] as const) {
      files.push(file);
      await writeFile(partOf(file), `${JSON.stringify(value, null, 4)}\n`);
    }
    for (const file of files) await rename(partOf(file), join(folder, file));
    return counts;
  } finally {
    for (const file of files) await rm(partOf(file), { force: true });
  }
}

async function saveList(path: string, member: string, pages: AsyncIterable<readonly unknown[]>): Promise<number> {
  const file = await open(path, 'w');
  try {
    await file.write(`{\n"${member}": [`);
    let count = 0;
    for await (const page of pages) {
      const lines = page.map((item, index) => `${count + index === 0 ? '' : ','}\n${JSON.stringify(item)}`);
      await file.write(lines.join(''));
      count += page.length;
    }
    await file.write('\n]\n}\n');
    return count;
  } finally {
    await file.close();
  }
}
