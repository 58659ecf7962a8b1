/** `npm start`, `automirror emulator`: the emulated account with the packaged stack, for any AWS client, until it is interrupted. */
import { join } from 'node:path';
import { fold } from '../terminal/fold.ts';
import { createTrailText } from '../terminal/trail-text.ts';
import { deployLocally, packageStack, root } from './local-stack.ts';
import { colors, columns } from './terminal.ts';
import { instanceId, primaryInterface, User } from './user.ts';

const { PORT: port = '4566', POLICY: policyFile = 'policy.yml' } = process.env;

/** Something that the user can put right: shown as it is, without a stack. */
class Refusal extends Error {}

async function main(): Promise<void> {
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Refusal(`PORT must be a number from 0 to 65535, not "${port}"`);
  console.log(`Packaging with ${policyFile} …`);
  await packageStack(policyFile, join('.build', 'start')).catch((error: unknown) => {
    throw new Refusal(error instanceof Error ? error.message : String(error));
  });
  const local = await deployLocally(join(root, '.build', 'start'), { port: Number(port) });
  endOnSignal(() => local.stop());
  const trailText = createTrailText((id) => local.emulator.ec2.world.tags(id).Name ?? id, { colors, columns });
  local.emulator.logs.subscribe(local.auditLogGroup, ({ message }) => {
    const line = trailText(new Date().toTimeString().slice(0, 8), message);
    if (line !== undefined) console.log(line);
  });

  const user = new User(local.ec2);
  const [sensor] = await user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
  if (sensor === undefined) throw new Error('the sensor did not launch');
  await user.target(primaryInterface(sensor), { 'automirror:target': 'default', Name: 'sensor' });
  const [web] = await user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web-1' });
  if (web === undefined) throw new Error('web-1 did not launch');

  const { endpoint, host } = local.emulator;
  const aws = `aws --endpoint-url ${endpoint}`;
  const around = `Region ${host.region}, with the stack ${local.stack.name} deployed. Two instances run: sensor, whose interface is the target of the pool "default", and web-1. To try in another terminal, with any AWS client and any credentials:`;
  console.log(`
${colors.bold(`An emulated AWS account listens at ${endpoint}`)}
${fold(around, columns()).join('\n')}

  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=${host.region} AWS_PAGER=

  ${aws} ec2 create-tags --resources ${instanceId(web)} --tags Key=mirror,Value=true
  ${aws} ec2 describe-traffic-mirror-sessions
  npx automirror plan --endpoint-url ${endpoint}
  ${aws} ec2 delete-tags --resources ${instanceId(web)} --tags Key=mirror
  ${aws} logs filter-log-events --log-group-name ${local.auditLogGroup}

The audit trail appears below as it happens. Ctrl-C ends it; nothing is kept.
`);
}

/** The terminal and a parent may both pass on one Ctrl-C; the second must not cut the first short. */
function endOnSignal(stop: () => Promise<void>): void {
  let isStopping = false;
  const end = () => {
    if (isStopping) return;
    isStopping = true;
    void stop().then(() => process.exit(0));
  };
  process.on('SIGINT', end);
  process.on('SIGTERM', end);
}

try {
  await main();
} catch (error) {
  const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  const said = error instanceof Refusal ? error.message : error;
  console.error(inUse ? `Port ${port} is in use; take another: PORT=4567 npm start, or automirror emulator --port 4567` : said);
  process.exit(1);
}
