import type { InstanceFilter } from '../model/instance.ts';
import type { CandidateFilter, CompiledPolicy } from '../model/policy.ts';
import { type NetworkTags, tagVerdict } from './match.ts';

/** https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html: filter values in one request. */
const valuesPerRequest = 200;

/** Letters whose case is spelled out: 64 spellings. With the others left open, hardly a key of another name fits. */
const mostLetters = 6;

/**
 * The questions to DescribeInstances, each to be asked by itself, whose answers together hold every instance that the policy mirrors or refuses.
 * Undefined where everything has to be listed.
 */
export function candidateQueries(
  { candidates }: CompiledPolicy,
  networkTags: NetworkTags = new Map(),
): readonly InstanceFilter[] | undefined {
  const queries = candidates?.map((filter) => toQuery(filter, networkTags));
  if (queries?.some(({ values }) => values.length > valuesPerRequest)) return undefined;
  return queries?.filter(({ values }) => values.length > 0);
}

function toQuery({ name, values, anyCase = [], networks = [] }: CandidateFilter, networkTags: NetworkTags): InstanceFilter {
  const ids = [...networkTags].flatMap(([id, tags]) =>
    networks.some((wanted) => id.startsWith(wanted.of) && tagVerdict(wanted, tags) !== 'no') ? [id] : [],
  );
  const exact = [...new Set([...values, ...ids])];
  const room = (valuesPerRequest - exact.length) / anyCase.length;
  const letters = Math.min(mostLetters, Math.floor(Math.log2(room)));
  return { name, values: [...exact, ...anyCase.flatMap((text) => spellings(text, letters))] };
}

/** Values that cover a text in every spelling of case: its last letters spelled out, the others `?`. */
function spellings(text: string, letters: number): readonly string[] {
  let left = letters;
  let endings = [''];
  for (const char of text.split('').reverse()) {
    const isLetter = char >= 'a' && char <= 'z';
    // The Kelvin sign is a k in lower case too.
    const isOpen = isLetter && (char === 'k' || left <= 0);
    const starts = isOpen ? ['?'] : isLetter ? [char, char.toUpperCase()] : [char];
    if (starts.length > 1) left -= 1;
    endings = starts.flatMap((start) => endings.map((ending) => start + ending));
  }
  return endings;
}
