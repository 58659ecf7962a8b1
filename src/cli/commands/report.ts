import { writeFile } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { readPageAssets } from '../../report/assets.ts';
import { buildReport } from '../../report/build-report.ts';
import { reportHtml } from '../../report/html.ts';
import type { Report } from '../../report/model.ts';
import { readTrail } from '../../report/read-trail.ts';
import { connect } from '../account.ts';
import type { AccountOptions } from '../account-options.ts';
import { CliError } from '../cli-error.ts';
import { dryRun } from '../dry-run.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy } from '../policy-file.ts';

export interface ReportOptions extends AccountOptions {
  readonly policy: string;
  readonly out: string;
  readonly price: string;
  readonly logGroup?: string;
}

/** Writes the report page, or with `--json` prints what is in it; changes nothing in the account. */
export async function reportCommand(options: ReportOptions, io: CliIo): Promise<0> {
  const pricePerHour = readPrice(options.price);
  const assets = options.json ? undefined : await readPageAssets();
  if (!options.json && assets === undefined)
    throw new CliError('The page of the report was not built; build it with: npm run build');
  const report = await readReport(options, pricePerHour, io);
  if (assets === undefined) io.out(`${JSON.stringify(report, null, 2)}\n`);
  else if (options.out === '-') io.out(reportHtml(report, assets));
  else {
    await write(resolvePath(io.cwd, options.out), reportHtml(report, assets), options.out);
    io.out(summary(report, options.out));
  }
  return 0;
}

async function readReport(options: ReportOptions, pricePerHour: number, io: CliIo): Promise<Report> {
  const { owner } = options;
  const policy = await loadPolicy(options.policy, io.cwd);
  const account = await connect(options, io);
  const now = account.clock.now();
  const logs = new CloudWatchLogsClient(account.clientConfig);
  const { plan, reading } = await dryRun(account, { owner, policy });
  const trail = await readTrail(logs, options.logGroup ?? `/automirror/${owner}/audit`, now);
  const { accountId, region } = account;
  return buildReport({ owner, accountId, region, policy, reading, plan, trail, now, pricePerHour });
}

function readPrice(text: string): number {
  const price = Number(text);
  if (text.trim() === '' || !Number.isFinite(price) || price < 0)
    throw new CliError(`--price: "${text}" is no price; write USD for an hour, such as 0.015`);
  return price;
}

async function write(path: string, text: string, shown: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (error) {
    throw new CliError(`${shown} could not be written: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function summary({ coverage, cost, drift, trail }: Report, out: string): string {
  const changes = 'unknown' in trail ? ` The last changes are unknown: ${trail.unknown}` : '';
  const things = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;
  const { sessions, mirrored, refused } = coverage;
  return `${out}: ${things(sessions, 'session')}, ${things(mirrored, 'mirrored instance')}, ${refused} refused, ${things(drift.length, 'change')} to come, USD ${cost.perMonth.toFixed(2)} a month.${changes}\n`;
}
