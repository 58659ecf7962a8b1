/** The case tables of the doctor's checks: a world that works, what a case changes of it, and what one check then finds. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { checks } from '../../../src/doctor/checks/index.ts';
import type { Facts } from '../../../src/doctor/facts.ts';
import type { Finding } from '../../../src/doctor/finding.ts';
import { parseFlow } from '../../../src/doctor/flow.ts';

const folder = join(import.meta.dirname, '../../cases/doctor');
const read = (file: string): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8'));

const tableShape = z.array(
  z.strictObject({
    check: z.string(),
    cases: z.array(
      z.strictObject({
        name: z.string(),
        flow: z.string().optional(),
        /** New values by path, parts separated by dots. */
        set: z.record(z.string(), z.unknown()),
        /** Parts of the finding's texts; null: the check does not concern the case. */
        expect: z
          .strictObject({
            verdict: z.enum(['pass', 'fail', 'unknown']),
            evidence: z.string().optional(),
            fix: z.string().optional(),
          })
          .nullable(),
      }),
    ),
  }),
);

const world = z
  .object({ instance: z.string(), session: z.string(), facts: z.record(z.string(), z.unknown()) })
  .parse(read('world.json'));
const tables = readdirSync(folder)
  .filter((file) => file.endsWith('.json') && file !== 'world.json')
  .flatMap((file) => tableShape.parse(read(file)));

/** The facts of the world with the case's changes; a path that leads nowhere is a mistake in the case. */
function factsOf(changes: Readonly<Record<string, unknown>>): Facts {
  const facts = structuredClone(world.facts);
  for (const [path, value] of Object.entries(changes)) {
    const parts = path.split('.');
    const last = parts.pop() ?? '';
    let place: object = facts;
    for (const part of parts) {
      const next: unknown = Reflect.get(place, part);
      if (typeof next !== 'object' || next === null) throw new Error(`${path}: there is no ${part}`);
      place = next;
    }
    Reflect.set(place, last, value);
  }
  // The table is data of the test's own, in the form of Facts.
  return facts as unknown as Facts;
}

function examine(checkId: string, changes: Readonly<Record<string, unknown>>, flowText: string | undefined): Finding | undefined {
  const check = checks.find(({ id }) => id === checkId);
  if (check === undefined) throw new Error(`there is no check ${checkId}`);
  const facts = factsOf(changes);
  const instance = facts.instances[world.instance];
  const decision = facts.decisions[world.instance];
  if (instance === undefined || decision === undefined) throw new Error('the case has no instance');
  if (check.about === 'instance') return check.examine({ instance, decision }, facts);
  const session = facts.sessions.find(({ id }) => id === world.session);
  if (session === undefined) throw new Error('the case has no session');
  const flow = flowText === undefined ? undefined : parseFlow(flowText);
  if (flow !== undefined && 'problem' in flow) throw new Error(flow.problem);
  return check.examine({ instance, decision, session, ...(flow === undefined ? {} : { flow }) }, facts);
}

describe.each(tables)('the check $check', ({ check, cases }) => {
  it.each(cases)('$name', ({ set, flow, expect: expected }) => {
    const finding = examine(check, set, flow);
    if (expected === null) {
      expect(finding).toBeUndefined();
      return;
    }
    expect(finding?.verdict, JSON.stringify(finding)).toBe(expected.verdict);
    expect(finding?.evidence).toContain(expected.evidence ?? '');
    expect(finding?.fix ?? '').toContain(expected.fix ?? '');
    // What is not well comes with what to do.
    expect(finding?.fix === undefined).toBe(expected.verdict === 'pass');
  });
});

it('has cases for every check, and a failure and something unknown for each that reads the network', () => {
  const verdicts = (id: string) =>
    new Set(tables.filter(({ check }) => check === id).flatMap(({ cases }) => cases.map((one) => one.expect?.verdict)));
  for (const { id } of checks) {
    expect([...verdicts(id)], id).toEqual(expect.arrayContaining(['pass', 'fail']));
  }
  for (const id of [
    'route',
    'transit-gateway',
    'source-network-acl',
    'security-group',
    'endpoint',
    'load-balancer-listener',
    'metrics',
    'target',
  ])
    expect([...verdicts(id)], id).toContain('unknown');
});
