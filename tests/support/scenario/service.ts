import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTrafficMirrorTargetsCommand, type DescribeTrafficMirrorTargetsResult, EC2Client } from '@aws-sdk/client-ec2';
import { User, until } from '../../../src/demo/user.ts';
import { deployStack, type Stack } from '../../../src/emulator/cloudformation/deploy-stack.ts';
import type { RecordedCall } from '../../../src/emulator/ec2/calls.ts';
import type { Ec2Options } from '../../../src/emulator/ec2/service.ts';
import { type Emulator, startEmulator } from '../../../src/emulator/emulator.ts';
import type { Queue } from '../../../src/emulator/sqs/sqs.ts';
import type { FindingParts } from '../../../src/packaging/finding-parts.ts';
import { packageService } from '../../../src/packaging/package-service.ts';

const root = join(import.meta.dirname, '..', '..', '..');
const packagedTemplate = join(root, '.serverless', 'cloudformation-template-update-stack.json');

/** One audit record, as far as scenarios look at it. */
export interface AuditLine {
  readonly action: string;
  readonly outcome: string;
  readonly reason: string;
  readonly detail?: string;
  readonly trigger: string;
  readonly instanceId?: string;
  readonly eniId?: string;
  readonly sessionId?: string;
  readonly targetId?: string;
  readonly filterId?: string;
  readonly principal?: string;
  readonly errorCode?: string;
  readonly before?: Readonly<Record<string, string | number>>;
  readonly after?: Readonly<Record<string, string | number>>;
  readonly policyHash: string;
}

/** The packaged service in an emulated account of its own, with a user of that account. */
export class RunningService {
  readonly emulator: Emulator;
  #stack: Stack;
  readonly ec2: EC2Client;
  readonly user: User;

  constructor(emulator: Emulator, stack: Stack) {
    this.emulator = emulator;
    this.#stack = stack;
    this.ec2 = this.client({ accessKeyId: 'local', secretAccessKey: 'local' });
    this.user = new User(this.ec2);
  }

  get stack(): Stack {
    return this.#stack;
  }

  /** Removes the stack and deploys it again with another policy, over the same account; the trail begins anew. */
  async redeploy(policy: string): Promise<void> {
    await this.#stack.remove();
    this.#stack = await deploy(this.emulator, policy);
    await until('the sweep after the deployment', async () => this.#sweeps()[0]);
  }

  client(credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }): EC2Client {
    return new EC2Client({ endpoint: this.emulator.endpoint, region: this.emulator.host.region, credentials, maxAttempts: 1 });
  }

  /** A client that has exactly what the packaged function's role allows. */
  clientOfRole(): EC2Client {
    const roleArn = this.stack.resource('ReconcileRole').attributes.Arn ?? '';
    this.emulator.registerSession({ accessKeyId: 'ASIASCENARIO', roleArn, sessionName: 'scenario' });
    return this.client({ accessKeyId: 'ASIASCENARIO', secretAccessKey: 'scenario' });
  }

  /** The audit trail, oldest first. */
  trail(): readonly AuditLine[] {
    const group = this.stack.outputs.AuditLogGroup ?? '';
    return this.emulator.logs.read(group).map(({ message }) => (JSON.parse(message) as { detail: AuditLine }).detail);
  }

  /** The function's own log lines, as text. */
  log(): readonly string[] {
    return this.emulator.logs.read(`/aws/lambda/${this.stack.name}-reconcile`).map(({ message }) => message);
  }

  /** All audit records, as the function's log has them: also of what was kept, skipped or dropped, which the trail leaves out. */
  records(): readonly AuditLine[] {
    return this.log().flatMap((line) => (line.includes('"audit":1') ? [JSON.parse(line) as AuditLine] : []));
  }

  /** The queue of the stack whose name ends so. */
  queue(end: 'reconcile.fifo' | 'dead-letters.fifo'): Queue {
    const queue = this.emulator.sqs.queues().find(({ name }) => name.endsWith(end));
    if (queue === undefined) throw new Error(`the stack has no queue ${end}`);
    return queue;
  }

  /** Once quiet, asks for a sweep and waits until it has ended. */
  async sweep(more: { readonly allowDeletes?: boolean; readonly rebalance?: boolean } = {}): Promise<AuditLine> {
    await this.quiet();
    const before = this.#sweeps().length;
    this.emit('automirror', 'Sweep Requested', { owner: this.stack.outputs.Owner, ...more });
    return until('the end of a sweep', async () => this.#sweeps()[before]);
  }

  #sweeps(): readonly AuditLine[] {
    return this.trail().filter((line) => line.action === 'sweep.complete');
  }

  emit(source: string, detailType: string, detail: unknown, resources: readonly string[] = []): void {
    this.emulator.host.emit({ source, detailType, detail, resources });
  }

  /** What the function asked of EC2 since the last `calls.reset()`. */
  calls(): readonly RecordedCall[] {
    return this.emulator.ec2.calls.list({ callerKind: 'role' });
  }

