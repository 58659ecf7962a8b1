import type { EC2Client } from '@aws-sdk/client-ec2';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { createEc2Client, type Deadline } from '../aws/client.ts';
import { createInventory } from '../aws/ec2-inventory.ts';
import { createMirroring } from '../aws/ec2-mirroring.ts';
import { listNetworkTags } from '../aws/network-tags.ts';
import { RateLimiter } from '../aws/rate-limiter.ts';
import type { Clock, Inventory, Mirroring } from '../reconcile/ports.ts';
import type { AccountOptions } from './account-options.ts';
import { CliError } from './cli-error.ts';
import type { CliIo } from './io.ts';
import { tellReading } from './reading-progress.ts';

/** One account and Region, reached with the caller's credentials. */
export interface Account {
  readonly accountId: string;
  readonly callerArn: string;
  /** `aws`, `aws-cn`, `aws-us-gov` … */
  readonly partition: string;
  readonly region: string;
  readonly clock: Clock;
  /** Waits so many milliseconds for what is on its way: records, and changes that were under way. */
  readonly settle: (ms: number) => Promise<void>;
  readonly inventory: Inventory;
  readonly mirroring: Mirroring;
  readonly eventBridge: EventBridgeClient;
  /** The rate-limited client behind the ports. */
  readonly ec2: EC2Client;
  /** What clients of further services are made with. */
  readonly clientConfig: ClientConfig;
}

/** Where AWS is and who calls; empty members are left to the SDK's own defaults. */
export interface ClientConfig {
  readonly region?: string;
  readonly profile?: string;
  readonly endpoint?: string;
  readonly credentials?: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Where `npm start` is, and what it takes, unless it was told otherwise. */
const emulated: ClientConfig = {
  endpoint: 'http://127.0.0.1:4566',
  region: 'eu-west-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
};

/** How long a command may talk to AWS in all. */
const patienceMs = 15 * 60_000;

/** Connects with the standard AWS credentials; rejects with a `CliError` that says what is missing. */
export async function connect(
  options: AccountOptions,
  { progress, wait }: Pick<CliIo, 'progress' | 'wait'> = {},
): Promise<Account> {
  const clock: Clock = { now: () => Date.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) };
  // The AWS CLI's own variable counts too, which the SDK does not read.
  const region = options.region ?? (options.emulator ? undefined : (process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION));
  const config: ClientConfig = {
    ...(options.emulator ? emulated : {}),
    ...(region === undefined ? {} : { region }),
    ...(options.profile === undefined ? {} : { profile: options.profile }),
    ...(options.endpointUrl === undefined ? {} : { endpoint: options.endpointUrl }),
  };
  const deadline: Deadline = { at: clock.now() + patienceMs };
  const sts = new STSClient(config);
  try {
    const { Account: accountId, Arn: arn } = await sts.send(new GetCallerIdentityCommand({}));
    if (accountId === undefined) throw new Error('AWS did not tell the account');
    // A person at a terminal leaves half of every budget to the service.
    const ec2 = createEc2Client(config, new RateLimiter(clock, 0.5), deadline);
    if (progress !== undefined) tellReading(ec2, progress);
    const eventBridge = new EventBridgeClient(config);
    return {
      accountId,
      callerArn: arn ?? '',
      partition: arn?.split(':')[1] ?? 'aws',
      region: await sts.config.region(),
      clock,
      settle: wait ?? ((ms) => clock.sleep(ms)),
      inventory: createInventory(ec2, clock, deadline, listNetworkTags),
      mirroring: createMirroring(ec2, clock, deadline),
      eventBridge,
      ec2,
      clientConfig: config,
    };
  } catch (error) {
    throw new CliError(unreachable(error, options), { cause: error });
  }
}

function unreachable(error: unknown, { endpointUrl, emulator }: AccountOptions): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (/Region is missing/.test(text)) return 'No AWS Region: give --region, or set AWS_REGION.';
  if (/CredentialsProviderError/.test(text))
    return `No AWS credentials: set them as for the AWS CLI, or give --profile. (${text})`;
  const where = emulator
    ? ` at ${emulated.endpoint}, where npm start puts it`
    : endpointUrl === undefined
      ? ''
      : ` at ${endpointUrl}`;
  return `AWS could not be reached${where}: ${text}`;
}
