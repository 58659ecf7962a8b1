import { describe, expect, it } from 'vitest';
import { SimulatedAccount } from '../../simulation/account.ts';
import type { Deed } from '../../simulation/deeds.ts';
import { drawScript } from '../../simulation/draw-script.ts';
import { wishesOf } from '../../simulation/oracle.ts';
import { simulatedPolicies } from '../../simulation/policies.ts';
import { differences } from '../../simulation/quiet-check.ts';
import { seededRandom } from '../../src/emulator/identity.ts';

const { conditions } = drawScript(1, 1, seededRandom(1));
const calm = { ...conditions, throttling: false, pendingMs: 150, attachMs: 75, policies: [0, 7] as const };
const [defaults] = simulatedPolicies;

/** An account in which these deeds were done, and half a minute has passed. */
async function after(...deeds: readonly Deed[]): Promise<SimulatedAccount> {
  const account = await SimulatedAccount.create(1, calm, false);
  for (const deed of deeds) await account.carryOut(deed);
  await account.clock.advance(30_000);
  return account;
}

const target: Deed = { do: 'add target', pool: 'default', kind: 'load balancer', subnet: 0 };
const launch = (tags: Record<string, string>, type = 'm5.large'): Deed => ({
  do: 'launch',
  count: 1,
  type,
  subnet: 0,
  tags,
  interfaces: 2,
});

function wishes(account: SimulatedAccount) {
  if (defaults === undefined) throw new Error('there are no policies');
  return [...wishesOf(account.emulator.ec2.world, 'automirror-blue', defaults.plain, account.clock.now()).values()];
}

function wrong(account: SimulatedAccount) {
  const { emulator, clock, stacks } = account;
  return stacks.flatMap(({ owner, policy }) =>
    differences(emulator.ec2.world, { owner, policy: policy.plain, accountId: emulator.host.accountId, now: clock.now() }),
  );
}

describe('the oracle', () => {
  it.each([
    ['a tag in any case, for each interface', launch({ Mirror: 'YES' }), 2],
    ['nothing for a no', launch({ mirror: 'false' }), 0],
    ['nothing for a word that is neither', launch({ mirror: 'maybe' }), 0],
    ['nothing where two spellings disagree', launch({ mirror: 'true', Mirror: 'FALSE' }), 0],
    ['the primary interface alone', launch({ mirror: 'true', 'mirror-interfaces': 'primary' }), 1],
    ['nothing for a filter that there is not', launch({ mirror: 'true', 'mirror-filter': 'nothing' }), 0],
    ['nothing after the time is up', launch({ mirror: 'true', 'mirror-until': '2020-01-01' }), 0],
    ['nothing of a type that was never supported', launch({ mirror: 'true' }, 't2.micro'), 0],
  ])('wants %s', async (_what, deed, count) => {
    const account = await after(target, deed);
    expect(wishes(account)).toHaveLength(count);
    await account.stop();
  });

  it('finds nothing wrong with what the product made, and everything that is done to it by hand', async () => {
    const account = await after(target, launch({ mirror: 'true' }));
    expect(wrong(account)).toEqual([]);
    for (const stack of account.stacks) void stack.deployed?.mapping.stop();
    await account.carryOut({ do: 'modify session by hand', session: 0, field: 'number', value: 77 });
    await account.carryOut({ do: 'delete session by hand', session: 0.9 });
    await account.carryOut({ do: 'edit filter by hand', filter: 0, how: 'drop services' });
    const found = wrong(account).join('\n');
    expect(found).toMatch(/number is 77, wanted 10/);
    expect(found).toMatch(/wanted by rule "opt-in", and not there/);
    expect(found).toMatch(/is not "all-traffic" as the policy has it/);
    await account.stop();
  });
});
