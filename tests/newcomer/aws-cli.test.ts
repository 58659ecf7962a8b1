/** What a person does by hand with the AWS CLI, against the account in which the packaged service runs. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instanceId, primaryInterface, until } from '../../src/demo/user.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';
import { sh } from './shell.ts';

const environment = {
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_DEFAULT_REGION: 'eu-west-1',
  AWS_PAGER: '',
};
let service: RunningService;

beforeAll(async () => {
  service = await runService();
}, 60_000);
afterAll(async () => {
  await service.stop();
});

/** `aws ec2 COMMAND`, its answer taken from JSON by a JMESPath query. */
async function ec2(command: string, query: string): Promise<unknown> {
  const line = `aws ec2 ${command} --query '${query}' --output json --endpoint-url ${service.emulator.endpoint}`;
  const { code, stdout, output } = await sh(line, { env: environment });
  expect(code, `${line}\n${output}`).toBe(0);
  return stdout.trim() === '' ? undefined : JSON.parse(stdout);
}

async function id(command: string, query: string): Promise<string> {
  const answer = await ec2(command, query);
  expect(answer).toEqual(expect.stringMatching(/^[a-z]+-[0-9a-f]{17}$/));
  return String(answer);
}

/** Interfaces with a session of ours, as EC2 shows them. */
const mirrored = async () =>
  (await service.user.sessions())
    .filter(({ Tags = [] }) => Tags.some(({ Key }) => Key === 'automirror:owner'))
    .map(({ NetworkInterfaceId = '' }) => NetworkInterfaceId)
    .sort();

/** Waits for the sessions and tells the milliseconds. */
async function afterwards(what: string, wanted: readonly string[]): Promise<number> {
  const from = performance.now();
  await until(what, async () => JSON.stringify(await mirrored()) === JSON.stringify([...wanted].sort()) || undefined);
  return performance.now() - from;
}

it('takes target, filter, rule and session made by hand, and tags bring and end sessions within two seconds', async () => {
  const [sensor] = await service.user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
  const [web] = await service.user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web' });
  if (sensor === undefined || web === undefined) throw new Error('no instances');
  const instance = instanceId(web);
  const first = primaryInterface(web);
  const second = await service.user.addInterface(instance, 'eu-west-1a');

  const tags = 'ResourceType=traffic-mirror-target,Tags=[{Key=automirror:target,Value=default}]';
  const target = await id(
    `create-traffic-mirror-target --network-interface-id ${primaryInterface(sensor)} --tag-specifications '${tags}'`,
    'TrafficMirrorTarget.TrafficMirrorTargetId',
  );
  const filter = await id('create-traffic-mirror-filter --description by-hand', 'TrafficMirrorFilter.TrafficMirrorFilterId');
  const rule = `create-traffic-mirror-filter-rule --traffic-mirror-filter-id ${filter} --traffic-direction ingress --rule-number 100 --rule-action accept --protocol 6 --destination-port-range FromPort=443,ToPort=443 --source-cidr-block 0.0.0.0/0 --destination-cidr-block 0.0.0.0/0`;
  await id(rule, 'TrafficMirrorFilterRule.TrafficMirrorFilterRuleId');
  const byHand = await id(
    `create-traffic-mirror-session --network-interface-id ${first} --traffic-mirror-target-id ${target} --traffic-mirror-filter-id ${filter} --session-number 1`,
    'TrafficMirrorSession.TrafficMirrorSessionId',
  );

  await ec2(`create-tags --resources ${instance} --tags Key=mirror,Value=true`, '@');
  expect(await afterwards('a session for each interface', [first, second])).toBeLessThan(2_000);
  const ours = await ec2(
    `describe-traffic-mirror-sessions --filters Name=network-interface-id,Values=${second}`,
    'TrafficMirrorSessions[].TrafficMirrorTargetId',
  );
  expect(ours).toEqual([target]);

  await ec2(`delete-tags --resources ${instance} --tags Key=mirror`, '@');
  expect(await afterwards('no session', [])).toBeLessThan(2_000);

  await ec2(`create-tags --resources ${instance} --tags Key=mirror,Value=true`, '@');
  expect(await afterwards('a session for each interface', [first, second])).toBeLessThan(2_000);
  await ec2(`terminate-instances --instance-ids ${instance}`, '@');
  expect(await afterwards('no session, though one interface is left', [])).toBeLessThan(2_000);
  await until('the end of the instance', async () => (await state(instance)) === 'terminated' || undefined);
  expect(await ec2(`describe-network-interfaces --network-interface-ids ${second}`, 'NetworkInterfaces[].Status')).toEqual([
    'available',
  ]);
  await service.quiet();
  expect(await mirrored()).toEqual([]);
  // The session made by hand went with its interface, by EC2 and not by us.
  expect(service.calls().some(({ action, outcome }) => action === 'DeleteTrafficMirrorSession' && outcome !== 'ok')).toBe(false);
  expect(service.trail().some(({ sessionId }) => sessionId === byHand)).toBe(false);
}, 60_000);

async function state(instance: string): Promise<unknown> {
  return ec2(`describe-instances --instance-ids ${instance}`, 'Reservations[0].Instances[0].State.Name');
}
