/** Writes measured figures into `docs/performance.md`, between two markers. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Figure, formatTarget, formatValue } from './figure.ts';

const page = join(import.meta.dirname, '..', 'docs', 'performance.md');

/** Replaces the section's table. Rejects when the page has no place for it. */
export async function writeFigures(section: string, figures: readonly Figure[]): Promise<void> {
  const [begin, end] = [`<!-- ${section}: npm run bench writes this -->`, `<!-- end of ${section} -->`];
  const text = await readFile(page, 'utf8');
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${section}`);
  const rows = figures.map((figure) => `| ${figure.name} | ${formatValue(figure)} | ${formatTarget(figure)} |`);
  const table = ['', '| Figure | Measured | Target |', '|---|---|---|', ...rows, '', ''].join('\n');
  await writeFile(page, `${text.slice(0, from + begin.length)}\n${table}${text.slice(to)}`);
}
