import { type Document, isAlias, isMap, isScalar, isSeq, type LineCounter, type Node, type Pair } from 'yaml';

export type IssuePath = readonly (string | number)[];

/** 1-based. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Position of the value at a path, or of its key; where the path leads nowhere (a missing key), that of the deepest part that exists. */
export function locate(document: Document, counter: LineCounter, path: IssuePath, what: 'key' | 'value'): Position {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, step] of path.entries()) {
    const inner = isAlias(node) ? node.resolve(document) : node;
    const pair = isMap(inner) ? inner.items.find((item) => keyText(item) === String(step)) : undefined;
    const next = pair === undefined ? (isSeq(inner) && typeof step === 'number' ? inner.items[step] : undefined) : pair.value;
    if (pair === undefined && next === undefined) break;
    const last = depth === path.length - 1;
    const keyStart = pair === undefined ? undefined : startOf(pair.key);
    offset = (last && what === 'key' ? keyStart : valueStart(next)) ?? keyStart ?? offset;
    node = next;
  }
  return positionAt(counter, offset);
}

/** Position of an offset; an empty file begins at its first line and column like any other. */
export function positionAt(counter: LineCounter, offset: number): Position {
  const { line, col } = counter.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function keyText(pair: Pair): string {
  return isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
}

/** A key without a value has an empty scalar somewhere behind it; the key is the better place to point at. */
function valueStart(value: unknown): number | undefined {
  return isScalar(value) && value.value === null && value.source === '' ? undefined : startOf(value);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}
