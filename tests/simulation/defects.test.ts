import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { defects } from '../../simulation/defects.ts';

const root = join(import.meta.dirname, '..', '..');

describe('the defects planted to try the simulation', () => {
  it.each(defects)('can still be planted: $name', ({ file, find, replace }) => {
    const parts = readFileSync(join(root, file), 'utf8').split(find);
    expect(parts).toHaveLength(2);
    expect(replace).not.toBe(find);
  });

  it('are at least fifteen, each with a name of its own', () => {
    const names = new Set(defects.map(({ name }) => name));
    expect(names.size).toBe(defects.length);
    expect(names.size).toBeGreaterThanOrEqual(15);
  });
});
