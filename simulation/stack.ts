/** A deployed stack of the product in an emulated account: everything of the packaged template but what runs code, which runs here. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deployStack, type Stack } from '../src/emulator/cloudformation/deploy-stack.ts';
import type { Caller } from '../src/emulator/core.ts';
import type { Emulator } from '../src/emulator/emulator.ts';
import { createEventSourceMapping, type EventSourceMapping } from '../src/emulator/lambda/event-source-mapping.ts';
import type { Queue } from '../src/emulator/sqs/sqs.ts';
import { functionTimeoutMs, type Invocation } from './environment.ts';

const root = join(import.meta.dirname, '..');
const templateFile = join(root, '.serverless', 'cloudformation-template-update-stack.json');

/** The name that the stack has as packaged, which is its owner too, and part of all that it names. */
const packagedName = 'automirror-dev';

/** Alarms and the deployment bucket take no part, and the function runs in this process. */
const leftOut = /^AWS::(Lambda|S3|CloudWatch)::/;

export interface DeployedStack {
  /** The owner too. */
  readonly name: string;
  readonly id: string;
  /** The function's role. */
  readonly caller: Caller;
  readonly queue: Queue;
  readonly mapping: EventSourceMapping;
  /** Physical names of the rules by their logical ones. */
  readonly ruleName: (logicalId: string) => string;
}

let packaged: Promise<string> | undefined;

/** Deploys the stack as last packaged, under any name; `invoke` answers its batches. */
export async function deploy(
  emulator: Emulator,
  name: string,
  invoke: (payload: string) => Promise<Invocation>,
): Promise<DeployedStack> {
  packaged ??= readTemplate();
  const template = templateWithoutFunction((await packaged).replaceAll(packagedName, name));
  const stack = await deployStack(emulator, { stackName: name, template });
  const queue = emulator.sqs.queue(stack.resource('ReconcileQueue').attributes.Arn ?? '');
  if (queue === undefined) throw new Error('the template has no ReconcileQueue');
  const roleArn = stack.resource('ReconcileRole').attributes.Arn ?? '';
  const caller = emulator.registerSession({ accessKeyId: `ASIA${name.toUpperCase()}`, roleArn, sessionName: 'reconcile' });
  const mapping = createEventSourceMapping(
    emulator.host,
    {
      queue,
      functionArn: `arn:aws:lambda:${emulator.host.region}:${emulator.host.accountId}:function:${name}-reconcile`,
      functionTimeoutSeconds: functionTimeoutMs / 1_000,
      caller,
      batchSize: 10,
      reportBatchItemFailures: true,
    },
    invoke,
  );
  return { name, id: stack.id, caller, queue, mapping, ruleName: (logicalId) => ruleNameIn(stack, logicalId) };
}

/** Messages that wait for the function. */
export function waitingIn({ queue }: Pick<DeployedStack, 'queue'>): number {
  const { visible, inFlight, delayed } = queue.counts();
  return visible + inFlight + delayed;
}

function ruleNameIn(stack: Stack, logicalId: string): string {
  const arn = stack.resource(logicalId).attributes.Arn ?? '';
  return arn.slice(arn.lastIndexOf('/') + 1);
}

async function readTemplate(): Promise<string> {
  if (!existsSync(templateFile)) throw new Error('the simulation runs the packaged stack; make it with: npm run package');
  return readFile(templateFile, 'utf8');
}

function templateWithoutFunction(text: string): unknown {
  const template: { Resources: Record<string, { Type: string }>; Outputs: object } = JSON.parse(text);
  const kept = Object.entries(template.Resources).filter(([, { Type }]) => !leftOut.test(Type));
  return { ...template, Resources: Object.fromEntries(kept), Outputs: {} };
}
