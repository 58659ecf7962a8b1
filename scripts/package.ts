/**
 * `npm run package -- [--policy FILE] [--out FOLDER] [--stage NAME] [--region NAME] [--param=NAME=VALUE]…`
 *
 * Checks the policy, bundles the function and compiles the CloudFormation template into the folder, `.serverless/` unless
 * told otherwise. Needs no network and no credentials. Exit code 1 and no such folder when anything is refused.
 */
import { copyFile, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { packageService } from '../src/packaging/package-service.ts';
import { checkStackParams } from '../src/packaging/stack-params.ts';
import { root, serverless, takeOption } from './serverless.ts';

type Params = Parameters<typeof checkStackParams>[0];

const buildDir = join(root, '.build');

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { value: policyFile = 'policy.yml', rest: afterPolicy } = takeOption(args, 'policy');
  const { value: out = '.serverless', rest } = takeOption(afterPolicy, 'out');
  const packageDir = join(root, out);
  await rm(packageDir, { recursive: true, force: true });

  const packaged = await packageService({ root, policyFile, outDir: buildDir });
  if ('refused' in packaged) return refuse(packaged.refused);
  for (const notice of packaged.notices) console.error(`notice: ${notice}`);

  const code = await serverless(['package', '--package', out, ...rest]);
  if (code !== 0) return code;
  const problems = checkStackParams(await readParams(packageDir));
  if (problems.length > 0) {
    await rm(packageDir, { recursive: true, force: true });
    return refuse(problems.join('\n'));
  }
  await copyFile(join(buildDir, 'reconcile.zip'), join(packageDir, 'reconcile.zip'));
  console.log(`policy ${packaged.policyHash}, bundle ${(packaged.bundleBytes / 1000).toFixed(1)} KB, in ${out}/`);
  return 0;
}

function refuse(reasons: string): number {
  console.error(`${reasons}\nnothing was packaged`);
  return 1;
}

async function readParams(packageDir: string): Promise<Params> {
  const file = join(packageDir, 'cloudformation-template-update-stack.json');
  const template: { Metadata?: { automirror?: Params } } = JSON.parse(await readFile(file, 'utf8'));
  return template.Metadata?.automirror ?? {};
}
