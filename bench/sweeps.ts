/** Sweeps over accounts of several sizes, with the throttles that EC2 publishes, on virtual time: over one where all is well, and over one that was tampered with unheard. */
import { addTarget, administrator, launchMany, settle, sweep, unheard } from './account.ts';
import type { Figure } from './figure.ts';
import { HeapPeak } from './heap.ts';
import { type SimulatedService, simulateService } from './simulated-service.ts';

const sizes = [1_000, 10_000, 100_000] as const;
const taggedShare = 0.05;
/** Of the sessions: so many are deleted by hand, and as many changed. */
const tamperedShare = 0.1;
/** Items on a page, as EC2 has it at most. */
const pageSize = 1_000;

/** Collecting garbage in an account of 100,000 instances takes too long for each step. */
const heapEveryMs = 200;

/** What a sweep did. */
interface Swept {
  readonly calls: number;
  readonly mutating: number;
  readonly byAction: Readonly<Record<string, number>>;
  readonly timeMs: number;
  /** How often it asked the bus to go on. */
  readonly continuations: number;
  readonly failed: number;
}

export async function measureSweeps(): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of sizes) figures.push(...(await measureSize(size)));
  return figures;
}

async function measureSize(instances: number): Promise<Figure[]> {
  const tagged = instances * taggedShare;
  const tampered = tagged * tamperedShare;
  const service = await simulateService({ throttling: true }, false);
  try {
    await service.clock.advance(30_000);
    await unheard(service, async () => {
      await addTarget(service);
      await launchMany(service, instances - tagged, false);
      await launchMany(service, tagged, true);
    });
    await unheard(service, () => settle(service));
    const { world } = service.emulator.ec2;
    requireCount('sessions', world.sessions().length, tagged);

    const before = new Set(contents(service));
    const heap = new HeapPeak();
    const idle = await measureSweep(service, (passedMs) => passedMs % heapEveryMs === 0 && heap.look());
    const heapMb = heap.megabytes;
    const again = await measureSweep(service);
    await unheard(service, () => tamper(service, tampered));
    requireCount('sessions after tampering', world.sessions().length, tagged - tampered);
    const repair = await measureSweep(service);
    const whole = contents(service).filter((content) => before.has(content)).length;
    return [
      ...idleFigures(idle, instances, tagged),
      { name: 'idle, heap beyond the account itself', value: heapMb, unit: 'MB' } as const,
      { name: 'idle again, EC2 calls', value: again.calls, unit: 'count' } as const,
      { name: 'idle again, time', value: again.timeMs / 1_000, unit: 's' } as const,
      ...repairFigures(repair, tampered, whole / tagged),
    ].map((figure) => ({ ...figure, of: instances.toLocaleString('en') }));
  } finally {
    await service.stop();
  }
}

function idleFigures(idle: Swept, instances: number, tagged: number): Figure[] {
  const pages = (items: number) => Math.max(1, Math.ceil(items / pageSize));
  // Candidates, sessions, interfaces, targets, filters.
  const walk = pages(tagged) + pages(tagged) + pages(instances) + 1 + 1;
  const actions = [
    'DescribeInstances',
    'DescribeNetworkInterfaces',
    'DescribeTrafficMirrorSessions',
    'DescribeTrafficMirrorTargets',
    'DescribeTrafficMirrorFilters',
  ];
  const others = Object.entries(idle.byAction).filter(([action]) => !actions.includes(action));
  return [
    ...actions.map((action): Figure => ({ name: `idle, ${action}`, value: idle.byAction[action] ?? 0, unit: 'count' })),
    { name: 'idle, other calls', value: others.reduce((sum, [, count]) => sum + count, 0), unit: 'count', atMost: 0 },
    { name: 'idle, EC2 calls', value: idle.calls, unit: 'count' },
    { name: 'idle, one walk of each list', value: walk, unit: 'count' },
    { name: 'idle, calls / one walk of each list', value: idle.calls / walk, unit: 'ratio', atMost: 1 },
    { name: 'idle, mutating calls', value: idle.mutating, unit: 'count', atMost: 0 },
    { name: 'idle, time', value: idle.timeMs / 1_000, unit: 's' },
  ];
}

function repairFigures(repair: Swept, tampered: number, share: number): Figure[] {
  // A bucket each, one after the other, for a change may free the place that a creation takes: https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html
  const floorMs = 2 * (Math.max(0, tampered - 50) / 5) * 1_000;
  return [
    { name: 'repair, share of sessions as they should be', value: share, unit: 'ratio', atLeast: 1 },
    { name: 'repair, mutating calls a repair', value: repair.mutating / (2 * tampered), unit: 'ratio', atMost: 1.01 },
    { name: 'repair, calls a repair', value: repair.calls / (2 * tampered), unit: 'ratio' },
    { name: 'repair, time', value: repair.timeMs / 1_000, unit: 's' },
    { name: 'repair, time / floor', value: floorMs === 0 ? undefined : repair.timeMs / floorMs, unit: 'ratio' },
    { name: 'repair, continuations', value: repair.continuations, unit: 'count' },
    { name: 'repair, changes that failed', value: repair.failed, unit: 'count', atMost: 0 },
  ];
}

async function measureSweep(service: SimulatedService, onStep: (passedMs: number) => void = () => undefined): Promise<Swept> {
  const { calls } = service.emulator.ec2;
  calls.reset();
  const linesBefore = service.lines.length;
  const timeMs = await sweep(service, onStep);
  const lines = service.lines.slice(linesBefore);
  return {
    timeMs,
    calls: calls.count({ callerKind: 'role' }),
    mutating: calls.count({ callerKind: 'role', mutating: true }),
    byAction: calls.byAction({ callerKind: 'role' }),
    continuations: lines.filter(({ reason }) => reason === 'sweep-unfinished').length,
    failed: lines.filter(({ outcome, level }) => outcome === 'failed' || level === 'error').length,
  };
}

/** The first sessions are deleted, and the next ones made to copy the beginning of packets alone. */
async function tamper(service: SimulatedService, count: number): Promise<void> {
  const hand = administrator(service);
  const ids = service.emulator.ec2.world.sessions().map(({ trafficMirrorSessionId }) => trafficMirrorSessionId);
  for (const TrafficMirrorSessionId of ids.slice(0, count))
    await hand.answer('DeleteTrafficMirrorSession', { TrafficMirrorSessionId });
  for (const TrafficMirrorSessionId of ids.slice(count, 2 * count))
    await hand.answer('ModifyTrafficMirrorSession', { TrafficMirrorSessionId, PacketLength: 64 });
}

/** What matters of each session, whichever id and VNI it has. */
function contents({ emulator: { ec2 } }: SimulatedService): readonly string[] {
  return ec2.world
    .sessions()
    .map((one) =>
      [one.networkInterfaceId, one.trafficMirrorTargetId, one.trafficMirrorFilterId, one.sessionNumber, one.packetLength].join(),
    );
}

function requireCount(what: string, found: number, expected: number): void {
  if (found !== expected) throw new Error(`${found} ${what}, not ${expected}: the account could not be made ready`);
}
