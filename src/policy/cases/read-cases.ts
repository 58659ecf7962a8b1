import { describeIssues, isRecord } from '../source/describe-issue.ts';
import { isMatchValue } from '../source/parse.ts';
import { type PolicyIssue, readYaml } from '../source/yaml-file.ts';
import { type CaseSource, caseListSchema, caseSchema, suiteSchema } from './case-schema.ts';

export interface PolicyCase extends CaseSource {
  readonly file: string;
}

/**
 * Reads a file of cases, in YAML or JSON: one case, a list of them, or `{ policy, cases }`, whose policy stands for those that name none.
 * A file that holds no case is refused, so that a run never passes for want of anything to run.
 */
export function readCases(
  text: string,
  file: string,
): { readonly cases: readonly PolicyCase[] } | { readonly issues: readonly PolicyIssue[] } {
  const read = readYaml(text, file, isText);
  if ('issues' in read) return read;
  const { value } = read;
  const schema = Array.isArray(value)
    ? caseListSchema
    : isRecord(value) && Object.hasOwn(value, 'cases')
      ? suiteSchema
      : caseSchema;
  const parsed = schema.safeParse(value ?? {});
  if (!parsed.success) return { issues: read.place(describeIssues(parsed.error.issues, value ?? {})) };
  const found = parsed.data;
  if (Array.isArray(found)) return { cases: found.map((one) => ({ ...one, file })) };
  if (!('cases' in found)) return { cases: [{ ...found, file }] };
  const { policy } = found;
  return { cases: found.cases.map((one) => ({ ...(policy === undefined ? {} : { policy }), ...one, file })) };
}

/** Values of tags, and of matches in a policy that a case holds. */
function isText(keys: readonly unknown[]): boolean {
  const policy = keys.indexOf('policy');
  return policy >= 0 ? isMatchValue(keys.slice(policy + 1)) : keys.includes('tags') || keys.includes('networkTags');
}
