import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assignNumbers, nearestFree } from '../../../src/plan/numbers.ts';

// The same examples in every run; another seed finds others: SEED=7 npx vitest run tests/unit/plan/numbers.test.ts
fc.configureGlobal({ seed: Number(process.env.SEED ?? 2026) });

describe('nearestFree', () => {
  it.each([
    { preferred: 10, used: [], expected: 10 },
    { preferred: 10, used: [10], expected: 11 },
    { preferred: 10, used: [10, 11], expected: 9 },
    { preferred: 10, used: [9, 10, 11], expected: 12 },
    { preferred: 1, used: [1, 2], expected: 3 },
    { preferred: 32_766, used: [32_766], expected: 32_765 },
    { preferred: 40_000, used: [], expected: 32_766 },
    { preferred: 0, used: [1], expected: 2 },
  ])('gives $expected for $preferred beside $used', ({ preferred, used, expected }) => {
    expect(nearestFree(preferred, new Set(used))).toBe(expected);
  });

  it('says so when all 32,766 numbers are used', () => {
    const all = new Set(Array.from({ length: 32_766 }, (_, index) => index + 1));
    expect(() => nearestFree(10, all)).toThrow(RangeError);
  });
});

describe('assignNumbers', () => {
  it.each([
    { name: 'newcomers of one preference stand side by side', wishes: [[10], [10], [10]], taken: [], expected: [10, 11, 9] },
    { name: 'a newcomer goes round somebody else', wishes: [[10]], taken: [10, 11], expected: [9] },
    { name: 'an incumbent on its preferred number stays', wishes: [[10, 10]], taken: [11], expected: [10] },
    { name: 'an incumbent takes its preferred number when free', wishes: [[10, 77]], taken: [11], expected: [10] },
    { name: 'an incumbent stays when its preferred number is taken', wishes: [[10, 77]], taken: [10], expected: [77] },
    {
      name: 'an incumbent comes before a newcomer, whatever their slots',
      wishes: [[10], [10, 77]],
      taken: [],
      expected: [11, 10],
    },
    { name: 'a newcomer takes what an incumbent gives up', wishes: [[20, 10], [10]], taken: [], expected: [20, 10] },
    {
      name: 'two swap',
      wishes: [
        [20, 10],
        [10, 20],
      ],
      taken: [],
      expected: [20, 10],
    },
    {
      name: 'three turn',
      wishes: [
        [2, 1],
        [3, 2],
        [1, 3],
      ],
      taken: [],
      expected: [2, 3, 1],
    },
    {
      name: 'a chain moves up',
      wishes: [
        [2, 1],
        [3, 2],
        [4, 3],
      ],
      taken: [],
      expected: [2, 3, 4],
    },
    {
      name: 'a chain stays behind somebody else',
      wishes: [
        [2, 1],
        [3, 2],
        [4, 3],
      ],
      taken: [4],
      expected: [1, 2, 3],
    },
    {
      name: 'of two that prefer one number the first takes it',
      wishes: [
        [10, 5],
        [10, 7],
      ],
      taken: [],
      expected: [10, 7],
    },
    {
      name: 'a ring that one must leave does not turn',
      wishes: [
        [7, 5],
        [10, 7],
        [7, 10],
      ],
      taken: [],
      expected: [5, 7, 10],
    },
  ])('$name', ({ wishes, taken, expected }) => {
    const numberWishes = wishes.map(([preferred = 0, current]) => ({ preferred, current }));
    expect(assignNumbers(numberWishes, new Set(taken))).toEqual(expected);
  });

  it('gives unique numbers, moves incumbents only to what they prefer, and changes nothing when asked again', () => {
    const number = fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 32_763, max: 32_766 }));
    const current = fc.uniqueArray(number, { maxLength: 6 });
    fc.assert(
      fc.property(
        current,
        fc.array(number, { maxLength: 3 }),
        fc.array(number, { minLength: 6, maxLength: 6 }),
        fc.nat(3),
        (held, newcomers, preferred, foreign) => {
          const taken = new Set(held.slice(0, foreign));
          const incumbents = held.slice(foreign).map((own, index) => ({ preferred: preferred[index] ?? 1, current: own }));
          const wishes = [...incumbents, ...newcomers.map((wish) => ({ preferred: wish, current: undefined }))];
          const given = assignNumbers(wishes, taken);
          expect(new Set([...given, ...taken]).size).toBe(given.length + taken.size);
          for (const [index, wish] of incumbents.entries()) expect([wish.preferred, wish.current]).toContain(given[index]);
          const again = wishes.map((wish, index) => ({ ...wish, current: given[index] }));
          expect(assignNumbers(again, taken)).toEqual(given);
        },
      ),
    );
  });
});
