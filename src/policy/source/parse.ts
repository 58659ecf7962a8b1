import { type Document, isPair, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { CompiledPolicy } from '../../model/policy.ts';
import { compile } from './compile.ts';
import { crossCheck } from './cross-checks.ts';
import { describeIssues, type Problem } from './describe-issue.ts';
import { locate, type Position } from './located.ts';
import { policySchema } from './schema.ts';

/** One problem of a policy file: where, and what was expected. Line and column count from 1. */
export interface PolicyIssue extends Position {
  readonly file: string;
  /** `rules[1].match.subnet`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

export type ParsedPolicy = { readonly policy: CompiledPolicy } | { readonly issues: readonly PolicyIssue[] };

/**
 * Reads a policy file from its YAML text (or JSON, which is YAML) and compiles it. An empty file gives the defaults.
 * Returns every issue at once, in the order of lines; never throws for any text. `file` is only named in the issues.
 */
export function parsePolicy(text: string, file: string): ParsedPolicy {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: counter,
    version: '1.2',
    schema: 'core',
    prettyErrors: false,
    uniqueKeys: true,
  });
  const syntax = [...document.errors, ...document.warnings].map((error) => {
    const { line, col } = counter.linePos(error.pos[0]);
    return { file, line: Math.max(line, 1), column: Math.max(col, 1), path: '', message: `not valid YAML: ${error.message}` };
  });
  if (syntax.length > 0) return { issues: sorted(syntax) };

  keepMatchValuesAsWritten(document);
  const read = toValue(document);
  if ('problem' in read) return { issues: [{ file, line: 1, column: 1, path: '', message: read.problem }] };

  const input = read.value ?? {};
  const parsed = policySchema.safeParse(input);
  const problems: readonly Problem[] = [
    ...(parsed.success ? [] : describeIssues(parsed.error.issues, input)),
    ...crossCheck(input),
  ];
  if (parsed.success && problems.length === 0) return { policy: compile(parsed.data) };
  return { issues: sorted(problems.map((problem) => issueOf(problem, document, counter, file))) };
}

/** In a match, `1.10`, `0123` and `true` are values of tags and ids, not numbers and booleans: taken as written. */
function keepMatchValuesAsWritten(document: Document): void {
  visit(document, {
    Scalar(key, node, ancestors) {
      const isConverted = typeof node.value === 'number' || typeof node.value === 'boolean';
      if (key !== 'key' && isConverted && node.source !== undefined && isInMatch(ancestors)) node.value = node.source;
    },
  });
}

/** Inside a match, not in its place: `match: 5` stays the number that it is. */
function isInMatch(ancestors: readonly unknown[]): boolean {
  const keys = ancestors.filter((ancestor) => isPair(ancestor)).map((pair) => (isScalar(pair.key) ? pair.key.value : undefined));
  const matchDepth = keys[0] === 'rules' ? keys.indexOf('match') : keys[0] === 'never' ? 0 : -1;
  return matchDepth >= 0 && keys.length > matchDepth + 1;
}

/** Aliases are counted, so that a few lines cannot stand for gigabytes. */
function toValue(document: Document): { readonly value: unknown } | { readonly problem: string } {
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) };
  } catch (error) {
    return { problem: `not usable YAML: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function issueOf(problem: Problem, document: Document, counter: LineCounter, file: string): PolicyIssue {
  return { file, ...locate(document, counter, problem.path, problem.at), path: pathText(problem.path), message: problem.message };
}

function pathText(path: Problem['path']): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`)).join('');
}

function sorted(issues: readonly PolicyIssue[]): readonly PolicyIssue[] {
  return issues.toSorted((a, b) => a.line - b.line || a.column - b.column || (a.message < b.message ? -1 : 1));
}