  /** Waits until nothing is under way for a while: no event travels, no message waits or is worked on. */
  async quiet(): Promise<void> {
    let still = 0;
    await until('a quiet service', async () => {
      still = this.#isQuiet() ? still + 1 : 0;
      return still >= 3 ? true : undefined;
    });
  }

  #isQuiet(): boolean {
    const { matched, duplicated, delivered, deadLettered, dropped } = this.emulator.events.counts();
    const travelling = matched + duplicated - delivered - deadLettered - dropped;
    const waiting = this.emulator.sqs.queues().filter((queue) => {
      const { visible, inFlight, delayed } = queue.counts();
      return !queue.name.includes('dead-letters') && visible + inFlight + delayed > 0;
    });
    return travelling === 0 && waiting.length === 0;
  }

  /** The targets, as EC2 lists them. */
  targets(): Promise<DescribeTrafficMirrorTargetsResult> {
    return this.ec2.send(new DescribeTrafficMirrorTargetsCommand({}));
  }

  async stop(): Promise<void> {
    this.ec2.destroy();
    await this.emulator.stop();
  }
}

export interface ServiceOptions {
  /** Text of a policy file; the project's own `policy.yml` unless given. */
  readonly policy?: string;
  readonly ec2?: Partial<Ec2Options>;
}

/** CloudTrail is at once here, so that scenarios need not wait for what they do not test. */
const lively: Partial<Ec2Options> = {
  pendingMs: 20,
  stoppingMs: 20,
  shuttingDownMs: 20,
  attachMs: 10,
  detachMs: 10,
  cloudTrailLatencyMs: 10,
};

/** Deploys the packaged service into a new emulated account and waits for the sweep that follows each deployment. */
export async function runService(options: ServiceOptions = {}): Promise<RunningService> {
  const emulator = await startEmulator({ ec2: { ...lively, ...options.ec2 } });
  try {
    const service = new RunningService(emulator, await deploy(emulator, options.policy));
    await until('the sweep after the deployment', async () => service.trail().find((line) => line.action === 'sweep.complete'));
    return service;
  } catch (error) {
    await emulator.stop();
    throw error;
  }
}

async function deploy(emulator: Emulator, policy: string | undefined): Promise<Stack> {
  const { template, zip } = await packaged(policy);
  return deployStack(emulator, { stackName: 'automirror-dev', template, artifact: () => zip });
}

const repackaged = new Map<string, Promise<{ readonly template: unknown; readonly zip: string }>>();

/** The packaged template and function; with another policy, the parts that depend on it are made again by the packager's own code. */
function packaged(policy: string | undefined): Promise<{ readonly template: unknown; readonly zip: string }> {
  if (policy === undefined) return ownPackage();
  const key = createHash('sha256').update(policy).digest('hex');
  const made = repackaged.get(key) ?? repackage(policy);
  repackaged.set(key, made);
  return made;
}

async function ownPackage() {
  return {
    template: JSON.parse(await readFile(packagedTemplate, 'utf8')) as unknown,
    zip: join(root, '.serverless', 'reconcile.zip'),
  };
}

/** What of the template depends on the policy. */
export interface PolicyDependent {
  readonly Conditions: { FollowFindings: unknown };
  readonly Resources: {
    readonly TagChangeRule: { readonly Properties: { EventPattern: unknown } };
    readonly FindingRule: { readonly Properties: { EventPattern: unknown } };
    readonly FindingPolicy: {
      readonly Properties: {
        readonly PolicyDocument: { readonly Statement: readonly [{ Condition: unknown }, { Condition: unknown }] };
      };
    };
  };
}

async function repackage(policy: string) {
  const folder = await mkdtemp(join(tmpdir(), 'automirror-scenario-'));
  process.once('exit', () => void rm(folder, { recursive: true, force: true }));
  const policyFile = join(folder, 'policy.yml');
  await writeFile(policyFile, policy);
  const result = await packageService({ root, policyFile, outDir: folder });
  if ('refused' in result) throw new Error(result.refused);
  const template = JSON.parse(await readFile(packagedTemplate, 'utf8')) as PolicyDependent;
  const { TagChangeRule, FindingRule, FindingPolicy } = template.Resources;
  TagChangeRule.Properties.EventPattern = JSON.parse(await readFile(join(folder, 'tag-rule.json'), 'utf8'));
  const parts: FindingParts = JSON.parse(await readFile(join(folder, 'finding-parts.json'), 'utf8'));
  template.Conditions.FollowFindings = { 'Fn::Equals': [parts.enabled, 'true'] };
  FindingRule.Properties.EventPattern = parts.pattern;
  const [tag, extend] = FindingPolicy.Properties.PolicyDocument.Statement;
  tag.Condition = parts.tagCondition;
  extend.Condition = parts.extendCondition;
  return { template, zip: join(folder, 'reconcile.zip') };
}
