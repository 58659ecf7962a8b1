import { defineConfig } from 'vitest/config';

/** The tests that say what policy and plan are to do, each the same in every run: a mutant must not live or die by chance. */
export default defineConfig({
  test: {
    include: ['tests/unit/policy/**/*.test.ts', 'tests/unit/plan/**/*.test.ts'],
    // It weighs the bundle, and the mutants in the code weigh too.
    exclude: ['tests/unit/policy/bundle.test.ts'],
    env: { SEED: '2026' },
    testTimeout: 15_000,
  },
});
