/** A failure that the user can do something about: its message is shown as it is, without a stack. */
export class CliError extends Error {
  override readonly name = 'CliError';
}

/** What the work resolves with; its failure becomes a `CliError` that begins with `what`, for what AWS says needs no stack. */
export async function inWords<T>(what: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const code = error instanceof Error ? ('code' in error && typeof error.code === 'string' ? error.code : error.name) : '';
    const said = error instanceof Error ? `${code}: ${error.message}` : String(error);
    throw new CliError(`${what}: ${said}`, { cause: error });
  }
}
