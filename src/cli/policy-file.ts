import { readFile } from 'node:fs/promises';
import { resolve as resolvePath } from 'node:path';
import type { CompiledPolicy } from '../model/policy.ts';
import { formatIssues } from '../policy/source/format-issues.ts';
import { type ParsedPolicy, parsePolicy } from '../policy/source/parse.ts';
import { CliError } from './cli-error.ts';

/** Reads a text file, `-` for standard input; throws a `CliError` that says what is wrong in words. */
export async function readText(file: string, cwd: string): Promise<string> {
  try {
    return await readFile(file === '-' ? '/dev/stdin' : resolvePath(cwd, file), 'utf8');
  } catch (error) {
    throw new CliError(`${file}: ${readProblem(error)}`, { cause: error });
  }
}

/** What kept a file from being read, in words. */
export function readProblem(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENOENT':
      return 'no such file';
    case 'EISDIR':
      return 'is a directory, not a file';
    case 'EACCES':
      return 'may not be read (permission denied)';
    default:
      return error instanceof Error ? error.message : String(error);
  }
}

/** Reads and parses a policy file, issues included. */
export async function readPolicy(file: string, cwd: string): Promise<ParsedPolicy> {
  return parsePolicy(await readText(file, cwd), file);
}

/** Reads a policy file that must be good; throws a `CliError` with its issues otherwise. */
export async function loadPolicy(file: string, cwd: string): Promise<CompiledPolicy> {
  const parsed = await readPolicy(file, cwd);
  if ('issues' in parsed) throw new CliError(formatIssues(parsed.issues));
  return parsed.policy;
}
