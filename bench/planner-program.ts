/** Run by `planner.ts` in a process of its own: makes a settled world of so many instances, decides and plans, and prints what that took. */

import type { EniId, InstanceId } from '../src/model/ids.ts';
import type { Instance } from '../src/model/instance.ts';
import type { ActualSession } from '../src/model/session.ts';
import type { ActualTarget } from '../src/model/target.ts';
import { isChange } from '../src/plan/action.ts';
import { buildPlan } from '../src/plan/plan.ts';
import type { World } from '../src/plan/world.ts';
import { resolve } from '../src/policy/resolve.ts';
import { parsePolicy } from '../src/policy/source/parse.ts';

const owner = 'automirror-bench';
const accountId = '111122223333';
const count = Number(process.argv[2]);

const parsed = parsePolicy('', 'policy.yml');
if ('issues' in parsed) throw new Error('an empty policy is valid');
const { policy } = parsed;
const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
const hex = (index: number) => index.toString(16).padStart(17, '0');

const instances = Array.from({ length: count }, (_, index): Instance => {
  const zone = zones[index % zones.length] ?? '';
  return {
    id: `i-${hex(index)}` as InstanceId,
    accountId,
    type: 'm5.large',
    state: 'running',
    zone,
    vpcId: 'vpc-0123456789abcdef0',
    subnetId: 'subnet-0123456789abcdef0',
    tags: index % 10 === 0 ? { Name: `web-${index}`, env: 'prod', mirror: 'true' } : { Name: `db-${index}`, env: 'prod' },
    networkInterfaces: [
      { id: `eni-${hex(index)}`, deviceIndex: 0, interfaceType: 'interface', attachmentStatus: 'attached', zone, tags: {} },
    ],
  };
});
const targets = Array.from({ length: Math.ceil(count / 600) }, (_, index): ActualTarget => {
  const zone = zones[index % zones.length] ?? '';
  const id = `tmt-${hex(index)}` as const;
  return {
    id,
    type: 'network-interface',
    accountId,
    tags: { 'automirror:target': 'default' },
    instanceType: 'm5.24xlarge',
    zone,
  };
});
const attachments = new Map<EniId, { readonly instanceId: InstanceId }>();
for (const { id, networkInterfaces } of instances)
  for (const eni of networkInterfaces) attachments.set(eni.id, { instanceId: id });
const facts = { now: 0, refusedTypes: new Map<string, never>() };
const planWith = (world: World) =>
  buildPlan({
    owner,
    policy,
    scope: { kind: 'everything' },
    decisions: instances.map((one) => resolve(one, policy, facts)),
    world,
  });

/** As the first plan would leave it. */
const world = settled({ accountId, sessions: [], targets, filters: [], attachments, declaredInterfaces: new Map() });
gc?.();

const before = process.cpuUsage();
const decisions = instances.map((one) => resolve(one, policy, facts));
const decided = process.cpuUsage(before);
const plan = buildPlan({ owner, policy, scope: { kind: 'everything' }, decisions, world });
const planned = process.cpuUsage(before);
const ms = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1_000;
const heapMb = process.memoryUsage().heapUsed / 1_000_000;
process.stdout.write(
  JSON.stringify({
    resolveMs: ms(decided),
    planMs: ms(planned) - ms(decided),
    heapMb,
    changes: plan.actions.filter(isChange).length,
  }),
);

function settled(empty: World): World {
  const sessions: ActualSession[] = [];
  const filters: World['filters'][number][] = [];
  for (const action of planWith(empty).actions) {
    if (action.kind === 'filter.create')
      filters.push({ id: 'tmf-0123456789abcdef0', content: action.profile.content, ruleIds: [], tags: action.tags });
    if (action.kind !== 'session.create' || !('id' in action.spec.target)) continue;
    const { tags, sessionNumber } = action.spec;
    const place = { eniId: action.eniId, targetId: action.spec.target.id, filterId: 'tmf-0123456789abcdef0' as const };
    sessions.push({ id: `tms-${hex(sessions.length)}`, ...place, sessionNumber, vni: sessions.length + 1, accountId, tags });
  }
  return { ...empty, sessions, filters };
}
