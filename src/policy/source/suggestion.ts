import { closest, distance } from 'fastest-levenshtein';

/** `; did you mean "subnet"?` where one of the candidates is near enough to what was written, else nothing. */
export function didYouMean(written: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return '';
  const lower = written.toLowerCase();
  const same = candidates.find((candidate) => candidate.toLowerCase() === lower);
  const nearest = same ?? closest(written, candidates);
  const near = same !== undefined || isNear(distance(lower, nearest.toLowerCase()), nearest.length);
  return near ? `; did you mean "${nearest}"?` : '';
}

/** Two slips in a short word (`tpc` for `tcp`), one in three letters of a long one; never as many as would make it another word. */
function isNear(slips: number, length: number): boolean {
  return slips < length && slips <= Math.max(2, Math.floor(length / 3));
}
