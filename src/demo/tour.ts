/** `npm run demo`: the main job in about ten seconds, on this machine, with no AWS account. Ends by itself; exit code 1 if anything was not as told. */
import { join } from 'node:path';
import type { Instance } from '@aws-sdk/client-ec2';
import { fold } from '../terminal/fold.ts';
import { createTrailText } from '../terminal/trail-text.ts';
import { deployLocally, type LocalStack, packageStack, root } from './local-stack.ts';
import { colors, columns } from './terminal.ts';
import { instanceId, primaryInterface, User, until } from './user.ts';

const policyFile = join('examples', 'policies', 'tour.yml');

/** Lines stay in the order in which things happen, with a breath between the chapters. */
const breathMs = 250;

/** How long nothing must happen before the tour is over. */
const quietMs = 600;

async function main(): Promise<void> {
  const startedAt = performance.now();
  const tell = (text: string) => console.log(text);
  const say = (text: string, paint = (line: string) => line) => {
    for (const line of fold(text, columns())) tell(paint(line));
  };
  say('automirror: tag an instance, it is mirrored; untag, stop or terminate it, and the mirroring is gone', colors.bold);
  say(
    'An emulated AWS account on this machine runs the packaged function under its packaged IAM role. Nothing leaves this machine.',
    colors.dim,
  );
  say(
    'Each line below is a record of the audit trail: what was done (+ made, ~ changed, - deleted, ! refused, = looked), to what, and the code of the reason.',
    colors.dim,
  );
  tell('');
  await packageStack(policyFile, join('.build', 'tour'));
  const local = await deployLocally(join(root, '.build', 'tour'));
  tell(`Packaged with ${policyFile} and deployed at ${local.emulator.endpoint} after ${seconds(startedAt)} s.`);
  try {
    const events = await walk(local, tell, startedAt);
    const { total, mutating } = functionCalls(local);
    tell('');
    say(
      `Done: ${total} EC2 calls by the function (${mutating} of them changes), ${events} lines of audit trail, ${seconds(startedAt)} s in all.`,
    );
    say('npm start keeps such an account running for you to play with; README.md tells how to deploy to a real one.', colors.dim);
  } finally {
    await local.stop();
  }
}

