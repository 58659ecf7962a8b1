import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createVirtualClock } from '../../../src/emulator/clock.ts';
import { deployStack } from '../../../src/emulator/cloudformation/deploy-stack.ts';
import type { EmulatedEvent } from '../../../src/emulator/core.ts';
import { createEmulator, type Emulator, startEmulator } from '../../../src/emulator/emulator.ts';
import { writeZip } from '../lambda/zip-writer.ts';
import { probeTemplate } from './probe-template.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
let folder = '';
let emulator: Emulator | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-package-'));
  const content = await readFile(new URL('./handlers/describe.mjs', import.meta.url), 'utf8');
  await writeFile(join(folder, 'probe.zip'), writeZip([{ path: 'describe.mjs', content }]));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  await emulator?.stop();
  emulator = undefined;
});

/** Waits in real time, as the function runs in real time, until the check holds. */
async function until(what: string, check: () => boolean): Promise<void> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (check()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited in vain until ${what}`);
}

function query(endpoint: string, body: string): Promise<string> {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=test/20261123/eu-west-1/cloudformation/aws4_request, SignedHeaders=host, Signature=0';
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
  return fetch(endpoint, { method: 'POST', headers, body }).then((response) => response.text());
}

describe('a deployed stack', () => {
  it('carries an instance from its launch over rule, queue and function to the report', async () => {
    emulator = await startEmulator();
    const running = emulator;
    const seen: EmulatedEvent[] = [];
    running.events.onEvent((event) => seen.push(event));
    const stack = await deployStack(running, { stackName: 'probe', template: probeTemplate(), artifactDirectory: folder });
    expect(stack.status).toBe('CREATE_COMPLETE');
    expect(stack.outputs).toEqual({ QueueUrl: stack.resource('Work').physicalId });
    expect(() => stack.resource('ProdAlarm')).toThrow('no resource ProdAlarm');

    const client = new EC2Client({ endpoint: running.endpoint, region: 'eu-west-1', credentials });
    const launched = await client.send(
      new RunInstancesCommand({ ImageId: 'ami-0123456789abcdef0', InstanceType: 'm5.large', MinCount: 1, MaxCount: 1 }),
    );
    const id = launched.Instances?.[0]?.InstanceId ?? '';
    const reports = () => running.logs.read('/probe/audit').map(({ message }): Record<string, unknown> => JSON.parse(message));
    await until('the report is in the audit log', () => reports().some(({ source }) => source === 'probe'));

    expect(reports().find(({ source }) => source === 'probe')).toMatchObject({
      'detail-type': 'Described',
      detail: { id, found: true, refused: 'UnauthorizedOperation', stage: 'test' },
    });
    const still = await client.send(new DescribeInstancesCommand({ InstanceIds: [id] }));
    expect(still.Reservations?.[0]?.Instances?.[0]?.State?.Name).toBe('running');
    client.destroy();

    // The stack's own event reached its own rule.
    expect(reports().find(({ source }) => source === 'aws.cloudformation')).toMatchObject({
      'detail-type': 'CloudFormation Stack Status Change',
      resources: [stack.id],
      detail: { 'stack-id': stack.id, 'status-details': { status: 'CREATE_COMPLETE' } },
    });
    await until('the function has logged', () =>
      running.logs.read('/aws/lambda/probe-worker').some(({ message }) => message.includes('platform.report')),
    );
    expect(running.logs.read('/aws/lambda/probe-worker').some(({ message }) => message.includes('"described":200'))).toBe(true);

    const described = await query(running.endpoint, 'Action=DescribeStackResources&Version=2010-05-15&StackName=probe');
    expect(described).toContain(
      '<PhysicalResourceId>probe-worker</PhysicalResourceId><ResourceType>AWS::Lambda::Function</ResourceType>',
    );
    expect(await query(running.endpoint, 'Action=DescribeStacks&Version=2010-05-15')).toContain(
      `<OutputValue>${stack.outputs.QueueUrl}</OutputValue>`,
    );

    await Promise.all(stack.mappings().map((mapping) => mapping.idle()));
    await stack.remove();
    expect(stack.status).toBe('DELETE_COMPLETE');
    expect([
      running.events.rules(),
      running.sqs.queues(),
      running.logs.groups(),
      running.logs.resourcePolicies(),
      stack.lambda.functions(),
    ]).toEqual([[], [], [], [], []]);
    expect(seen.filter(({ source }) => source === 'aws.cloudformation').map(({ detail }) => detail)).toEqual(
      ['CREATE_IN_PROGRESS', 'CREATE_COMPLETE', 'DELETE_IN_PROGRESS', 'DELETE_COMPLETE'].map((status) =>
        expect.objectContaining({ 'status-details': expect.objectContaining({ status }) }),
      ),
    );
    expect(await query(running.endpoint, 'Action=DescribeStacks&Version=2010-05-15&StackName=probe')).toContain(
      '<Code>ValidationError</Code>',
    );
  });

  it('invokes a rule’s function over the Lambda API and by event only where a permission allows it', async () => {
    emulator = await startEmulator();
    const { endpoint, host, logs, events } = emulator;
    const template = probeTemplate();
    const inline = {
      ...(template.Resources.Worker?.Properties as object),
      Code: { ZipFile: "exports.handler = async (event) => { console.log('got ' + event.detail); return [event.detail]; }" },
      Handler: 'index.handler',
    };
    const { Worker = {}, WorkerLog = {}, WorkerRole = {}, Work = {}, Dead = {} } = template.Resources;
    const target = { Id: 'f', Arn: { 'Fn::GetAtt': ['Worker', 'Arn'] } };
    const stack = await deployStack(emulator, {
      stackName: 'direct',
      template: {
        Parameters: template.Parameters,
        Resources: {
          WorkerLog,
          WorkerRole,
          Work,
          Dead,
          Worker: { ...Worker, Properties: inline },
          Allowed: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['a'] }, Targets: [target] } },
          Refused: { Type: 'AWS::Events::Rule', Properties: { EventPattern: { source: ['b'] }, Targets: [target] } },
          Permission: {
            Type: 'AWS::Lambda::Permission',
            Properties: {
              FunctionName: { Ref: 'Worker' },
              Action: 'lambda:InvokeFunction',
              Principal: 'events.amazonaws.com',
              SourceArn: { 'Fn::GetAtt': ['Allowed', 'Arn'] },
            },
          },
        },
      },
    });
    const headers = {
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20261123/eu-west-1/lambda/aws4_request, SignedHeaders=host, Signature=0',
      'x-amz-log-type': 'Tail',
    };
    const invoke = (name: string) =>
      fetch(`${endpoint}/2015-03-31/functions/${name}/invocations`, { method: 'POST', headers, body: '{"detail":"by hand"}' });
    const answer = await invoke('probe-worker');
    expect(await answer.json()).toEqual(['by hand']);
    expect(Buffer.from(answer.headers.get('x-amz-log-result') ?? '', 'base64').toString()).toContain('got by hand');
    expect((await invoke('absent')).headers.get('x-amzn-errortype')).toBe('ResourceNotFoundException');
    const shown = await fetch(`${endpoint}/2015-03-31/functions/probe-worker`, { headers });
    expect(await shown.json()).toMatchObject({
      Configuration: { FunctionName: 'probe-worker', Timeout: 10, Environment: { Variables: { STAGE: 'test' } } },
    });

    host.emit({ source: 'b', detailType: 'T', detail: 'refused' });
    host.emit({ source: 'a', detailType: 'T', detail: 'allowed' });
    await until('the function was invoked', () =>
      logs.read('/aws/lambda/probe-worker').some(({ message }) => message.includes('got allowed')),
    );
    expect(logs.read('/aws/lambda/probe-worker').some(({ message }) => message.includes('refused'))).toBe(false);
    expect(events.counts()).toMatchObject({ dropped: 1 });
    expect(stack.resource('Worker').attributes.Arn).toMatch(/:function:probe-worker$/);
  });
});

describe('a template that cannot be deployed', () => {
  type Change = (template: ReturnType<typeof probeTemplate>) => void;
  const resource =
    (id: string, value: Record<string, unknown>): Change =>
    (template) => {
      template.Resources[id] = value;
    };
  const properties =
    (id: string, change: Record<string, unknown>): Change =>
    (template) => {
      template.Resources[id] = {
        ...template.Resources[id],
        Properties: { ...(template.Resources[id]?.Properties as object), ...change },
      };
    };

  it.each<[string, Change, string]>([
    ['an unknown resource type', resource('Odd', { Type: 'AWS::Foo::Bar' }), 'Odd: resource type AWS::Foo::Bar is not supported'],
    ['an unknown property', properties('Work', { Color: 'red' }), 'Work: Properties: Unrecognized key: "Color"'],
    ['a property of the wrong kind', properties('Work', { VisibilityTimeout: 'long' }), 'Work: Properties.VisibilityTimeout'],
    ['a value SQS refuses', properties('Work', { VisibilityTimeout: 99_999 }), 'Work: '],
    ['a reference to nothing', properties('Work', { QueueName: { Ref: 'Nowhere' } }), 'Work: Unresolved reference to Nowhere'],
    [
      'a reference to a resource left out',
      properties('Work', { QueueName: { Ref: 'ProdAlarm' } }),
      'Work: Unresolved reference to ProdAlarm',
    ],
    [
      'an attribute that does not exist',
      properties('Work', { QueueName: { 'Fn::GetAtt': ['Dead', 'Size'] } }),
      'Work.QueueName: Unresolved attribute Dead.Size',
    ],
    [
      'a circle',
      properties('Dead', { QueueName: { 'Fn::GetAtt': ['Work', 'QueueName'] } }),
      'Circular dependency between resources: ',
    ],
    [
      'a DependsOn on nothing',
      resource('Odd', { Type: 'AWS::S3::Bucket', DependsOn: 'Nowhere' }),
      'Odd: DependsOn names Nowhere',
    ],
    ['an unknown condition', resource('Odd', { Type: 'AWS::S3::Bucket', Condition: 'Maybe' }), 'Odd: Unresolved condition Maybe'],
    [
      'a broken policy',
      properties('WorkPolicy', { PolicyDocument: { Statement: [{ Effect: 'Permit' }] } }),
      'WorkPolicy: Statement[0].Effect',
    ],
    [
      'a role Lambda may not assume',
      properties('WorkerRole', {
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: { Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' },
        },
      }),
      'Worker: The role defined for the function cannot be assumed by Lambda',
    ],
    [
      'a role that may not read the queue',
      properties('WorkerRole', { Policies: [] }),
      'Mapping: The function execution role does not have permissions',
    ],
    ['a package that is not there', properties('Worker', { Code: { S3Key: 'absent.zip' } }), 'Worker: There is no code at'],
    [
      'a reserved variable',
      properties('Worker', { Environment: { Variables: { AWS_REGION: 'x' } } }),
      'Worker: Function probe-worker: environment variable AWS_REGION is reserved',
    ],
    [
      'an unknown section',
      (template) => Object.assign(template, { Transform: 'AWS::Serverless-2016-10-31' }),
      'Unrecognized key: "Transform"',
    ],
  ])('with %s is refused, and nothing is left of it', async (_, change, message) => {
    emulator = createEmulator({ clock: createVirtualClock() });
    const template = probeTemplate();
    change(template);
    await expect(deployStack(emulator, { stackName: 'probe', template, artifactDirectory: folder })).rejects.toThrow(message);
    expect([emulator.events.rules(), emulator.sqs.queues(), emulator.logs.groups()]).toEqual([[], [], []]);
    const fixed = await deployStack(emulator, { stackName: 'probe', template: probeTemplate(), artifactDirectory: folder });
    expect(fixed.status).toBe('CREATE_COMPLETE');
  });

  it.each([
    ['an unknown parameter', { Colour: 'red' }, 'Parameter Colour does not exist'],
    ['a value that is not allowed', { Stage: 'dev' }, 'Parameter Stage must be one of test, prod: "dev"'],
  ])('with %s is refused', async (_, parameters, message) => {
    emulator = createEmulator({ clock: createVirtualClock() });
    await expect(
      deployStack(emulator, { stackName: 'probe', template: probeTemplate(), artifactDirectory: folder, parameters }),
    ).rejects.toThrow(message);
  });

  it('is refused under a name that is taken', async () => {
    emulator = createEmulator({ clock: createVirtualClock() });
    const options = { stackName: 'probe', template: probeTemplate(), artifactDirectory: folder, parameters: { Stage: 'prod' } };
    const stack = await deployStack(emulator, options);
    expect(stack.outputs.AlarmArn).toBe('arn:aws:cloudwatch:eu-west-1:111122223333:alarm:probe-alarm');
    await expect(deployStack(emulator, options)).rejects.toThrow('Stack [probe] already exists');
  });
});
