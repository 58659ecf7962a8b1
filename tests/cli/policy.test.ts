import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/cli/main.ts';
import { jsonSchema } from '../../src/policy/source/json-schema.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'automirror-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function automirror(args: readonly string[], cwd = folder) {
  const written = { out: '', err: '' };
  const code = await run(args, {
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    isTerminal: false,
    cwd,
  });
  return { code, ...written };
}

const write = (name: string, text: string) => writeFileSync(join(folder, name), text);

describe('automirror policy check', () => {
  it('shows what policy.yml of the working directory means', async () => {
    write(
      'policy.yml',
      'filters: { web: { ingress: [{ accept: tcp, destinationPorts: 443 }] } }\nnever: [{ tag: { pci: true } }]\n',
    );
    const { code, out, err } = await automirror(['policy', 'check']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain('policy.yml is valid; hash ');
    expect(out).toContain('  tag pci is true\n');
    expect(out).toContain('  1. opt-in: tag mirror is true | yes | on | 1\n');
    expect(out).toContain('      ingress 2 accept tcp ::/0 -> ::/0 port 443\n');
  });

  it.each([
    ['{}', 'severity 7 and above; its instance is mirrored for 4h'],
    ['{ minSeverity: 4.5, for: 90m }', 'severity 4.5 and above; its instance is mirrored for 90m'],
    [
      '{ for: 48h, target: default, filter: all-traffic, types: ["Backdoor:*", "Trojan:EC2/DropPoint"] }',
      'severity 7 and above of type backdoor:* | trojan:ec2/droppoint; its instance is mirrored for 2d, target default, filter all-traffic',
    ],
  ])('shows what a finding does: %s', async (onFinding, shown) => {
    write('policy.yml', `onFinding: ${onFinding}\n`);
    const { code, out } = await automirror(['policy', 'check']);
    expect(code).toBe(0);
    expect(out.trimEnd().split('\n').at(-1)).toBe(`on finding: ${shown}`);
  });

  it('tells every issue on standard error and ends with 1', async () => {
    write('policy.yml', 'rule: []\nwhenStopped: delete\n');
    expect(await automirror(['policy', 'check'])).toEqual({
      code: 1,
      out: '',
      err: 'policy.yml:1:1: rule: unknown key "rule"; did you mean "rules"?\npolicy.yml:2:14: whenStopped: expected remove or keep, found "delete"\n',
    });
  });

  it('prints the compiled policy as JSON', async () => {
    write('a.yml', 'whenStopped: keep\n');
    const { code, out } = await automirror(['policy', 'check', 'a.yml', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      file: 'a.yml',
      valid: true,
      policy: { format: 1, whenStopped: 'keep', hash: expect.stringMatching(/^[0-9a-f]{16}$/) },
    });
  });

  it('prints issues as JSON and ends with 1', async () => {
    write('a.yml', 'never: {}\n');
    const { code, out } = await automirror(['policy', 'check', 'a.yml', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ valid: false, issues: [{ file: 'a.yml', line: 1, column: 8, path: 'never' }] });
  });

  it('says which file is missing', async () => {
    expect(await automirror(['policy', 'check', 'none.yml'])).toEqual({ code: 1, out: '', err: 'none.yml: no such file\n' });
  });

  it('says that a folder is no policy', async () => {
    mkdirSync(join(folder, 'policies'));
    expect(await automirror(['policy', 'check', 'policies'])).toEqual({
      code: 1,
      out: '',
      err: 'policies: is a directory, not a file\n',
    });
  });
});

describe('automirror policy schema', () => {
  it('prints the JSON Schema', async () => {
    const { code, out } = await automirror(['policy', 'schema']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toEqual(jsonSchema());
  });
});

describe('automirror policy test', () => {
  const passing = '{ name: opted in, instance: { tags: { mirror: true } }, expect: { outcome: mirror } }';
  const failing = '{ name: opted out, instance: { tags: { mirror: off } }, expect: { outcome: mirror, rule: opt-in } }';

  it('runs every case of a folder against policy.yml', async () => {
    write('policy.yml', '');
    mkdirSync(join(folder, 'cases', 'more'), { recursive: true });
    write('cases/a.yml', passing);
    write('cases/more/b.json', JSON.stringify([{ name: 'untagged', instance: {}, expect: { outcome: 'skip' } }]));
    write('cases/readme.md', 'not a case');
    expect(await automirror(['policy', 'test', 'cases'])).toEqual({
      code: 0,
      out: 'ok    opted in\nok    untagged\n\n2 passed, 0 failed\n',
      err: '',
    });
  });

  it('shows how a decision differs and why it was made, and ends with 1', async () => {
    write('policy.yml', '');
    write('cases.yml', `cases: [${passing}, ${failing}]`);
    const { code, out } = await automirror(['policy', 'test', 'cases.yml']);
    expect(code).toBe(1);
    expect(out).toBe(
      [
        'ok    opted in',
        'FAIL  opted out (cases.yml)',
        '      outcome: expected "mirror", was "skip"',
        '      rule: expected "opt-in", was nothing',
        '      decision: skip, opted-out: the tag mirror says no',
        '      considered opt-in: no match: tag mirror is "off", wanted true | yes | on | 1',
        '',
        '1 passed, 1 failed',
        '',
      ].join('\n'),
    );
  });

  it('prints results as JSON', async () => {
    write('policy.yml', '');
    write('cases.yml', `[${passing}, ${failing}]`);
    const { code, out } = await automirror(['policy', 'test', 'cases.yml', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      passed: 1,
      failed: 1,
      cases: [
        { name: 'opted in', passed: true },
        {
          name: 'opted out',
          passed: false,
          differences: [{ path: 'outcome', expected: 'mirror', actual: 'skip' }, { path: 'rule' }],
          decision: { outcome: 'skip' },
        },
      ],
    });
  });

  it('takes the policy of the case before that of the file, and that before --policy', async () => {
    mkdirSync(join(folder, 'cases'));
    write('nothing.yml', 'never: [{ instanceType: "*" }]');
    write('everything.yml', 'rules: [{ name: everything, match: { instanceType: "*" } }]');
    write(
      'cases/a.yml',
      `policy: ../everything.yml
cases:
  - { name: of the file, instance: {}, expect: { rule: everything } }
  - { name: of the case, policy: { rules: [{ name: own, match: { tag: { v: 1.10 } } }] }, instance: { tags: { v: 1.10 } }, expect: { rule: own } }
`,
    );
    write('cases/b.yml', '{ name: of the command line, instance: {}, expect: { reason: never-mirrored } }');
    const { code, out } = await automirror(['policy', 'test', 'cases', '--policy', 'nothing.yml']);
    expect([code, out]).toEqual([0, 'ok    of the file\nok    of the case\nok    of the command line\n\n3 passed, 0 failed\n']);
  });

  it.each([
    ['a folder without cases', 'empty', 'empty: holds no cases (.json, .yml, .yaml)\n'],
    ['a path that leads nowhere', 'nowhere', 'nowhere: no such file or folder\n'],
  ])('fails for %s', async (_name, path, err) => {
    mkdirSync(join(folder, 'empty'));
    expect(await automirror(['policy', 'test', path])).toEqual({ code: 1, out: '', err });
  });

  it.each([
    ['an empty file', '', 'c.yml:1:1: name: is missing; expected a name that says what is shown'],
    ['an empty list', '[]', 'c.yml:1:1: expected a list of at least one case, found an empty list'],
    ['no cases', 'cases: []', 'c.yml:1:8: cases: expected a list of at least one case, found an empty list'],
    [
      'a case that expects nothing',
      '{ name: a, instance: {}, expect: {} }',
      'c.yml:1:34: expect: expects nothing; name at least an outcome',
    ],
    [
      'a misspelled expectation',
      '{ name: a, instance: {}, expect: { outcom: skip } }',
      'c.yml:1:36: expect.outcom: unknown key "outcom"; did you mean "outcome"?',
    ],
    [
      'an unknown reason',
      '{ name: a, instance: {}, expect: { reason: because } }',
      'c.yml:1:44: expect.reason: must be one of the reason codes, such as rule-matched or no-rule-matched',
    ],
    [
      'a misspelled field of the instance',
      '{ name: a, instance: { tag: {} }, expect: { outcome: skip } }',
      'c.yml:1:24: instance.tag: unknown key "tag"; did you mean "tags"?',
    ],
    [
      'a bad time',
      '{ name: a, instance: {}, facts: { now: soon }, expect: { outcome: skip } }',
      'c.yml:1:40: facts.now: must be an ISO 8601 time such as 2026-01-01T00:00:00Z',
    ],
    [
      'a bad policy in a case',
      '{ name: a, policy: { rule: [] }, instance: {}, expect: { outcome: skip } }',
      'c.yml: case "a": policy: rule: unknown key "rule"; did you mean "rules"?',
    ],
    [
      'a policy file that is not there',
      '{ name: a, policy: p.yml, instance: {}, expect: { outcome: skip } }',
      'p.yml: no such file',
    ],
  ])('refuses %s', async (_name, text, message) => {
    write('policy.yml', '');
    write('c.yml', text);
    const { code, out, err } = await automirror(['policy', 'test', 'c.yml']);
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n')).toContain(message);
  });

  it('passes the examples', async () => {
    const { code, out } = await automirror(['policy', 'test', 'examples/policies/cases'], root);
    expect(out).toMatch(/\n\d+ passed, 0 failed\n$/);
    expect(code).toBe(0);
  });
});

describe('the examples', () => {
  const examples = readdirSync(join(root, 'examples/policies')).filter((name) => name.endsWith('.yml'));

  it.each(examples)('%s is a valid policy', async (name) => {
    const { code, err } = await automirror(['policy', 'check', `examples/policies/${name}`], root);
    expect([code, err]).toEqual([0, '']);
  });

  it.each(examples.filter((name) => /^\d/.test(name)))('%s is shown by cases', (name) => {
    const cases = readdirSync(join(root, 'examples/policies/cases')).map((file) =>
      readFileSync(join(root, 'examples/policies/cases', file), 'utf8'),
    );
    expect(cases.some((text) => text.includes(`../${name}`))).toBe(true);
  });

  it('have a policy.yml that means the same as an empty file', async () => {
    write('empty.yml', '');
    const hash = async (file: string, cwd: string) =>
      JSON.parse((await automirror(['policy', 'check', file, '--json'], cwd)).out).policy.hash;
    expect(await hash('policy.yml', root)).toBe(await hash('empty.yml', folder));
  });
});

describe('the command line', () => {
  it('prints help and ends with 0', async () => {
    const { code, out } = await automirror(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('Usage: automirror');
    expect((await automirror(['policy', 'test', '--help'])).out).toContain('--policy <file>');
  });

  it.each([
    [['polcy']],
    [['policy', 'chek']],
    [['policy', 'check', '--jsn']],
    [['policy', 'test']],
    [['policy', 'check', 'a', 'b']],
  ])('refuses %j with 1, on standard error', async (args) => {
    const { code, out, err } = await automirror(args);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^error: /);
  });

  it('says how to build what it is started from, where that is missing', async () => {
    const bin = readFileSync(join(root, 'bin/automirror.js'), 'utf8');
    mkdirSync(join(folder, 'bin'));
    write('bin/automirror.mjs', bin);
    const failure = promisify(execFile)(process.execPath, [join(folder, 'bin/automirror.mjs')]);
    await expect(failure).rejects.toMatchObject({
      code: 1,
      stderr: 'automirror: dist/cli.js is missing; build it with: npm run build\n',
    });
  });

  it('starts what was built, and passes its arguments and exit code on', async () => {
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'dist'));
    write('package.json', '{ "type": "module" }');
    write('bin/automirror.js', readFileSync(join(root, 'bin/automirror.js'), 'utf8'));
    write('dist/cli.js', 'export const run = async (args) => { console.log(JSON.stringify(args)); return 2; };');
    const failure = promisify(execFile)(process.execPath, [join(folder, 'bin/automirror.js'), 'plan', '--json']);
    await expect(failure).rejects.toMatchObject({ code: 2, stdout: '["plan","--json"]\n' });
  });
});
