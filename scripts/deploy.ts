/**
 * `npm run deploy -- --stage NAME [--region NAME] [--policy FILE] [--param=NAME=VALUE]…`
 *
 * Packages, then deploys exactly what was packaged.
 */
import { join } from 'node:path';
import { root, run, serverless, takeOption } from './serverless.ts';

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const packaged = await run(process.execPath, ['--import', 'tsx', join(root, 'scripts', 'package.ts'), ...args]);
  if (packaged !== 0) return packaged;
  return serverless(['deploy', '--package', '.serverless', ...takeOption(args, 'policy').rest]);
}
