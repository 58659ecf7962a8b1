import { isRecord, type Problem } from './describe-issue.ts';
import { didYouMean } from './suggestion.ts';

/** Built in: there without being written, as far as something refers to them. */
export const defaultPool = 'default';
export const allTraffic = 'all-traffic';

/**
 * Checks what no part of the file can tell alone: names that must be unique, names that must exist.
 * Takes the file as it is, whatever its shape, so that these problems are told along with those of shape.
 */
export function crossCheck(file: unknown): readonly Problem[] {
  if (!isRecord(file)) return [];
  return [
    ...duplicateNames(file, 'targets'),
    ...duplicateNames(file, 'filters'),
    ...emptyFilters(file),
    ...checkRules(file),
    ...checkOnFinding(file),
  ];
}

type File = Readonly<Record<string, unknown>>;

/** Tags name pools and filters without regard to case, so two names must differ in more than that. */
function duplicateNames(file: File, section: 'targets' | 'filters'): readonly Problem[] {
  const names = namesOf(file, section);
  return names.flatMap((name, index) => {
    const first = names.find((other) => other.toLowerCase() === name.toLowerCase());
    if (first === undefined || names.indexOf(first) === index) return [];
    return [
      {
        path: [section, name],
        at: 'key',
        message: `"${name}" and "${first}" differ only in case, and tags name them without regard to case`,
      },
    ];
  });
}

function emptyFilters(file: File): readonly Problem[] {
  const filters = isRecord(file.filters) ? Object.entries(file.filters) : [];
  return filters
    .filter(
      ([name, filter]) => isRecord(filter) && isEmptyFilter(filter) && !(name === allTraffic && Object.keys(filter).length === 0),
    )
    .map(([name]) => ({
      path: ['filters', name],
      at: 'value',
      message: 'mirrors nothing; give it networkServices, ingress or egress',
    }));
}

/** A filter with other keys is not called empty: that a key is unknown is told already. */
function isEmptyFilter(filter: File): boolean {
  const parts = ['networkServices', 'ingress', 'egress'];
  return Object.entries(filter).every(([key, part]) => parts.includes(key) && Array.isArray(part) && part.length === 0);
}

function checkRules(file: File): readonly Problem[] {
  const rules: readonly unknown[] = Array.isArray(file.rules) ? file.rules : [];
  const problems: Problem[] = [];
  const seen = new Map<string, number>();
  for (const [index, rule] of rules.entries()) {
    if (!isRecord(rule)) continue;
    const { name } = rule;
    if (typeof name === 'string') {
      const first = seen.get(name.toLowerCase());
      if (first === undefined) seen.set(name.toLowerCase(), index);
      else
        problems.push({
          path: ['rules', index, 'name'],
          at: 'value',
          message: `rules[${first}] is called "${name}" too; names must differ in more than case`,
        });
    }
    const sessions: readonly unknown[] = Array.isArray(rule.sessions) ? rule.sessions : [];
    for (const [slot, session] of sessions.entries()) {
      if (!isRecord(session)) continue;
      const path = ['rules', index, 'sessions', slot];
      problems.push(
        ...checkReference(
          session.target,
          [...namesOf(file, 'targets'), defaultPool],
          [...path, 'target'],
          'target pool',
          'targets',
        ),
      );
      problems.push(
        ...checkReference(session.filter, [...namesOf(file, 'filters'), allTraffic], [...path, 'filter'], 'filter', 'filters'),
      );
    }
  }
  return problems;
}

function checkOnFinding(file: File): readonly Problem[] {
  const { onFinding } = file;
  if (!isRecord(onFinding)) return [];
  const pools = [...namesOf(file, 'targets'), defaultPool];
  const filters = [...namesOf(file, 'filters'), allTraffic];
  return [
    ...checkReference(onFinding.target, pools, ['onFinding', 'target'], 'target pool', 'targets'),
    ...checkReference(onFinding.filter, filters, ['onFinding', 'filter'], 'filter', 'filters'),
  ];
}

function checkReference(
  name: unknown,
  known: readonly string[],
  path: readonly (string | number)[],
  kind: string,
  section: string,
): readonly Problem[] {
  if (typeof name !== 'string' || name.trim() === '' || known.includes(name)) return [];
  return [{ path, at: 'value', message: `unknown ${kind} "${name}"${didYouMean(name, known) || `; add it under ${section}`}` }];
}

function namesOf(file: File, section: string): readonly string[] {
  const named = file[section];
  return isRecord(named) ? Object.keys(named) : [];
}
