/** `npm start`: the emulated account with the packaged stack, for any AWS client, until it is interrupted. */
import { join } from 'node:path';
import pc from 'picocolors';
import { deployLocally, packageStack, root } from './local-stack.ts';
import { trailText } from './trail-text.ts';
import { instanceId, primaryInterface, User } from './user.ts';

const { PORT: port = '4566', POLICY: policyFile = 'policy.yml' } = process.env;

async function main(): Promise<void> {
  console.log(`Packaging with ${policyFile} …`);
  await packageStack(policyFile, join('.build', 'start'));
  const local = await deployLocally(join(root, '.build', 'start'), { port: Number(port) });
  const nameOf = (id: string) => local.emulator.ec2.world.tags(id).Name ?? id;
  local.emulator.logs.subscribe(local.auditLogGroup, ({ message }) => {
    const line = trailText(message, nameOf);
    if (line !== undefined) console.log(`${pc.dim(new Date().toLocaleTimeString())}  ${line}`);
  });

  const user = new User(local.ec2);
  const [sensor] = await user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
  if (sensor === undefined) throw new Error('the sensor did not launch');
  await user.target(primaryInterface(sensor), { 'automirror:target': 'default', Name: 'sensor' });
  const [web] = await user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web-1' });
  if (web === undefined) throw new Error('web-1 did not launch');

  const { endpoint, host } = local.emulator;
  const aws = `aws --endpoint-url ${endpoint}`;
  console.log(`
${pc.bold(`An emulated AWS account listens at ${endpoint}`)}, Region ${host.region}, with the stack ${local.stack.name} deployed.
A sensor (target of pool "default") and web-1 (${instanceId(web)}) run. Any AWS client will do, with any credentials:

  export AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_DEFAULT_REGION=${host.region} AWS_PAGER=

  ${aws} ec2 create-tags --resources ${instanceId(web)} --tags Key=mirror,Value=true
  ${aws} ec2 describe-traffic-mirror-sessions
  ${aws} ec2 delete-tags --resources ${instanceId(web)} --tags Key=mirror
  ${aws} logs filter-log-events --log-group-name ${local.auditLogGroup}
  npx automirror plan --endpoint-url ${endpoint}

The audit trail appears below as it happens. Ctrl-C ends it; nothing is kept.
`);

  const stop = () => void local.stop().then(() => process.exit(0));
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

try {
  await main();
} catch (error) {
  const inUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  console.error(inUse ? `Port ${port} is in use; set another: PORT=4567 npm start` : error);
  process.exit(1);
}
