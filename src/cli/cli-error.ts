/** A failure that the user can do something about: its message is shown as it is, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** What the work resolves with; its failure becomes a `CliError` that begins with `what`, unless it is one, for what AWS says needs no stack. */
export async function inWords<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${what}: ${said(error)}`, { cause: error });
  }
}

/** An error in one line: AWS's code for it, where it has one, and the message. */
export function said(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${'code' in error && typeof error.code === 'string' ? error.code : error.name}: ${error.message}`;
}
