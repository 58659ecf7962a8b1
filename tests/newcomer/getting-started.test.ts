/** docs/getting-started.md, line by line, in an emulated account with the fleet that its template describes. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { instanceId } from '../../src/demo/user.ts';
import { readMarkdown } from '../docs/markdown.ts';
import { at } from '../stack/template.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';
import { readSensorTemplate } from '../support/sensor-template.ts';
import { copyProject } from './project-copy.ts';
import { makeSensorFleet, type SensorFleet } from './sensor-fleet.ts';
import { type Finished, sh } from './shell.ts';
import { readPage } from './written-commands.ts';

const { blocks } = readMarkdown(readPage('docs/getting-started.md'));
const lines = blocks.filter(({ language }) => language === 'sh').flatMap(({ text }) => text.trim().split('\n'));

let service: RunningService;
let project: Awaited<ReturnType<typeof copyProject>>;
let fleet: SensorFleet;
let webId = '';
/** What was asked of CloudFormation, which does not make such stacks here. */
const asked: URLSearchParams[] = [];
let isStackThere = false;

beforeAll(async () => {
  service = await runService();
  project = await copyProject();
  fleet = await makeSensorFleet({ ec2: service.ec2, user: service.user, endpoint: service.emulator.endpoint }, ['10.0.0.0/8']);
  const [web] = await service.user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web' });
  webId = web === undefined ? '' : instanceId(web);
  const policy = blocks.find(({ language }) => language === 'yaml')?.text ?? '';
  const ours = policy.replace(/arn:aws:elasticloadbalancing:\S+/, fleet.balancerArn);
  expect(ours).not.toBe(policy);
  await writeFile(join(project.folder, 'policy.yml'), ours);
  await service.redeploy(ours);
  service.emulator.registerService('cloudformation', { handle: async ({ body }) => cloudFormation(new URLSearchParams(body)) });
});
afterAll(async () => {
  await project.remove();
  await service.stop();
});

function cloudFormation(request: URLSearchParams) {
  asked.push(request);
  const headers = { 'content-type': 'text/xml' };
  const action = request.get('Action');
  const outputs = `<Outputs><member><OutputKey>NetworkLoadBalancerArn</OutputKey><OutputValue>${fleet.balancerArn}</OutputValue></member></Outputs>`;
  const stack = `<StackName>sensors</StackName><StackStatus>CREATE_COMPLETE</StackStatus><CreationTime>2026-11-26T00:00:00Z</CreationTime>`;
  const result = action === 'DescribeStacks' ? `<Stacks><member>${stack}${outputs}</member></Stacks>` : '';
  if (action === 'DescribeStacks' && !isStackThere)
    return refused(headers, 'ValidationError', 'Stack with id sensors does not exist');
  if (action === 'DescribeStacks' || action === 'DeleteStack')
    return { status: 200, headers, body: `<${action}Response><${action}Result>${result}</${action}Result></${action}Response>` };
  return refused(headers, 'AccessDenied', 'Enough seen.');
}

function refused(headers: Readonly<Record<string, string>>, code: string, message: string) {
  const error = `<Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status: 400, headers, body: `<ErrorResponse>${error}<RequestId>r</RequestId></ErrorResponse>` };
}

/** Types a line of the page with ids of this account; the deployment here is `automirror-dev`. */
function type(line: string): Promise<Finished> {
  expect(lines).toContain(line);
  const real = line.replaceAll('i-0123456789abcdef0', webId);
  return sh(real, { cwd: project.folder, env: environment() });
}

const environment = () => ({
  AWS_ENDPOINT_URL: service.emulator.endpoint,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  AWS_DEFAULT_REGION: 'eu-west-1',
});

it('deploys the template with its own parameters and what it has to be allowed, and prints the ARN', async () => {
  const [deploy = '', print = ''] = lines.filter((line) => line.startsWith('aws cloudformation'));
  const { output } = await type(deploy);
  expect(output).toContain('Enough seen.');
  const change = asked.find((request) => request.get('Action') === 'CreateChangeSet');
  const members = (list: string) =>
    [...(change ?? [])].flatMap(([key, value]) =>
      new RegExp(`^${list}\\.member\\.\\d+(\\.ParameterKey)?$`).test(key) ? [value] : [],
    );
  // CloudFormation refuses parameters that the template has not, and asks for those without a default.
  const needed = Object.entries(readSensorTemplate([]).Parameters).filter(([, one]) => at(one, 'Default') === undefined);
  expect(members('Parameters').sort()).toEqual(needed.map(([name]) => name).sort());
  expect(members('Capabilities')).toEqual(['CAPABILITY_IAM', 'CAPABILITY_AUTO_EXPAND']);

  isStackThere = true;
  expect((await type(print)).stdout).toBe(`${fleet.balancerArn}\n`);
  expect(Object.keys(readSensorTemplate([]).Outputs)).toEqual(['NetworkLoadBalancerArn']);
}, 60_000);

it('mirrors the tagged instance to the load balancer, and every check of the way passes', async () => {
  expect((await type('npx automirror policy check')).code).toBe(0);
  const { TrafficMirrorTargets: targets } = await service.targets();
  expect(targets).toMatchObject([{ NetworkLoadBalancerArn: fleet.balancerArn }]);
  expect((await type('aws ec2 create-tags --resources i-0123456789abcdef0 --tags Key=mirror,Value=true')).code).toBe(0);
  await service.user.expectSessions('a session', (sessions) => sessions.length === 1);
  await service.quiet();

  expect((await type('npx automirror status')).output).toMatch(/ 1 ours, 1 of them as wanted; 0 of others/);
  const explained = await type('npx automirror explain i-0123456789abcdef0');
  expect(explained.output).toContain('to be mirrored');
  expect(explained.output).toMatch(/Plan\n {2}nothing to do/);
  const { code, output } = await type('npx automirror doctor i-0123456789abcdef0');
  expect(output).toMatch(/pass +Load balancer listens for VXLAN/);
  expect(output).toMatch(/pass +Load balancer has healthy targets\n.*2 of 2 targets/);
  expect(output).toMatch(/pass +Load balancer serves every zone/);
  expect(output).toContain(' 0 failed');
  expect(code, output).toBe(0);
}, 60_000);

it('finds the sensors, and opens a session on one', async () => {
  const found = await type(lines.find((line) => line.startsWith('aws ec2 describe-instances')) ?? '');
  expect(found.stdout.trim().split(/\s+/).sort()).toEqual([...fleet.sensorIds].sort());
  // As far as the CLI gets: without its plugin, or to an operation that is not there.
  const { output } = await type('aws ssm start-session --target i-0123456789abcdef1');
  expect(output).toMatch(/SessionManagerPlugin is not found|calling the StartSession operation/);
}, 60_000);

it('leaves nothing that keeps the load balancer', async () => {
  // What `npm run remove` does before the stack goes; tests/newcomer/deploy.test.ts looks at the rest.
  const { code, output } = await sh('npx automirror teardown --yes', { cwd: project.folder, env: environment() });
  expect(code, output).toBe(0);
  expect((await service.targets()).TrafficMirrorTargets).toEqual([]);
  expect((await type('aws cloudformation delete-stack --stack-name sensors')).code).toBe(0);
  expect(asked.map((request) => [request.get('Action'), request.get('StackName')])).toContainEqual(['DeleteStack', 'sensors']);
}, 60_000);
