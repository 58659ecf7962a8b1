/** The packaged stack in an emulated account on virtual time, with the product's own code in this process as its function. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { createEc2Client } from '../src/aws/client.ts';
import { createInventory } from '../src/aws/ec2-inventory.ts';
import { createMirroring } from '../src/aws/ec2-mirroring.ts';
import { createEventBus } from '../src/aws/event-bus.ts';
import { RateLimiter } from '../src/aws/rate-limiter.ts';
import { createVirtualClock, type VirtualClock } from '../src/emulator/clock.ts';
import { deployStack } from '../src/emulator/cloudformation/deploy-stack.ts';
import type { Ec2Options } from '../src/emulator/ec2/service.ts';
import { createEmulator, type Emulator } from '../src/emulator/emulator.ts';
import { createEventSourceMapping, type EventSourceMapping } from '../src/emulator/lambda/event-source-mapping.ts';
import { parsePolicy } from '../src/policy/source/parse.ts';
import { Memory } from '../src/reconcile/memory.ts';
import { serveBatch } from '../src/service.ts';
import { clockOf, virtualClient } from './virtual-client.ts';

const root = join(import.meta.dirname, '..');
const templateFile = join(root, '.serverless', 'cloudformation-template-update-stack.json');

/** One way; a call takes about 80 ms. */
const latencyMs = 40;
/** From a message that can be received to the function's first line, in a warm environment. */
const invocationMs = 30;
const functionTimeoutMs = 60_000;
/** As the handler keeps back from its timeout. */
const marginMs = 4_000;
const owner = 'automirror-dev';

/** Everything of the stack but what runs code: that runs here. Alarms and the deployment bucket take no part. */
const leftOut = /^AWS::(Lambda|S3|CloudWatch)::/;

export interface SimulatedService {
  readonly clock: VirtualClock;
  readonly emulator: Emulator;
  readonly mapping: EventSourceMapping;
  /** The account's administrator, whose calls are not counted as the function's. */
  readonly user: EC2Client;
  /** Audit records and other lines of the function. */
  readonly lines: Readonly<Record<string, unknown>>[];
  /** Messages that wait for the function. */
  waiting(): number;
  /** Moves the clock until the promise has settled, and answers what it gives. */
  readonly until: <T>(promise: Promise<T>) => Promise<T>;
  stop(): Promise<void>;
}

/** Deploys the stack as last packaged, on a clock that moves only when it is told to. */
export async function simulateService(ec2Options: Partial<Ec2Options>): Promise<SimulatedService> {
  const clock = createVirtualClock();
  const emulator = createEmulator({ clock, ec2: ec2Options });
  const stack = await deployStack(emulator, { stackName: 'automirror-dev', template: await templateWithoutFunction() });
  const queueArn = stack.resource('ReconcileQueue').attributes.Arn ?? '';
  const queue = emulator.sqs.queue(queueArn);
  if (queue === undefined) throw new Error('the template has no ReconcileQueue');
  const roleArn = stack.resource('ReconcileRole').attributes.Arn ?? '';
  const caller = emulator.registerSession({ accessKeyId: 'ASIABENCH', roleArn, sessionName: 'reconcile' });

  const lines: Readonly<Record<string, unknown>>[] = [];
  const until = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    while (!isSettled) await clock.advance(10);
    return promise;
  };
  const serve = await theFunction(emulator, caller.accessKeyId, lines, until);
  const user = new EC2Client({ ...virtualClient(emulator, 'AKIABENCH', 0) });
  await until(user.send(new DescribeSubnetsCommand({})));
  const mapping = createEventSourceMapping(
    emulator.host,
    {
      queue,
      functionArn: `arn:aws:lambda:${emulator.host.region}:${emulator.host.accountId}:function:reconcile`,
      functionTimeoutSeconds: functionTimeoutMs / 1_000,
      caller,
      batchSize: 10,
      reportBatchItemFailures: true,
    },
    async (payload) => ({ payload: await serve(payload) }),
  );
  return {
    clock,
    emulator,
    mapping,
    user,
    lines,
    until,
    waiting() {
      const { visible, inFlight, delayed } = queue.counts();
      return visible + inFlight + delayed;
    },
    async stop() {
      // A batch that is under way needs time to end.
      await until(mapping.stop());
      await emulator.stop();
    },
  };
}

async function templateWithoutFunction(): Promise<unknown> {
  if (!existsSync(templateFile)) throw new Error('the benchmark runs the packaged stack; make it with: npm run package');
  const template: { Resources: Record<string, { Type: string }>; Outputs: object } = JSON.parse(
    await readFile(templateFile, 'utf8'),
  );
  const kept = Object.entries(template.Resources).filter(([, { Type }]) => !leftOut.test(Type));
  return { ...template, Resources: Object.fromEntries(kept), Outputs: {} };
}

/** Wires the product as `src/app.ts` does, over clients and a clock of the emulated account; one warm environment for the whole run. */
async function theFunction(
  emulator: Emulator,
  accessKeyId: string,
  lines: Readonly<Record<string, unknown>>[],
  until: SimulatedService['until'],
) {
  const parsed = parsePolicy(await readFile(join(root, 'policy.yml'), 'utf8'), 'policy.yml');
  if ('issues' in parsed) throw new Error('policy.yml has issues; run: npx automirror policy check');
  const { policy } = parsed;
  const { host } = emulator;
  const clock = clockOf(emulator);
  const deadline = { at: 0 };
  const aws = virtualClient(emulator, accessKeyId, latencyMs);
  const ec2 = createEc2Client(aws, new RateLimiter(clock, policy.limits.apiShare), deadline);
  const context = {
    owner,
    accountId: host.accountId,
    policy,
    clock,
    memory: new Memory(),
    inventory: createInventory(ec2, clock, deadline),
    mirroring: createMirroring(ec2, clock, deadline),
    bus: createEventBus(new EventBridgeClient(aws), 'default'),
    log: (level: string, line: Readonly<Record<string, unknown>>) => void lines.push({ level, at: clock.now(), ...line }),
    newRunId: () => host.newUuid(),
  };
  // A client's first call reads files, which takes time that the virtual clock knows nothing of.
  deadline.at = Number.MAX_SAFE_INTEGER;
  await until(Promise.all([context.inventory.targets(), context.bus.put([{ detailType: 'Warm', detail: {} }])]));
  return async (payload: string): Promise<string> => {
    await clock.sleep(invocationMs);
    const { Records }: { Records: { body: string; messageId: string }[] } = JSON.parse(payload);
    deadline.at = clock.now() + functionTimeoutMs - marginMs;
    const outcome = await serveBatch(
      Records.map(({ body }) => body),
      context,
      deadline.at,
    );
    const returned = outcome === 'served' ? [] : Records;
    return JSON.stringify({ batchItemFailures: returned.map(({ messageId }) => ({ itemIdentifier: messageId })) });
  };
}
