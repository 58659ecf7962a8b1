/** Every command in the papers is run: here, or by the test that is named. A new one without a check fails. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EC2Client } from '@aws-sdk/client-ec2';
import { describe, expect, it } from 'vitest';
import { instanceId, primaryInterface, User } from '../../src/demo/user.ts';
import { type Emulator, startEmulator } from '../../src/emulator/emulator.ts';
import { readMarkdown } from '../docs/markdown.ts';
import { runService } from '../support/scenario/service.ts';
import { copyProject } from './project-copy.ts';
import { type Finished, root, sh } from './shell.ts';
import { pages, readPage, writtenCommands } from './written-commands.ts';

/** The program is installed as a command or run through npx. */
const typed = (line: string): string => line.replace(/^automirror /, 'npx automirror ');

type Check =
  /** Runs the line; rejects when it does not do what the paper says. */
  | ((line: string) => Promise<void>)
  /** The file that runs it, and words of it that say so. */
  | { readonly runIn: string; readonly words: string };

const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: 'eu-west-1' };

/** Types a line at the emulated account; the papers write for a real one, so the address comes by the environment. */
const typeAt = ({ endpoint }: Emulator, line: string): Promise<Finished> =>
  sh(line, { env: { ...credentials, AWS_DEFAULT_REGION: 'eu-west-1', AWS_ENDPOINT_URL: endpoint } });

const inService =
  (code: number, pattern: RegExp): Check =>
  async (line) => {
    const service = await runService();
    try {
      const done = await typeAt(service.emulator, line);
      expect(done.output).toMatch(pattern);
      expect(done.code).toBe(code);
      if (line.includes('sweep')) await service.quiet();
    } finally {
      await service.stop();
    }
  };

const here =
  (pattern: RegExp): Check =>
  async (line) => {
    const done = await sh(line);
    expect(done.output).toMatch(pattern);
    expect(done.code).toBe(0);
  };

