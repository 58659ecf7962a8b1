/** Draws figures against size into `docs/pictures`. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Figure } from './figure.ts';
import { type Chart, type Line, lineChart } from './line-chart.ts';

const folder = join(import.meta.dirname, '..', 'docs', 'pictures');

interface Picture extends Omit<Chart, 'lines'> {
  readonly file: string;
  readonly lines: readonly (Omit<Line, 'points'> & { readonly figure: string })[];
}

/** By section of the benchmarks. */
const pictures: Readonly<Record<string, Picture>> = {
  burst: {
    file: 'burst-time.svg',
    title: 'A burst of launches within a minute',
    xAxis: 'instances launched',
    yAxis: 'seconds until all are mirrored',
    lines: [
      { name: 'measured', figure: 'time until mirrored' },
      { name: "floor that EC2's buckets and the launches set", figure: 'floor', isLimit: true },
    ],
  },
  sweeps: {
    file: 'sweep-calls.svg',
    title: 'A sweep that finds nothing to do',
    xAxis: 'instances in the account, one in twenty of them mirrored',
    yAxis: 'EC2 calls',
    lines: [
      { name: 'measured', figure: 'idle, EC2 calls' },
      { name: 'one walk of each list', figure: 'idle, one walk of each list', isLimit: true },
    ],
  },
};

/** Writes the section's picture, if it has one. */
export async function drawFigures(section: string, figures: readonly Figure[]): Promise<void> {
  const picture = pictures[section];
  if (picture === undefined) return;
  const { file, lines, ...frame } = picture;
  const drawn = lines.map(({ figure: wanted, ...line }): Line => {
    const points = figures.flatMap(({ name, of = '', value }): Line['points'][number][] =>
      name === wanted && value !== undefined ? [[Number(of.replaceAll(',', '')), value]] : [],
    );
    return { ...line, points };
  });
  await writeFile(join(folder, file), lineChart({ ...frame, lines: drawn }));
}
