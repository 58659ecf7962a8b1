/** `npm run deploy` and `npm run remove`, as far as they go without AWS: what they ask of it, in which order. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { instanceId, primaryInterface } from '../../src/demo/user.ts';
import type { Service } from '../../src/emulator/core.ts';
import { type RunningService, runService } from '../support/scenario/service.ts';
import { copyProject } from './project-copy.ts';
import { sh } from './shell.ts';

let project: Awaited<ReturnType<typeof copyProject>>;
let service: RunningService;
/** CloudFormation and S3 actions that were asked for, with the sessions of ours at that time. */
let asked: { readonly action: string; readonly parameters: URLSearchParams; readonly sessions: number }[];

beforeAll(async () => {
  project = await copyProject();
});
afterAll(() => project.remove());
beforeEach(async () => {
  service = await runService();
  asked = [];
}, 60_000);
afterEach(() => service.stop());

/** Writes down what is asked, and denies it: how an account looks whose credentials may not touch stacks. */
function platform(): Service {
  return {
    async handle({ body, path }) {
      const parameters = new URLSearchParams(body);
      const action = parameters.get('Action') ?? `S3 ${path}`;
      asked.push({ action, parameters, sessions: (await service.user.sessions()).length });
      return denied;
    },
  };
}

const denied = {
  status: 400,
  headers: { 'content-type': 'text/xml' },
  body: '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>No such permission in this account.</Message></Error><RequestId>r</RequestId></ErrorResponse>',
};

const type = (line: string, cwd = project.folder) =>
  sh(line, {
    cwd,
    env: {
      AWS_ENDPOINT_URL: service.emulator.endpoint,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      HOME: project.folder,
    },
  });

async function mirroredInstance(): Promise<void> {
  const [sensor] = await service.user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
  const [web] = await service.user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web' });
  if (sensor === undefined || web === undefined) throw new Error('no instances');
  await service.user.target(primaryInterface(sensor), { 'automirror:target': 'default' });
  await service.user.tag(instanceId(web), { mirror: 'true' });
  await service.user.expectSessions('a session', (sessions) => sessions.length === 1);
  await service.quiet();
}

it('npm run deploy packages, then asks CloudFormation for the stack of the stage, and fails when it may not', {
  timeout: 60_000,
}, async () => {
  service.emulator.registerService('cloudformation', platform());
  const { code, output } = await type('npm run deploy -- --stage prod --region eu-west-1');
  expect(output).toMatch(/policy [0-9a-f]{16}, bundle [\d.]+ KB/);
  expect(output).toContain('Deploying automirror to stage prod (eu-west-1)');
  expect(code).toBe(1);
  expect(output).toContain('No such permission in this account.');
  expect(asked.map(({ parameters }) => parameters.get('StackName'))).toContain('automirror-prod');
});

it('npm run deploy asks AWS for nothing when the policy or a parameter is refused', { timeout: 60_000 }, async () => {
  service.emulator.registerService('cloudformation', platform());
  const { code, output } = await type('npm run deploy -- --stage prod --region eu-west-1 --param=auditRetentionDays=401');
  expect(code).toBe(1);
  expect(output).toContain('auditRetentionDays: "401" must be one of');
  expect(output).toContain('nothing was packaged');
  expect(asked).toEqual([]);
});

it('npm run remove deletes every session and filter first, and only then asks for the stack', { timeout: 60_000 }, async () => {
  await mirroredInstance();
  service.emulator.registerService('cloudformation', platform());
  const { code, output } = await type('npm run remove -- --stage dev --region eu-west-1');

  expect(output).toContain('Of automirror-dev in 111122223333, eu-west-1: 1 session, 1 filter, 0 targets.');
  expect(output).toMatch(/Disabled \d rules of the stack, so that it does not put back what is deleted: /);
  expect(output).toContain('Nothing of automirror-dev is left.');
  expect(await service.user.sessions()).toEqual([]);
  const fed = service.emulator.events.rules().filter(({ targets }) => targets.some(({ arn }) => arn.endsWith('-reconcile.fifo')));
  expect(fed.length).toBeGreaterThan(3);
  expect(fed.map(({ state }) => state)).toEqual(fed.map(() => 'DISABLED'));
  const audit = service.emulator.events.rules().filter((rule) => !fed.includes(rule));
  expect(audit.map(({ state }) => state)).toEqual(['ENABLED']);

  expect(asked.length).toBeGreaterThan(0);
  expect(asked.every(({ sessions }) => sessions === 0)).toBe(true);
  expect(output).toContain('Removing automirror from stage dev (eu-west-1)');
  expect(code).toBe(1);
});

it('npm run remove needs no package and no policy: a fresh clone can take everything away', { timeout: 60_000 }, async () => {
  const clone = await copyProject();
  try {
    await rm(join(clone.folder, 'policy.yml'));
    service.emulator.registerService('cloudformation', platform());
    const { output } = await type('npm run remove -- --stage dev --region eu-west-1', clone.folder);
    expect(output).toContain('Of automirror-dev in 111122223333, eu-west-1: 0 sessions, 0 filters, 0 targets.');
    expect(asked.map(({ parameters }) => parameters.get('StackName'))).toContain('automirror-dev');
  } finally {
    await clone.remove();
  }
});

it('npm run remove disables the rules of the stack whatever owner it was deployed with', { timeout: 60_000 }, async () => {
  service.emulator.registerService('cloudformation', platform());
  const { output } = await type('npm run remove -- --stage dev --region eu-west-1 --param=owner=bank');
  expect(output).toContain('Of bank in 111122223333, eu-west-1: 0 sessions, 0 filters, 0 targets.');
  const fed = service.emulator.events.rules().filter(({ targets }) => targets.some(({ arn }) => arn.endsWith('-reconcile.fifo')));
  expect(fed.map(({ state }) => state)).toEqual(fed.map(() => 'DISABLED'));
});

it('npm run remove leaves the stack alone when a session cannot be deleted', { timeout: 60_000 }, async () => {
  await mirroredInstance();
  service.emulator.registerService('cloudformation', platform());
  service.emulator.ec2.controls.fail({
    action: 'DeleteTrafficMirrorSession',
    times: 999,
    error: { code: 'UnauthorizedOperation', message: 'You are not authorized.', status: 403 },
  });
  const { code, output } = await type('npm run remove -- --stage dev --region eu-west-1');
  expect(code).toBe(1);
  expect(output).toMatch(/Still there: tms-[0-9a-f]{17} \(UnauthorizedOperation: /);
  expect(output).toContain('teardown of automirror-dev failed (exit code 1): the stack was not removed');
  expect(asked).toEqual([]);
});
