import { runScript } from './run-script.ts';

/** Packages the stack as `npm run package` does, once for all the tests that look at it. */
export default async function packageOnce(): Promise<void> {
  const { code, output } = await runScript('package.ts');
  if (code !== 0) throw new Error(`npm run package failed:\n${output}`);
}
