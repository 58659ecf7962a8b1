import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { deployStack, type Stack } from '../emulator/cloudformation/deploy-stack.ts';
import { type Emulator, startEmulator } from '../emulator/emulator.ts';

export const root = join(import.meta.dirname, '..', '..');

export const stackName = 'automirror-dev';

/** What an emulated account takes for credentials: anything. */
export const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

/** The whole service on this machine: the emulated account with the packaged stack deployed in it. */
export interface LocalStack {
  readonly emulator: Emulator;
  readonly stack: Stack;
  readonly ec2: EC2Client;
  readonly auditLogGroup: string;
  stop(): Promise<void>;
}

/** Packages the service with a policy, as `npm run package` does; rejects with the packager's own words. */
export async function packageStack(policyFile: string, outDir: string): Promise<void> {
  const script = join(root, 'scripts', 'package.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, '--policy', policyFile, '--out', outDir, '--stage', 'dev'], {
    cwd: root,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise((resolve) => child.once('close', resolve));
  if (code !== 0) throw new Error(`the stack could not be packaged:\n${output}`);
}

/** Starts an emulated account and deploys what was packaged in `packageDir` into it. */
export async function deployLocally(packageDir: string, options: { readonly port?: number } = {}): Promise<LocalStack> {
  const emulator = await startEmulator({ ...options, seed: Date.now() % 1_000_000 });
  const stack = await deployStack(emulator, {
    stackName,
    templatePath: join(packageDir, 'cloudformation-template-update-stack.json'),
    artifactDirectory: packageDir,
  });
  const { endpoint } = emulator;
  const auditLogGroup = stack.outputs.AuditLogGroup;
  if (auditLogGroup === undefined) throw new Error('the stack has no output AuditLogGroup');
  const ec2 = new EC2Client({ endpoint, region: emulator.host.region, credentials });
  return {
    emulator,
    stack,
    ec2,
    auditLogGroup,
    async stop() {
      ec2.destroy();
      await emulator.stop();
    },
  };
}
