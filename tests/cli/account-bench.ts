/** The command line program against an emulated account of its own, without the deployed service. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateTrafficMirrorTargetCommand, EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { vi } from 'vitest';
import type { CliIo } from '../../src/cli/io.ts';
import { run } from '../../src/cli/main.ts';
import { instanceId, primaryInterface, User } from '../../src/demo/user.ts';
import type { EmulatedEvent } from '../../src/emulator/core.ts';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };

export interface Typed {
  readonly code: 0 | 1 | 2;
  readonly out: string;
  readonly err: string;
  /** Questions that were asked. */
  readonly asked: readonly string[];
}

export interface Person {
  /** What the person answers; nobody is there when left out. */
  readonly answer?: string;
  readonly isTerminal?: boolean;
  /** Ends a command that would go on for ever. */
  readonly interrupted?: AbortSignal;
  /** What happens while the command waits for what is on its way; in no time, for here everything has arrived. */
  readonly onWait?: (ms: number) => void;
  /** Told of each change of the line that shows how far reading is. */
  readonly onProgress?: (text: string | undefined) => void;
  /** Told of all that has been written to standard output so far. */
  readonly onOutput?: (out: string) => void;
}

/** Nothing of the machine's own AWS configuration; undone by `vi.unstubAllEnvs()`. */
export function stubAwsEnvironment(credentials = true): void {
  for (const name of [
    'AWS_REGION',
    'AWS_PROFILE',
    'AWS_DEFAULT_PROFILE',
    'AWS_ENDPOINT_URL',
    'AWS_SESSION_TOKEN',
    'AUTOMIRROR_OWNER',
  ])
    vi.stubEnv(name, undefined);
  vi.stubEnv('AWS_CONFIG_FILE', '/dev/null');
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/dev/null');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  vi.stubEnv('AWS_DEFAULT_REGION', credentials ? 'eu-west-1' : undefined);
  vi.stubEnv('AWS_ACCESS_KEY_ID', credentials ? 'local' : undefined);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials ? 'local' : undefined);
}

/** Types a command line in a folder, at a terminal or not. */
export async function type(args: readonly string[], cwd: string, person: Person = {}): Promise<Typed> {
  const written = { out: '', err: '' };
  const asked: string[] = [];
  const io: CliIo = {
    out: (text) => {
      written.out += text;
      person.onOutput?.(written.out);
    },
    err: (text) => {
      written.err += text;
    },
    isTerminal: person.isTerminal ?? false,
    ...(person.interrupted === undefined ? {} : { interrupted: person.interrupted }),
    ...(person.onProgress === undefined ? {} : { progress: person.onProgress }),
    cwd,
    wait: async (ms) => person.onWait?.(ms),
    ...(person.answer === undefined
      ? {}
      : {
          ask: async (question: string) => {
            asked.push(question);
            return person.answer ?? '';
          },
        }),
  };
  return { code: await run(args, io), ...written, asked };
}

/** An account with a sensor in the pool `default` and one running instance. */
export class AccountBench {
  readonly emulator: Emulator;
  readonly user: User;
  /** An empty folder, where the commands are typed. */
  readonly folder = mkdtempSync(join(tmpdir(), 'automirror-cli-'));
  readonly ec2: EC2Client;
  readonly #events: EmulatedEvent[] = [];
  /** How far CloudWatch is ahead of the clock, milliseconds. */
  #ahead = 0;

  constructor(emulator: Emulator) {
    this.emulator = emulator;
    this.ec2 = new EC2Client({
      endpoint: emulator.endpoint,
      region: 'eu-west-1',
      credentials,
    });
    this.user = new User(this.ec2);
    emulator.events.onEvent((event) => this.#events.push(event));
  }

  static async start(): Promise<AccountBench> {
    stubAwsEnvironment();
    const emulator = await startEmulator({ ec2: { pendingMs: 0, attachMs: 0, shuttingDownMs: 0, stoppingMs: 0 } });
    return new AccountBench(emulator);
  }

  /** `automirror ARGS --endpoint-url …` */
  type(args: readonly string[], person: Person = {}): Promise<Typed> {
    return type([...args, '--endpoint-url', this.emulator.endpoint], this.folder, person);
  }

  /** `automirror ARGS`, for what talks to no account. */
  typeAway(args: readonly string[]): Promise<Typed> {
    return type(args, this.folder);
  }

  async sensor(): Promise<string> {
    const [sensor] = await this.user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
    if (sensor === undefined) throw new Error('no sensor');
    return this.user.target(primaryInterface(sensor), { 'automirror:target': 'default' });
  }

  /** A load balancer as a target in the pool `default`. */
  async balancer(): Promise<void> {
    await this.ec2.send(
      new CreateTrafficMirrorTargetCommand({
        NetworkLoadBalancerArn: 'arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/net/ids/0123456789abcdef',
        TagSpecifications: [{ ResourceType: 'traffic-mirror-target', Tags: [{ Key: 'automirror:target', Value: 'default' }] }],
      }),
    );
  }

  /** A rule that wakes a stack's function, by which a deployed stack is known. */
  async stackRule(stack = 'automirror-dev'): Promise<void> {
    const { endpoint } = this.emulator;
    const client = new EventBridgeClient({ endpoint, region: 'eu-west-1', credentials });
    const Arn = `arn:aws:sqs:eu-west-1:111122223333:${stack}-reconcile.fifo`;
    await client.send(new PutRuleCommand({ Name: `${stack}-schedule`, ScheduleExpression: 'rate(1 day)' }));
    await client.send(
      new PutTargetsCommand({
        Rule: `${stack}-schedule`,
        Targets: [{ Id: 'queue', Arn, SqsParameters: { MessageGroupId: 'g' } }],
      }),
    );
    client.destroy();
  }

  /** An alarm that nobody has data for: in ALARM if that counts as bad, without enough data otherwise. */
  alarm(name: string, isRaised = false): void {
    const { cloudWatch, host } = this.emulator;
    cloudWatch.alarms.put({
      name,
      metric: { namespace: 'n', name: 'm', dimensions: {} },
      statistic: 'Sum',
      periodSeconds: 60,
      evaluationPeriods: 1,
      comparison: 'GreaterThanThreshold',
      threshold: 0,
      treatMissingData: isRaised ? 'breaching' : 'missing',
      actions: { OK: [], ALARM: [], INSUFFICIENT_DATA: [] },
    });
    this.#ahead += 600_000;
    cloudWatch.goOnTo(host.clock.now() + this.#ahead);
  }

  async instance(tags: Readonly<Record<string, string>>): Promise<{ readonly id: string; readonly eni: string }> {
    const [made] = await this.user.launch(1, 'eu-west-1a', 'm5.large', tags);
    if (made === undefined) throw new Error('no instance');
    return { id: instanceId(made), eni: primaryInterface(made) };
  }

  /** Events that a product of ours put on the bus. */
  commands(): readonly { readonly 'detail-type': string; readonly detail: unknown }[] {
    return this.#events
      .filter(({ source }) => source === 'automirror')
      .map((event) => ({ 'detail-type': event['detail-type'], detail: event.detail }));
  }

  /** EC2 calls that changed something since the last `calls.reset()`. */
  changes(): readonly string[] {
    return this.emulator.ec2.calls.list({ mutating: true }).map(({ action }) => action);
  }

  async stop(): Promise<void> {
    this.ec2.destroy();
    await this.emulator.stop();
    rmSync(this.folder, { recursive: true });
    vi.unstubAllEnvs();
  }
}
