import type { CompiledPolicy } from '../../model/policy.ts';
import { compile } from './compile.ts';
import { crossCheck } from './cross-checks.ts';
import { describeIssues } from './describe-issue.ts';
import { checkFindings } from './finding-checks.ts';
import { policySchema } from './schema.ts';
import { type PolicyIssue, readYaml } from './yaml-file.ts';

export type ParsedPolicy = { readonly policy: CompiledPolicy } | { readonly issues: readonly PolicyIssue[] };

/**
 * Reads a policy file from its YAML text and compiles it; an empty file gives the defaults.
 * Returns every issue at once, in the order of lines; never throws, whatever the text. `file` is only named in the issues.
 */
export function parsePolicy(text: string, file: string): ParsedPolicy {
  const read = readYaml(text, file, isMatchValue);
  if ('issues' in read) return read;
  const input = read.value ?? {};
  const parsed = policySchema.safeParse(input);
  const problems = [...(parsed.success ? [] : describeIssues(parsed.error.issues, input)), ...crossCheck(input)];
  if (!parsed.success || problems.length > 0) return { issues: read.place(problems) };
  const policy = compile(parsed.data);
  const useless = checkFindings(policy);
  return useless.length === 0 ? { policy } : { issues: read.place(useless) };
}

/** In a match, `1.10`, `0123` and `true` are values of tags and ids, not numbers and booleans. `match: 5` itself stays the number that it is. */
export function isMatchValue(keys: readonly unknown[]): boolean {
  const matchDepth = keys[0] === 'rules' ? keys.indexOf('match') : keys[0] === 'never' ? 0 : -1;
  return matchDepth >= 0 && keys.length > matchDepth + 1;
}
