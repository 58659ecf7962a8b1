import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PageAssets } from './html.ts';

/** Where `scripts/build.js` puts the page's files, below the package's folder. */
const folder = join('dist', 'report');

/** Reads the page's built script and style; undefined where the tool was not built. */
export async function readPageAssets(): Promise<PageAssets | undefined> {
  const built = findBuilt(import.meta.dirname);
  if (built === undefined) return undefined;
  const [script, style] = await Promise.all([
    readFile(join(built, 'page.js'), 'utf8'),
    readFile(join(built, 'page-style.css'), 'utf8'),
  ]);
  return { script, style };
}

/** This module is a source in `src/report`, or a part of a bundle in `dist`. */
function findBuilt(from: string): string | undefined {
  for (let place = from; ; place = dirname(place)) {
    const candidate = join(place, folder);
    if (existsSync(join(candidate, 'page.js'))) return candidate;
    if (place === dirname(place) || existsSync(join(place, 'package.json'))) return undefined;
  }
}
