import type { CompiledMatch, Pattern } from '../model/policy.ts';

/** A match as a line of text: `tag env is prod | stage-* and not (instanceType is t3.*)`. */
export function describeMatch(match: CompiledMatch): string {
  switch (match.kind) {
    case 'tag':
      return `tag ${match.key} is ${wanted(match.patterns)}`;
    case 'networkTag':
      return `${match.of} tag ${match.key} is ${wanted(match.patterns)}`;
    case 'launched':
      return `launched ${match.when} ${launchedText(match.at)}`;
    case 'field':
      return `${match.field} is ${wanted(match.patterns)}`;
    case 'not':
      return `not (${describeMatch(match.of)})`;
    case 'all':
      return match.of.map(bracketed).join(' and ');
    case 'any':
      return match.of.map(bracketed).join(' or ');
  }
}

/** ISO 8601; a launch time is whole seconds. */
export function launchedText(epochMs: number): string {
  return new Date(epochMs).toISOString().replace('.000', '');
}

/** What a selector's patterns look like, the globs as they were written (in lower case). */
export function wanted(patterns: readonly Pattern[]): string {
  return patterns.map((pattern) => ('text' in pattern ? pattern.text : pattern.glob)).join(' | ');
}

function bracketed(match: CompiledMatch): string {
  const isList = match.kind === 'all' || match.kind === 'any';
  return isList && match.of.length > 1 ? `(${describeMatch(match)})` : describeMatch(match);
}
