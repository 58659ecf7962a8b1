import { sh } from './shell.ts';

/** Builds the command line tool as `npm run build` does, so that `npx automirror` is the one of these sources. */
export default async function buildOnce(): Promise<void> {
  const { code, output } = await sh('npm run build');
  if (code !== 0) throw new Error(`npm run build failed:\n${output}`);
}