async function walk(local: LocalStack, tell: (text: string) => void, startedAt: number): Promise<number> {
  const names = new Map<string, string>();
  const trailText = createTrailText((id) => names.get(id) ?? local.emulator.ec2.world.tags(id).Name ?? id, {
    colors,
    columns,
  });
  let events = 0;
  local.emulator.logs.subscribe(local.auditLogGroup, ({ message }) => {
    const line = trailText(`${seconds(startedAt).padStart(6)} s`, message);
    if (line === undefined) return;
    events += 1;
    tell(line);
  });
  const chapter = async (text: string) => {
    await new Promise((resolve) => setTimeout(resolve, breathMs));
    tell('');
    for (const line of fold(text, columns())) tell(colors.cyan(line));
  };
  const name = (instance: Instance, as: string) => {
    names.set(instanceId(instance), as);
    instance.NetworkInterfaces?.forEach((eni, index) => {
      names.set(eni.NetworkInterfaceId ?? '', `eth${index}`);
    });
  };
  const user = new User(local.ec2);

  await chapter('A sensor, and its network interface as a mirror target tagged automirror:target=default');
  const [sensor] = await user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
  if (sensor === undefined) throw new Error('the sensor did not launch');
  names.set(await user.target(primaryInterface(sensor), { 'automirror:target': 'default', Name: 'sensor' }), 'sensor');

  await chapter('A fleet: three web servers launched together with mirror=true, one t2.micro with it, one instance without');
  const [webs, [old], [db]] = await Promise.all([
    user.launch(3, 'eu-west-1a', 'm5.large', { Name: 'web', mirror: 'true' }),
    user.launch(1, 'eu-west-1b', 't2.micro', { Name: 'old', Mirror: 'TRUE' }),
    user.launch(1, 'eu-west-1b', 'm5.large', { Name: 'db' }),
  ]);
  const [web1, web2, web3] = webs;
  if (web1 === undefined || web2 === undefined || web3 === undefined || old === undefined || db === undefined)
    throw new Error('the fleet did not launch');
  for (const [index, web] of webs.entries()) name(web, `web-${index + 1}`);
  name(old, 'old');
  name(db, 'db');
  await user.expectSessions('a session for each web server', (sessions) => sessions.length === 3);

  await chapter('db gets a session of another tool, and then the tag: ours stands beside it');
  const foreign = await user.foreignSession(primaryInterface(db), await anyTarget(user), 10);
  await user.tag(instanceId(db), { mirror: 'yes' });
  await user.expectSessions('two sessions on db', (sessions) => on(sessions, primaryInterface(db)).length === 2);

  await chapter('web-1 gets a second network interface');
  const second = await user.addInterface(instanceId(web1), 'eu-west-1a');
  names.set(second, 'eth1');
  await user.expectSessions('a session on the second interface', (sessions) => on(sessions, second).length === 1);

  await chapter('web-2 is tagged mirror-filter=web: the session is changed in place, without a gap');
  const [before] = on(await user.sessions(), primaryInterface(web2));
  await user.tag(instanceId(web2), { 'mirror-filter': 'web' });
  await user.expectSessions('another filter on the same session', (sessions) => {
    const [now] = on(sessions, primaryInterface(web2));
    return (
      now?.TrafficMirrorSessionId === before?.TrafficMirrorSessionId &&
      now?.TrafficMirrorFilterId !== before?.TrafficMirrorFilterId
    );
  });

  await chapter('web-3 asks for a pool that the policy does not have: refused, nothing is mirrored anywhere else');
  await user.tag(instanceId(web3), { 'mirror-target': 'nowhere' });
  await user.expectSessions('no session on web-3', (sessions) => on(sessions, primaryInterface(web3)).length === 0);
  await user.untag(instanceId(web3), 'mirror-target');
  await user.expectSessions('web-3 back', (sessions) => on(sessions, primaryInterface(web3)).length === 1);

  await chapter('Somebody changes a session of ours by hand: put back');
  const [drifting] = on(await user.sessions(), primaryInterface(web3));
  await user.modifySession(drifting?.TrafficMirrorSessionId ?? '', { SessionNumber: 7, PacketLength: 64 });
  await user.expectSessions('number and length as before', (sessions) => {
    const [now] = on(sessions, primaryInterface(web3));
    return now?.SessionNumber === drifting?.SessionNumber && now?.PacketLength === undefined;
  });

  await chapter('The tag is taken from web-3, web-2 is stopped, web-1 is terminated (its second interface survives it)');
  await user.untag(instanceId(web3), 'mirror');
  await user.stop(instanceId(web2));
  await user.terminate([instanceId(web1)]);
  const left = await user.expectSessions('only the sessions on db', (sessions) => sessions.length === 2);
  if (!left.some((session) => session.TrafficMirrorSessionId === foreign)) throw new Error("the other tool's session is gone");

  await chapter("db loses its tag too: our session goes, the other tool's stays");
  await user.untag(instanceId(db), 'mirror');
  await user.expectSessions(
    'the session that is not ours, alone',
    ([only, ...more]) => more.length === 0 && only?.TrafficMirrorSessionId === foreign,
  );
  await until('the last line of the trail', async () => (await isQuiet(local)) || undefined);
  return events;
}

function on<T extends { readonly NetworkInterfaceId?: string | undefined }>(sessions: readonly T[], eni: string): readonly T[] {
  return sessions.filter((session) => session.NetworkInterfaceId === eni);
}

async function anyTarget(user: User): Promise<string> {
  return (await user.sessions())[0]?.TrafficMirrorTargetId ?? '';
}

/** Whether no message is on its way, and the trail grows no more. */
async function isQuiet({ emulator, auditLogGroup }: LocalStack): Promise<boolean> {
  const length = emulator.logs.read(auditLogGroup).length;
  await new Promise((resolve) => setTimeout(resolve, quietMs));
  const isServed = emulator.sqs.queues().every((queue) => queue.counts().inFlight + queue.counts().visible === 0);
  return isServed && emulator.logs.read(auditLogGroup).length === length;
}

function functionCalls(local: LocalStack): { readonly total: number; readonly mutating: number } {
  const { calls } = local.emulator.ec2;
  return { total: calls.count({ callerKind: 'role' }), mutating: calls.count({ callerKind: 'role', mutating: true }) };
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

try {
  await main();
} catch (error) {
  console.error(colors.red(`The tour has failed: ${error instanceof Error ? error.message : String(error)}`));
  process.exitCode = 1;
}
