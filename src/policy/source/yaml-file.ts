import { type Document, isPair, isScalar, LineCounter, parseDocument, visit, type YAMLError } from 'yaml';
import type { Problem } from './describe-issue.ts';
import { type IssuePath, locate, type Position, positionAt } from './located.ts';

/** One problem of a file: where, and what was expected. Line and column count from 1. */
export interface PolicyIssue extends Position {
  readonly file: string;
  /** `rules[1].match.subnet`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A file that is YAML; `value` is undefined where it holds nothing but comments. */
export interface YamlFile {
  readonly value: unknown;
  /** Gives problems their places, in the order of lines. */
  readonly place: (problems: readonly Problem[]) => readonly PolicyIssue[];
}

/**
 * Reads one YAML 1.2 document (or JSON, which is YAML). Duplicate keys, unknown YAML tags and aliases that multiply are refused.
 * Numbers and booleans where `isText` holds of the keys above them are taken as they are written: `1.10` stays `1.10`.
 */
export function readYaml(
  text: string,
  file: string,
  isText: (keys: readonly unknown[]) => boolean,
): YamlFile | { readonly issues: readonly PolicyIssue[] } {
  const counter = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: counter, version: '1.2', schema: 'core', prettyErrors: false });
    const place = (problems: readonly Problem[]) => sorted(problems.map((problem) => placed(problem, document, counter, file)));
    const errors = [...document.errors, ...document.warnings];
    if (errors.length > 0) return { issues: sorted(errors.map((error) => syntaxIssue(error, counter, file))) };
    const refused = refusedNode(document);
    if (refused !== undefined)
      return { issues: [{ file, ...positionAt(counter, refused.offset), path: '', message: refused.message }] };
    keepAsWritten(document, isText);
    // A few lines of aliases to aliases could stand for gigabytes.
    return { value: document.toJS({ maxAliasCount: 100 }) ?? undefined, place };
  } catch (error) {
    // yaml throws for aliases that lead nowhere or multiply, and the engine when nesting exhausts the stack.
    const reason =
      error instanceof RangeError ? 'it is nested too deeply' : error instanceof Error ? error.message : String(error);
    return { issues: [{ file, line: 1, column: 1, path: '', message: `not usable YAML: ${reason}` }] };
  }
}

/** Far beyond what a person writes, and far from what exhausts the stack of whatever walks the value later. */
const maxDepth = 100;

function refusedNode(document: Document): { readonly offset: number; readonly message: string } | undefined {
  let found: { readonly offset: number; readonly message: string } | undefined;
  visit(document, {
    Node(key, node, ancestors) {
      const offset = node.range?.[0] ?? 0;
      if (ancestors.length > 2 * maxDepth)
        found = { offset, message: `not usable YAML: nested more than ${maxDepth} levels deep` };
      // Objects drop such a key or change their kind by it; a selector that vanishes would widen its match.
      else if (key === 'key' && isScalar(node) && node.value === '__proto__')
        found = { offset, message: 'a key cannot be called __proto__' };
      return found === undefined ? undefined : visit.BREAK;
    },
  });
  return found;
}

function keepAsWritten(document: Document, isText: (keys: readonly unknown[]) => boolean): void {
  visit(document, {
    Scalar(key, node, ancestors) {
      const isConverted = typeof node.value === 'number' || typeof node.value === 'boolean';
      if (key === 'key' || !isConverted || node.source === undefined) return;
      const keys = ancestors
        .filter((ancestor) => isPair(ancestor))
        .map((pair) => (isScalar(pair.key) ? pair.key.value : undefined));
      if (isText(keys)) node.value = node.source;
    },
  });
}

function syntaxIssue(error: YAMLError, counter: LineCounter, file: string): PolicyIssue {
  const reason =
    error.code === 'RESOURCE_EXHAUSTION'
      ? 'nested too deeply'
      : error.code === 'MULTIPLE_DOCS'
        ? 'the file holds more than one document (---)'
        : error.message;
  return { file, ...positionAt(counter, error.pos[0]), path: '', message: `not valid YAML: ${reason}` };
}

function placed(problem: Problem, document: Document, counter: LineCounter, file: string): PolicyIssue {
  return { file, ...locate(document, counter, problem.path, problem.at), path: pathText(problem.path), message: problem.message };
}

function pathText(path: IssuePath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : `${index === 0 ? '' : '.'}${step}`)).join('');
}

function sorted(issues: readonly PolicyIssue[]): readonly PolicyIssue[] {
  return issues.toSorted((a, b) => a.line - b.line || a.column - b.column || (a.message < b.message ? -1 : 1));
}
