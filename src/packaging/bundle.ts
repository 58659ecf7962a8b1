/** Bundles the Lambda handler: one CommonJS file, minified, with the trimmed SDK and the compiled policy inside. */
import { build, type Metafile } from 'esbuild';
import { minify } from 'terser';
import { trimSdk } from './sdk-trim.ts';

export interface BundleOptions {
  /** The project's folder; paths in the bundle are relative to it, so that it is the same wherever it is built. */
  readonly root: string;
  /** Entry file, relative to `root`. */
  readonly entry: string;
  /** Replaces `__COMPILED_POLICY__` in the source, as data. */
  readonly policy: unknown;
  /** Default true. The benchmark turns it off to show what trimming saves. */
  readonly trim?: boolean;
}

export interface Bundle {
  readonly code: Uint8Array;
  readonly metafile: Metafile;
}

/** Returns the bundle's bytes; throws esbuild's error, which names file and line, when it cannot be built. */
export async function bundleHandler({ root, entry, policy, trim = true }: BundleOptions): Promise<Bundle> {
  // Constants, so that what serves a part of the policy is dropped where there is no such part.
  const has = (part: string) => [
    `__COMPILED_POLICY__.${part}`,
    String(typeof policy === 'object' && policy !== null && part in policy),
  ];
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    // Terser makes the rest smaller than esbuild does; what it cannot know, such as which constants fold, is esbuild's.
    minifySyntax: true,
    platform: 'node',
    target: 'node24',
    // `require` of a CommonJS file starts faster in Lambda than `import` of a module.
    format: 'cjs',
    // The SDK's ES modules can be tree-shaken, the CommonJS ones that `main` names cannot.
    mainFields: ['module', 'main'],
    define: { __COMPILED_POLICY__: JSON.stringify(policy), ...Object.fromEntries(['onFinding', 'asksForNetworkTags'].map(has)) },
    legalComments: 'none',
    outfile: 'reconcile.cjs',
    write: false,
    metafile: true,
    logLevel: 'silent',
    plugins: trim ? [trimSdk(root)] : [],
  });
  const [output] = result.outputFiles;
  if (output === undefined) throw new Error(`esbuild wrote nothing for ${entry}`);
  return { code: await squeeze(output.text), metafile: result.metafile };
}

/** Minified by more passes than a bundler makes: about 3 % of the bundle. Only what cannot change the meaning of the SDK's code is on. */
async function squeeze(code: string): Promise<Uint8Array> {
  const { code: small } = await minify(code, {
    ecma: 2020,
    compress: { ecma: 2020, passes: 3, toplevel: true, keep_fargs: false },
    mangle: { toplevel: true },
    format: { ecma: 2020, comments: false },
  });
  if (small === undefined) throw new Error('terser gave no code');
  return new TextEncoder().encode(small);
}
