/**
 * `npm run package -- [--policy FILE] [--out FOLDER] [--stage NAME] [--region NAME] [--param=NAME=VALUE]…`
 *
 * Checks the policy, bundles the function and compiles the CloudFormation template into the folder, `.serverless/` unless
 * told otherwise. Needs no network and no credentials. Exit code 1 and no package when anything is refused.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { packageService } from '../src/packaging/package-service.ts';
import { checkStackParams } from '../src/packaging/stack-params.ts';
import { root, serverless, takeOption } from './serverless.ts';

type Params = Parameters<typeof checkStackParams>[0];

const buildDir = join(root, '.build');
const defaultDir = join(root, '.serverless');
const configFile = 'serverless.yml';
/** What it takes from other files of the project, by the same paths. */
const configParts = ['scripts/sweep-seconds.cjs'];
const zipFile = 'reconcile.zip';
/** Parts of the template that depend on the policy. */
const partFiles = ['tag-rule.json', 'finding-parts.json'];
const templateFile = 'cloudformation-template-update-stack.json';
/** A package: all that a deployment needs. */
const packageFiles = [zipFile, templateFile, 'cloudformation-template-create-stack.json', 'serverless-state.json'];

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const { value: policyFile = 'policy.yml', rest } = takeOption(args, 'policy');
  const { value: folder = defaultDir, rest: forServerless } = takeOption(rest, 'out');
  const packageDir = resolve(root, folder);
  await Promise.all(packageFiles.map((file) => rm(join(packageDir, file), { force: true })));

  // In a folder of its own: Serverless empties .serverless/ of the folder that it runs in, whatever folder it is to write to.
  await mkdir(buildDir, { recursive: true });
  const workDir = await mkdtemp(join(buildDir, 'package-'));
  try {
    return await packageIn(workDir, { policyFile, packageDir, forServerless });
  } finally {
    await rm(workDir, { recursive: true, force: true });
  }
}

interface Wanted {
  readonly policyFile: string;
  readonly packageDir: string;
  readonly forServerless: readonly string[];
}

async function packageIn(workDir: string, { policyFile, packageDir, forServerless }: Wanted): Promise<number> {
  const partsDir = join(workDir, '.build');
  const packaged = await packageService({ root, policyFile, outDir: partsDir });
  if ('refused' in packaged) return refuse(packaged.refused);
  for (const notice of packaged.notices) console.error(`notice: ${notice}`);

  await mkdir(join(workDir, 'scripts'));
  await Promise.all([configFile, ...configParts].map((file) => copyFile(join(root, file), join(workDir, file))));
  const code = await serverless(['package', ...forServerless], workDir);
  if (code !== 0) return code;
  const made = join(workDir, '.serverless');
  await copyFile(join(partsDir, zipFile), join(made, zipFile));
  const problems = checkStackParams(await readParams(made));
  if (problems.length > 0) return refuse(problems.join('\n'));

  await mkdir(packageDir, { recursive: true });
  await Promise.all(packageFiles.map((file) => copyFile(join(made, file), join(packageDir, file))));
  // Deploying .serverless/ reads serverless.yml once more, and with it the files that it names.
  if (packageDir === defaultDir) {
    await Promise.all([zipFile, ...partFiles].map((file) => copyFile(join(partsDir, file), join(buildDir, file))));
  }
  console.log(`policy ${packaged.policyHash}, bundle ${(packaged.bundleBytes / 1000).toFixed(1)} KB, in ${packageDir}`);
  return 0;
}

function refuse(reasons: string): number {
  console.error(`${reasons}\nnothing was packaged`);
  return 1;
}

async function readParams(folder: string): Promise<Params> {
  const template: { Metadata?: { automirror?: Params } } = JSON.parse(await readFile(join(folder, templateFile), 'utf8'));
  return template.Metadata?.automirror ?? {};
}
