/** A function's code on disk, where its processes can load it from. */
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { AwsError } from '../core.ts';
import { readZip, ZipError } from './zip.ts';

/** Where the code comes from: a zip file or folder by path, or the text of a single file as CloudFormation's `ZipFile` gives it. */
export type CodeSource = { readonly path: string } | { readonly inline: string };

export interface UnpackedCode {
  /** `LAMBDA_TASK_ROOT` */
  readonly directory: string;
  /** Removes what was unpacked; a folder of the user's is left alone. */
  dispose(): Promise<void>;
}

/** Unzipped packages may have 250 MB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const LARGEST_PACKAGE_BYTES = 262_144_000;

const refuse = (message: string): never => {
  throw new AwsError('InvalidParameterValueException', message);
};

/** Unpacks a zip into a folder of its own, or uses the given folder as it is. Throws AwsError for code Lambda would not take. */
export async function unpackCode(source: CodeSource): Promise<UnpackedCode> {
  if ('path' in source) {
    const found = await stat(source.path).catch(() => undefined);
    if (found === undefined) return refuse(`There is no code at ${source.path}`);
    if (found.isDirectory()) return { directory: source.path, dispose: async () => {} };
  }
  const files =
    'inline' in source ? [{ path: 'index.js', content: Buffer.from(source.inline), mode: 0 }] : await filesOf(source.path);
  const size = files.reduce((sum, file) => sum + file.content.length, 0);
  if (size > LARGEST_PACKAGE_BYTES) refuse(`Unzipped size must be smaller than ${LARGEST_PACKAGE_BYTES} bytes`);
  const directory = await mkdtemp(join(tmpdir(), 'lambda-task-'));
  const dispose = () => rm(directory, { recursive: true, force: true });
  try {
    for (const file of files.filter(({ path }) => !path.endsWith('/'))) {
      const target = join(directory, file.path);
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, file.content, file.mode === 0 ? {} : { mode: file.mode });
    }
  } catch (error) {
    await dispose();
    throw error;
  }
  return { directory, dispose };
}

async function filesOf(path: string) {
  try {
    return readZip(await readFile(path));
  } catch (error) {
    if (error instanceof ZipError) return refuse(`Could not unzip uploaded file ${path}: ${error.message}`);
    throw error;
  }
}
