import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import * as whole from './sdk-probe.ts';
import { loadTrimmedProbe, root } from './trimmed-probe.ts';

type Sdk = typeof whole;

const partitionTable = join(root, 'node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js');
const regionsNotInTheTable = ['us-east-99', 'eu-isoe-west-9', 'us-gov-north-1', 'cn-central-1', 'mars-north-1'];

let trimmed: Sdk;
let regions: string[];

beforeAll(async () => {
  trimmed = await loadTrimmedProbe();
  const source = await readFile(partitionTable, 'utf8');
  const table: { partitions: { regions: Record<string, unknown> }[] } = JSON.parse(
    source.replace(/^[^{]*/, '').replace(/;\s*$/, ''),
  );
  regions = [...table.partitions.flatMap((partition) => Object.keys(partition.regions)), ...regionsNotInTheTable];
}, 30_000);

const providers = {
  EC2: (sdk: Sdk) => new sdk.EC2Client({ region: 'eu-west-1' }).config.endpointProvider,
  EventBridge: (sdk: Sdk) => new sdk.EventBridgeClient({ region: 'eu-west-1' }).config.endpointProvider,
};

type Provider = ReturnType<(typeof providers)[keyof typeof providers]>;

/** The address, or that there is none; the wording of the refusal is free. */
function addressOf(provider: Provider, parameters: Parameters<Provider>[0]): string {
  try {
    return provider(parameters).url.href;
  } catch {
    return 'refused';
  }
}

describe.each(['EC2', 'EventBridge'] as const)('the trimmed endpoint rules of %s', (service) => {
  const switches = [
    { UseFIPS: false, UseDualStack: false },
    { UseFIPS: true, UseDualStack: false },
    { UseFIPS: false, UseDualStack: true },
    { UseFIPS: true, UseDualStack: true },
  ];

  it.each(switches)('give the SDK’s address in every Region and partition with %o', (flags) => {
    const [original, ours] = [providers[service](whole), providers[service](trimmed)];
    const wanted = regions.map((Region) => [Region, addressOf(original, { Region, ...flags })]);
    expect(wanted.length).toBeGreaterThan(50);
    expect(regions.map((Region) => [Region, addressOf(ours, { Region, ...flags })])).toEqual(wanted);
  });

  it.each(switches)('treat a custom endpoint as the SDK does with %o', (flags) => {
    const parameters = { Region: 'eu-west-1', Endpoint: 'http://127.0.0.1:4566/path', ...flags };
    expect(addressOf(providers[service](trimmed), parameters)).toBe(addressOf(providers[service](whole), parameters));
  });

  it('refuse to guess without a Region', () => {
    expect(() => providers[service](trimmed)({ UseFIPS: false, UseDualStack: false })).toThrow('Missing Region');
  });
});
