import { defineConfig } from 'vitest/config';

/** These look at the packaged stack in `.serverless/`, so it is packaged once before them. */
const packaged = [
  'tests/stack/**/*.test.ts',
  'tests/scenario*/**/*.test.ts',
  'tests/docs/**/*.test.ts',
  'tests/newcomer/**/*.test.ts',
  'tests/browser/**/*.test.ts',
  'tests/simulation/**/*.test.ts',
];

export default defineConfig({
  test: {
    env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    sequence: { shuffle: { files: true, tests: false } },
    testTimeout: 15_000,
    // Packaging with another policy takes seconds of a processor's time, and a busy machine has few to give.
    hookTimeout: 60_000,
    projects: [
      { extends: true, test: { name: 'source', include: ['tests/**/*.test.ts'], exclude: packaged } },
      {
        extends: true,
        test: {
          name: 'packaged',
          include: packaged,
          globalSetup: ['tests/stack/package-once.ts', 'tests/newcomer/build-once.ts'],
        },
      },
    ],
  },
});
