/** The packaged stack in an emulated account on virtual time, with the product's own code in this process as its function. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DescribeSubnetsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { Environment } from '../simulation/environment.ts';
import { deploy, waitingIn } from '../simulation/stack.ts';
import { virtualClient } from '../simulation/virtual-client.ts';
import { createVirtualClock, type VirtualClock } from '../src/emulator/clock.ts';
import type { Caller } from '../src/emulator/core.ts';
import type { Ec2Options } from '../src/emulator/ec2/service.ts';
import { createEmulator, type Emulator } from '../src/emulator/emulator.ts';
import type { EventSourceMapping } from '../src/emulator/lambda/event-source-mapping.ts';
import type { CompiledPolicy } from '../src/model/policy.ts';
import { parsePolicy } from '../src/policy/source/parse.ts';

const owner = 'automirror-dev';

export interface SimulatedService {
  readonly clock: VirtualClock;
  readonly emulator: Emulator;
  readonly mapping: EventSourceMapping;
  /** The function's role. */
  readonly caller: Caller;
  readonly owner: string;
  readonly policy: CompiledPolicy;
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

/**
 * Deploys the stack as last packaged, on a clock that moves only when it is told to; one warm environment serves the whole run.
 *
 * @param isOnWire whether the function's calls go as form and XML; lists of many pages take too long so
 * @param maxSessions of the policy, which is policy.yml otherwise
 */
export async function simulateService(
  ec2Options: Partial<Ec2Options>,
  isOnWire = true,
  maxSessions?: number,
): Promise<SimulatedService> {
  const clock = createVirtualClock();
  const emulator = createEmulator({ clock, ec2: ec2Options });
  const until = async <T>(promise: Promise<T>): Promise<T> => {
    let isSettled = false;
    const settle = () => {
      isSettled = true;
    };
    promise.then(settle, settle);
    while (!isSettled) await clock.advance(10);
    return promise;
  };
  const policyFile = await readFile(join(import.meta.dirname, '..', 'policy.yml'), 'utf8');
  const parsed = parsePolicy(policyFile, 'policy.yml');
  if ('issues' in parsed) throw new Error('policy.yml has issues; run: npx automirror policy check');
  const { limits } = parsed.policy;
  const policy = { ...parsed.policy, limits: { ...limits, maxSessions: maxSessions ?? limits.maxSessions } };

  let environment: Environment | undefined;
  const stack = await deploy(emulator, owner, async (payload) => {
    if (environment === undefined) throw new Error('the function is not there yet');
    return environment.invoke(payload);
  });
  const lines: Readonly<Record<string, unknown>>[] = [];
  environment = new Environment({
    emulator,
    caller: stack.caller,
    owner,
    policy,
    isOnWire,
    log: (level, line) => void lines.push({ level, at: clock.now(), ...line }),
  });
  await until(environment.warmUp());
  const user = new EC2Client(virtualClient({ emulator, caller: { accessKeyId: 'AKIABENCH' }, latencyMs: 0 }));
  await until(user.send(new DescribeSubnetsCommand({})));
  return {
    clock,
    emulator,
    mapping: stack.mapping,
    caller: stack.caller,
    owner,
    policy,
    user,
    lines,
    until,
    waiting: () => waitingIn(stack),
    async stop() {
      // A batch that is under way needs time to end.
      await until(stack.mapping.stop());
      await emulator.stop();
    },
  };
}