/** What an account without the service needs: a mirrored instance, one that cannot be, and a sensor. */
async function inAccount(work: (emulator: Emulator, user: User) => Promise<void>): Promise<void> {
  const emulator = await startEmulator({ ec2: { pendingMs: 0 } });
  const ec2 = new EC2Client({
    endpoint: emulator.endpoint,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  try {
    await work(emulator, new User(ec2));
  } finally {
    ec2.destroy();
    await emulator.stop();
  }
}

/** What differs from run to run: ids, hashes. */
const withoutIds = (text: string): string =>
  text.replace(/\b(eni|i|tmt|tms|tmf)-[0-9a-f]{17}\b/g, '$1-ID').replace(/\b[0-9a-f]{16}\b/g, 'HASH');

const plan: Check = async (line) => {
  await inAccount(async (emulator, user) => {
    const [sensor] = await user.launch(1, 'eu-west-1a', 'c5.large', { Name: 'sensor' });
    if (sensor === undefined) throw new Error('no sensor');
    await user.target(primaryInterface(sensor), { 'automirror:target': 'default' });
    await user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web', mirror: 'true' });
    await user.launch(1, 'eu-west-1a', 't2.micro', { Name: 'old', mirror: 'true' });
    const { code, stdout } = await typeAt(emulator, line);
    expect(code).toBe(2);
    const shown = readMarkdown(readPage('README.md')).blocks.find(({ text }) => text.includes('\nPlan: '))?.text ?? '';
    expect(withoutIds(stdout)).toBe(withoutIds(shown));
  });
};

/** An AWS CLI line of the README, with ids of this account in place of the invented ones. */
const awsCli: Check = async (line) => {
  await inAccount(async (emulator, user) => {
    const [web] = await user.launch(1, 'eu-west-1a', 'm5.large', {});
    if (web === undefined) throw new Error('no instance');
    const real = line.replaceAll(/\beni-[0-9a-f]{17}/g, primaryInterface(web)).replaceAll(/\bi-[0-9a-f]{17}/g, instanceId(web));
    expect(real).not.toBe(line);
    const { code, output } = await typeAt(emulator, `${real} --endpoint-url ${emulator.endpoint}`);
    expect(code, output).toBe(0);
  });
};

/** The doctor finds that web, which is tagged, has no session yet: no service runs in the account. */
const doctor: Check = async (line) => {
  await inAccount(async (emulator, user) => {
    const [web] = await user.launch(1, 'eu-west-1a', 'm5.large', { Name: 'web', mirror: 'true' });
    if (web === undefined) throw new Error('no instance');
    const { code, output } = await typeAt(emulator, line.replaceAll(/\bi-[0-9a-f]{17}/g, instanceId(web)));
    expect(output).toMatch(/FAIL +Sessions exist/);
    expect(code).toBe(2);
  });
};

/** Into a folder of its own: the page is written where the command is typed. */
const report: Check = async (line) => {
  await inAccount(async (emulator) => {
    const folder = mkdtempSync(join(tmpdir(), 'automirror-papers-'));
    try {
      const typed = line.replace(/^npx automirror/, `node ${join(root, 'bin/automirror.js')}`);
      const { code, output } = await sh(`cp ${join(root, 'policy.yml')} ${folder} && cd ${folder} && ${typed}`, {
        env: { ...credentials, AWS_DEFAULT_REGION: 'eu-west-1', AWS_ENDPOINT_URL: emulator.endpoint },
      });
      expect(code, output).toBe(0);
      if (line.includes('--json')) expect(JSON.parse(output)).toMatchObject({ report: 1 });
      else expect(readFileSync(join(folder, 'report.html'), 'utf8')).toContain('<title>Traffic mirroring of');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
};

/** A setting for the commands after it, which they tell when asked. */
const exported: Check = async (line) => {
  await inAccount(async (emulator) => {
    const { output } = await typeAt(emulator, `${line} && npx automirror status`);
    const { AWS_REGION = 'eu-west-1', AUTOMIRROR_OWNER = 'automirror-dev' } = Object.fromEntries([
      line.replace('export ', '').split('='),
    ]);
    expect(output).toContain(`${AUTOMIRROR_OWNER} in 111122223333, ${AWS_REGION}`);
  });
};

/** Plays fewer and shorter scripts than the papers name. */
const simulation: Check = async (line) => {
  const [command = '', given = ''] = line.split(' -- ');
  const kept = given.replace(/--(seeds|steps) \d+/g, '');
  const few = kept.includes('--seed ') ? '--steps 20' : '--steps 20 --seeds 2';
  await runCheck(here(/^violations +0$/m), `${command} -- ${kept} ${few}`);
};

const packaging: Check = async (line) => {
  const project = await copyProject();
  try {
    const { code, output } = await sh(line, { cwd: project.folder });
    expect(output).toMatch(/policy [0-9a-f]{16}, bundle [\d.]+ KB/);
    expect(code).toBe(0);
    const template = readFileSync(join(project.folder, '.serverless', 'cloudformation-template-update-stack.json'), 'utf8');
    expect(template).toContain('AWS::SQS::Queue');
  } finally {
    await project.remove();
  }
};

const cases: Check = (line) => runCheck(here(/^\d+ passed, 0 failed$/m), line.replace('<path>', 'examples/policies/cases'));
const vitest: Check = here(/Tests .*[1-9]\d* passed/);
const everything = { runIn: '.ci/run', words: 'npm ci' };
const demo = { runIn: 'tests/newcomer/demo.test.ts', words: "new Running('npm run demo'" };
const start = { runIn: 'tests/newcomer/start.test.ts', words: "start('npm start', { PORT: '0' })" };
const deploy = { runIn: 'tests/newcomer/deploy.test.ts', words: "type('npm run deploy -- --stage prod --region eu-west-1')" };
const remove = { runIn: 'tests/newcomer/deploy.test.ts', words: "type('npm run remove -- --stage dev --region eu-west-1')" };
/** What the blocks of docs/cli.md show is typed by a test of that page. */
const onCliPage: Readonly<Record<string, Check>> = Object.fromEntries(
  readMarkdown(readPage('docs/cli.md'))
    .blocks.filter(({ language }) => language === 'sh')
    .map(({ text }): [string, Check] => [
      text.trim(),
      { runIn: 'tests/newcomer/cli-page.test.ts', words: 'for (const { line, output } of tour)' },
    ]),
);
const savedByCli = (command: string, file: string): Check => ({
  runIn: 'tests/cli/account-snapshot.test.ts',
  words: `'${command} > ${file}.json'`,
});
const startedWith = (words: string): Check => ({ runIn: 'tests/newcomer/getting-started.test.ts', words });
const nothing = /Nothing to change: every session is as the policy wants it/;

/** `npm ci` and the tests themselves are not run by a test: the continuous integration runs them, from a fresh clone. */
const checks: Readonly<Record<string, Check>> = {
  ...onCliPage,
  'npm ci': everything,
  'npm test': { runIn: '.ci/run', words: '\nnpm test' },
  'npm ci && npm test': { runIn: '.ci/run', words: '\nnpm test' },
  'npm run check': { runIn: '.ci/run', words: '\nnpm run check' },
  'npm ci && npm run demo': demo,
  'npm run demo': demo,
  'npm start': start,
  'PORT=4567 npm start': start,
  'npm run package': packaging,
  'npm run deploy': deploy,
  'npm run deploy -- --stage prod --region eu-west-1': deploy,
  'npm run remove': remove,
  'npm run remove -- --stage prod --region eu-west-1': remove,
  "aws ec2 create-traffic-mirror-target --network-interface-id eni-0123456789abcdef0 --tag-specifications 'ResourceType=traffic-mirror-target,Tags=[{Key=automirror:target,Value=default}]'":
    awsCli,
  'aws ec2 create-tags --resources i-0123456789abcdef0 --tags Key=mirror,Value=true': awsCli,
  'aws cloudformation deploy --stack-name sensors --template-file examples/sensor/template.yml --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameter-overrides VpcId=vpc-0123456789abcdef0 SubnetIds=subnet-0123456789abcdef0,subnet-0123456789abcdef1 SourceCidrs=10.0.0.0/8':
    startedWith("const [deploy = '', print = ''] = lines.filter((line) => line.startsWith('aws cloudformation'))"),
  "aws cloudformation describe-stacks --stack-name sensors --query 'Stacks[0].Outputs[0].OutputValue' --output text": startedWith(
    "const [deploy = '', print = ''] = lines.filter((line) => line.startsWith('aws cloudformation'))",
  ),
  "aws ec2 describe-instances --filters Name=tag:Name,Values=sensors Name=instance-state-name,Values=running --query 'Reservations[].Instances[].InstanceId' --output text":
    startedWith("lines.find((line) => line.startsWith('aws ec2 describe-instances'))"),
  'aws ssm start-session --target i-0123456789abcdef1': startedWith("type('aws ssm start-session --target i-0123456789abcdef1')"),
  'aws cloudformation delete-stack --stack-name sensors': startedWith(
    "type('aws cloudformation delete-stack --stack-name sensors')",
  ),
  'export AWS_REGION=eu-west-1': exported,
  'export AUTOMIRROR_OWNER=automirror-prod': exported,
  'npx automirror policy check': here(/^policy\.yml is valid; hash [0-9a-f]{16}$/m),
  'npx automirror policy check [file]': (line) =>
    runCheck(here(/is valid/), line.replace('[file]', 'examples/policies/03-never.yml')),
  'npx automirror policy schema': here(/"\$schema": "https:\/\/json-schema\.org/),
  'npx automirror policy test <path>': cases,
  'npx automirror policy test examples/policies/cases': cases,
  'npx automirror plan': plan,
  'npx automirror snapshot': { runIn: 'tests/newcomer/cli-page.test.ts', words: 'for (const { line, output } of tour)' },
  'npm run docs:cli': { runIn: 'tests/newcomer/cli-page.test.ts', words: '(npm run docs:cli)' },
  'npx automirror completion': { runIn: 'tests/newcomer/completion.test.ts', words: 'automirror completion bash' },
  ...Object.fromEntries(
    ['instances', 'network-interfaces', 'traffic-mirror-sessions', 'traffic-mirror-targets', 'traffic-mirror-filters'].map(
      (name): [string, Check] => [`aws ec2 describe-${name}`, savedByCli(`aws ec2 describe-${name}`, name)],
    ),
  ),
  'aws sts get-caller-identity': savedByCli('aws sts get-caller-identity', 'caller-identity'),
  'npx automirror apply': inService(0, nothing),
  'npx automirror apply --allow-deletes': inService(0, nothing),
  'npx automirror apply --rebalance': inService(0, nothing),
  'npx automirror sweep': inService(0, /^Sweep requested of automirror-dev\.$/m),
  'npx automirror doctor': doctor,
  'npx automirror doctor i-0123456789abcdef0': doctor,
  'npx automirror doctor i-0123456789abcdef0 --flow tcp:10.0.0.5:443': doctor,
  'npx automirror report': report,
  'npx automirror report --json': report,
  'npx automirror report --out report.html --price 0.018': report,
  'npx automirror migrate adopt': inService(
    0,
    /^Nothing to adopt: no session that nobody owns is where the policy wants one\.$/m,
  ),
  'npx automirror migrate convert eu-west-1.yaml --out converted.yml': {
    runIn: 'tests/docs/migrating.test.ts',
    words: "typed('npx automirror migrate convert eu-west-1.yaml --out converted.yml')",
  },
  'npx automirror teardown': inService(0, /^Nothing of automirror-dev is left\.$/m),
  'npm run simulate': simulation,
  'npm run simulate -- --seeds 1000 --steps 500': simulation,
  'npm run simulate -- --seed 42': simulation,
  'npm run simulate -- --minutes 30 --seeds 100000': simulation,
  // One file, and no mutants of it: the tests run in the sandbox as they would for each.
  'npm run mutation': (line) => runCheck(here(/Ran \d{3,} tests/), `${line} -- --dryRunOnly --mutate src/plan/address-range.ts`),
  'npm run defects': (line) =>
    runCheck(here(/^seed +\d+, \w+ +lists end with their first page$/m), `${line} -- --only 'lists end with their first page'`),
  'npx vitest run tests/unit/plan': vitest,
  'npx vitest run tests/unit/policy -t "takes TRUE for true"': vitest,
};

async function runCheck(check: Check, line: string): Promise<void> {
  if (typeof check === 'function') return check(line);
  expect(readFileSync(join(root, check.runIn), 'utf8')).toContain(check.words);
}

const written = pages.flatMap((page) => writtenCommands(page, readPage(page)));

describe('a command in the papers', () => {
  it('is found in blocks and in text', () => {
    const found = writtenCommands(
      'page.md',
      '```sh\nnpm run nothing  # why\n\nls\n```\nUse `npm run demo`, `automirror:owner`, `aws`.\n',
    );
    expect(found.map(({ line }) => line)).toEqual(['npm run nothing', 'ls', 'npm run demo']);
    expect(new Set(written.map(({ page }) => page))).toEqual(
      new Set([
        'CHANGELOG.md',
        'CONTRIBUTING.md',
        'README.md',
        'docs/architecture.md',
        'docs/cli.md',
        'docs/doctor.md',
        'docs/getting-started.md',
        'docs/migrating.md',
        'docs/operations.md',
        'docs/policy.md',
        'docs/reliability.md',
        'docs/report.md',
        'docs/security.md',
      ]),
    );
  });

  it('has a check, each of them', () => {
    expect(written.filter(({ line }) => !(typed(line) in checks))).toEqual([]);
  });

  it('is still there, for each check', () => {
    const lines = new Set(written.map(({ line }) => typed(line)));
    expect(Object.keys(checks).filter((line) => !lines.has(line))).toEqual([]);
  });
});

describe('does what the papers say:', () => {
  it.each(Object.entries(checks))('%s', { timeout: 120_000 }, async (line, check) => {
    expect.hasAssertions();
    await runCheck(check, line);
  });
});
