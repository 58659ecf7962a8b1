/** Makes what the stack is deployed from: the function's zip, and what of the template depends on the policy. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CompiledPolicy } from '../model/policy.ts';
import { formatIssues } from '../policy/source/format-issues.ts';
import { parsePolicy } from '../policy/source/parse.ts';
import { watchedTagKeys } from '../policy/watched-tags.ts';
import { bundleHandler } from './bundle.ts';
import { findingParts } from './finding-parts.ts';
import { patternLimit, tagRule } from './tag-rule.ts';
import { zip } from './zip.ts';

export interface PackageInput {
  /** The project's folder. */
  readonly root: string;
  /** Policy file, absolute or relative to `root`. */
  readonly policyFile: string;
  /** Where the files go. */
  readonly outDir: string;
}

export type PackageResult =
  /** `notices` are sentences for the person who packages. */
  | { readonly policyHash: string; readonly bundleBytes: number; readonly notices: readonly string[] }
  | { readonly refused: string };

/** The file inside of the zip that serverless.yml's `handlers/reconcile.handler` names. */
const handlerFile = 'handlers/reconcile.cjs';

/**
 * Writes `reconcile.zip`, `tag-rule.json` and `finding-parts.json` to `outDir`. A missing or wrong policy is refused with the reasons as text, and nothing is
 * written; throws when the source does not build.
 */
export async function packageService({ root, policyFile, outDir }: PackageInput): Promise<PackageResult> {
  const read = await readPolicy(root, policyFile);
  if ('refused' in read) return read;
  const { policy } = read;

  const { code } = await bundleHandler({ root, entry: 'handlers/reconcile.ts', policy });
  const { pattern, filtered } = tagRule(watchedTagKeys(policy));
  await mkdir(outDir, { recursive: true });
  await writeFile(join(outDir, 'reconcile.zip'), zip([{ name: handlerFile, content: code }]));
  await writeFile(join(outDir, 'tag-rule.json'), `${JSON.stringify(pattern, undefined, 2)}\n`);
  await writeFile(join(outDir, 'finding-parts.json'), `${JSON.stringify(findingParts(policy), undefined, 2)}\n`);

  const unfiltered = `the policy looks at so many tag keys that an event pattern of ${patternLimit} characters cannot hold them: every tag change of an instance or interface will wake the function`;
  return { policyHash: policy.hash, bundleBytes: code.length, notices: filtered ? [] : [unfiltered] };
}

async function readPolicy(root: string, policyFile: string): Promise<{ policy: CompiledPolicy } | { refused: string }> {
  const path = resolve(root, policyFile);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { refused: `${policyFile} cannot be read (${reason}); an empty file is a policy too, with the defaults` };
  }
  const parsed = parsePolicy(text, policyFile);
  return 'issues' in parsed ? { refused: formatIssues(parsed.issues) } : parsed;
}
