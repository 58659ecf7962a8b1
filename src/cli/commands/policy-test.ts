import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve as resolvePath } from 'node:path';
import type { CompiledPolicy } from '../../model/policy.ts';
import { type PolicyCase, readCases } from '../../policy/cases/read-cases.ts';
import { type CaseResult, runCase } from '../../policy/cases/run-case.ts';
import { formatIssues } from '../../policy/source/format-issues.ts';
import { parsePolicy } from '../../policy/source/parse.ts';
import { CliError } from '../cli-error.ts';
import type { CliIo } from '../io.ts';
import { loadPolicy, readText } from '../policy-file.ts';

export interface PolicyTestOptions {
  readonly json: boolean;
  /** Policy file for the cases that name none. */
  readonly policy: string;
}

interface Tested extends CaseResult {
  readonly name: string;
  readonly file: string;
}

/** Runs every case of a file or folder and prints what passed and how the others differ; 1 where one failed or there was none to run. */
export async function policyTest(path: string, options: PolicyTestOptions, io: CliIo): Promise<0 | 1> {
  const tested: Tested[] = [];
  for (const file of await caseFiles(path, io.cwd)) {
    const read = readCases(await readText(file, io.cwd), file);
    if ('issues' in read) throw new CliError(formatIssues(read.issues));
    for (const one of read.cases)
      tested.push({ name: one.name, file, ...runCase(one, await policyOf(one, options.policy, io.cwd)) });
  }
  const failed = tested.filter((one) => one.differences.length > 0);
  const passed = tested.length - failed.length;
  if (options.json) io.out(`${JSON.stringify({ passed, failed: failed.length, cases: tested.map(caseJson) }, null, 2)}\n`);
  else io.out(`${[...tested.map(caseText), '', `${passed} passed, ${failed.length} failed`].join('\n')}\n`);
  return failed.length > 0 ? 1 : 0;
}

async function caseFiles(path: string, cwd: string): Promise<readonly string[]> {
  const found = await stat(resolvePath(cwd, path)).catch(() => undefined);
  if (found === undefined) throw new CliError(`${path}: no such file or folder`);
  if (!found.isDirectory()) return [path];
  const names = await readdir(resolvePath(cwd, path), { recursive: true });
  const files = names.filter((name) => /\.(json|ya?ml)$/i.test(name)).sort();
  if (files.length === 0) throw new CliError(`${path}: holds no cases (.json, .yml, .yaml)`);
  return files.map((name) => join(path, name));
}

/** A case's own policy may be a path, relative to the case's file, or the policy itself. */
async function policyOf(one: PolicyCase, fallback: string, cwd: string): Promise<CompiledPolicy> {
  const { policy } = one;
  if (policy === undefined) return loadPolicy(fallback, cwd);
  if (typeof policy === 'string') return loadPolicy(join(dirname(one.file), policy), cwd);
  const parsed = parsePolicy(JSON.stringify(policy), one.file);
  if ('policy' in parsed) return parsed.policy;
  const problems = parsed.issues.map(
    (issue) => `${one.file}: case "${one.name}": policy: ${issue.path === '' ? '' : `${issue.path}: `}${issue.message}`,
  );
  throw new CliError(problems.join('\n'));
}

function caseText(one: Tested): string {
  if (one.differences.length === 0) return `ok    ${one.name}`;
  const differences = one.differences.map(
    ({ path, expected, actual }) => `      ${path}: expected ${shown(expected)}, was ${shown(actual)}`,
  );
  const { outcome, reason, considered } = one.decision;
  const why = considered.map(({ rule, matched, why }) => `      considered ${rule}: ${matched ? 'matched' : 'no match'}: ${why}`);
  return [
    `FAIL  ${one.name} (${one.file})`,
    ...differences,
    `      decision: ${outcome}, ${reason.code}: ${reason.detail}`,
    ...why,
  ].join('\n');
}

function caseJson({ name, file, differences, decision }: Tested) {
  return { name, file, passed: differences.length === 0, differences, decision };
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
