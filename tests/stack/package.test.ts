import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageService } from '../../src/packaging/package-service.ts';
import { root, runScript } from './run-script.ts';
import { packageDir, type Template } from './template.ts';

const templateFile = 'cloudformation-template-update-stack.json';
const temporaryFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'automirror-package-'));

/** Serverless puts each deployment in a folder of the bucket that is named by its time, and sorts and prunes them by that name. */
const withoutTime = (template: string): string => template.replace(/\d{13}-\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME');

async function writePolicy(text: string): Promise<string> {
  const file = join(await temporaryFolder(), 'policy.yml');
  await writeFile(file, text);
  return file;
}

describe('npm run package', () => {
  it('gives the same zip and the same template when repeated', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder();
    const { code, output } = await runScript('package.ts', '--out', folder);

    expect(output).toMatch(/policy [0-9a-f]{16}, bundle [\d.]+ KB/);
    expect(code).toBe(0);
    const contentOf = async (from: string) => ({
      zip: (await readFile(join(from, 'reconcile.zip'))).toString('base64'),
      template: withoutTime(await readFile(join(from, templateFile), 'utf8')),
    });
    const again = await contentOf(folder);
    expect(again).toEqual(await contentOf(packageDir));
    expect(again.template).toContain('"S3Key": "serverless/automirror/dev/TIME/reconcile.zip"');
  });

  it('puts the deployer’s parameters into the template', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder();
    const topic = 'arn:aws:sns:eu-west-1:111122223333:alarms';
    const params = [
      'owner=team-a',
      'sweepEvery=1 hour',
      'retentionDays=90',
      'auditRetentionDays=3653',
      'logLevel=error',
      'cloudTrail=false',
    ];
    const args = [...params, `alarmTopicArn=${topic}`].map((param) => `--param=${param}`);
    const { code } = await runScript('package.ts', '--out', folder, '--stage', 'prod', '--region', 'us-east-1', ...args);

    expect(code).toBe(0);
    const text = await readFile(join(folder, templateFile), 'utf8');
    const template: Template = JSON.parse(text);
    expect(template.Parameters).toMatchObject({ CloudTrail: { Default: 'false' }, AlarmTopicArn: { Default: topic } });
    expect(template.Resources.SweepSchedule?.Properties.ScheduleExpression).toBe('rate(1 hour)');
    expect(template.Resources.AuditLog?.Properties).toEqual({
      LogGroupName: '/automirror/team-a/audit',
      RetentionInDays: '3653',
    });
    expect(template.Resources.ReconcileLogGroup?.Properties).toMatchObject({ RetentionInDays: 90 });
    expect(template.Resources.ReconcileLambdaFunction?.Properties).toMatchObject({
      Environment: { Variables: { AUTOMIRROR_OWNER: 'team-a', AUTOMIRROR_LOG_LEVEL: 'error' } },
      // The function leaves its lines out by itself, for Lambda would drop audit records and metrics too.
      LoggingConfig: { ApplicationLogLevel: 'INFO' },
    });
    expect(template.Resources.NoSweepAlarm?.Properties).toMatchObject({
      EvaluationPeriods: 3,
      Metrics: [{ MetricStat: { Period: 3600, Metric: { Dimensions: [{ Name: 'Owner', Value: 'team-a' }] } } }, {}],
    });
    expect(text.match(/"aws:(Request|Resource)Tag\/automirror:owner": "team-a"/g)).toHaveLength(7);
    expect(text).not.toContain('automirror-dev');
  });

  it('refuses parameters that AWS would refuse, and leaves no package', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder();
    const args = ['--param=owner=team *', '--param=sweepEvery=5 minute', '--param=auditRetentionDays=400000'];
    const { code, output } = await runScript('package.ts', '--out', folder, ...args);

    expect(code).toBe(1);
    expect(output).toContain('owner: "team *" must be 1 to 64 letters');
    expect(output).toContain('sweepEvery: "5 minute" must be singular for 1 and plural otherwise');
    expect(output).toContain('auditRetentionDays: "400000" must be one of 1, 3, 5');
    expect(output).toContain('nothing was packaged');
    expect(await readdir(folder)).toEqual([]);
  });

  it('refuses a wrong policy, naming file, line and path, and leaves no package', { timeout: 60_000 }, async () => {
    const folder = await temporaryFolder();
    const policy = await writePolicy('version: 1\nwhenStoped: keep\n');
    const { code, output } = await runScript('package.ts', '--policy', policy, '--out', folder);

    expect(code).toBe(1);
    expect(output).toMatch(/policy\.yml:2:1: .*whenStoped/);
    expect(output).toContain('nothing was packaged');
    expect(await readdir(folder)).toEqual([]);
  });
});

describe('packaging the service', () => {
  it('refuses a policy that is not there', async () => {
    const outDir = await temporaryFolder();
    const result = await packageService({ root, policyFile: 'no-such-policy.yml', outDir });
    expect(result).toEqual({ refused: expect.stringContaining('no-such-policy.yml cannot be read') });
    expect(await readdir(outDir)).toEqual([]);
  });

  it('takes an empty policy for the defaults, and another for another', { timeout: 60_000 }, async () => {
    const packageWith = async (text: string) => {
      const outDir = await temporaryFolder();
      const result = await packageService({ root, policyFile: await writePolicy(text), outDir });
      return {
        result,
        zip: await readFile(join(outDir, 'reconcile.zip')),
        rule: await readFile(join(outDir, 'tag-rule.json'), 'utf8'),
      };
    };
    const defaults = await packageWith('');
    const other = await packageWith('never:\n  - tag: { Pci: "true" }\n');

    expect(defaults.result).toMatchObject({ policyHash: expect.stringMatching(/^[0-9a-f]{16}$/), notices: [] });
    expect(other.zip.equals(defaults.zip)).toBe(false);
    expect(other.zip.includes('pci')).toBe(true);
    expect(JSON.parse(other.rule)).toMatchObject({
      detail: { 'changed-tag-keys': [{ prefix: { 'equals-ignore-case': 'mirror' } }, { 'equals-ignore-case': 'pci' }] },
    });
  });
});
