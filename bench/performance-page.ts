/** Writes measured figures into `docs/performance.md`, between two markers. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Figure, formatTarget, formatValue, isMissed } from './figure.ts';

const page = join(import.meta.dirname, '..', 'docs', 'performance.md');

/** Replaces the section's table. Rejects when the page has no place for it. */
export async function writeFigures(section: string, figures: readonly Figure[]): Promise<void> {
  const [begin, end] = [`<!-- ${section}: npm run bench writes this -->`, `<!-- end of ${section} -->`];
  const text = await readFile(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${section}`);
  const rows = figures.some(({ of }) => of !== undefined) ? rowsBySize(figures) : rowsOf(figures);
  const [head = [], ...body] = rows.map((cells) => `| ${cells.join(' | ')} |`);
  const table = ['', head, `|${'---|'.repeat(rows[0]?.length ?? 0)}`, ...body, '', ''].join('\n');
  await writeFile(page, `${text.slice(0, from + begin.length)}\n${table}${text.slice(to)}`);
}

function rowsOf(figures: readonly Figure[]): string[][] {
  return [['Figure', 'Measured', 'Target'], ...figures.map((figure) => [figure.name, formatValue(figure), formatTarget(figure)])];
}

/** A column for each size; a target that is not set for all of them says for which. */
function rowsBySize(figures: readonly Figure[]): string[][] {
  const sizes = [...new Set(figures.map(({ of = '' }) => of))];
  const names = [...new Set(figures.map(({ name }) => name))];
  const rows = names.map((name) => {
    const row = figures.filter((figure) => figure.name === name);
    const cells = sizes.map((size) => {
      const figure = row.find(({ of }) => of === size);
      if (figure?.value === undefined) return '–';
      return isMissed(figure) ? `${formatValue(figure)} MISSED` : formatValue(figure);
    });
    return [name, ...cells, targetOf(row)];
  });
  return [['Figure', ...sizes, 'Target'], ...rows];
}

function targetOf(row: readonly Figure[]): string {
  const targets = row.flatMap(({ atMost, atLeast, of = '' }) => {
    // Whether it is missed, its cell tells.
    const target = formatTarget({ name: '', unit: 'ratio', value: undefined, ...given({ atMost, atLeast }) });
    return target === '' ? [] : [{ target, of }];
  });
  const [first] = targets;
  if (first === undefined) return '';
  const isForAll = targets.length === row.length && targets.every(({ target }) => target === first.target);
  return isForAll ? first.target : targets.map(({ target, of }) => `${target} (${of})`).join(', ');
}

function given({ atMost, atLeast }: { atMost: number | undefined; atLeast: number | undefined }): Partial<Figure> {
  return { ...(atMost === undefined ? {} : { atMost }), ...(atLeast === undefined ? {} : { atLeast }) };
}
