/** What a command may touch of the terminal; tests hand in their own. */
export interface CliIo {
  /** Writes to standard output as it is, without adding a line end. */
  readonly out: (text: string) => void;
  /** Writes to standard error. */
  readonly err: (text: string) => void;
  /** Whether standard output is a terminal: colour and progress only there. */
  readonly isTerminal: boolean;
  /** The directory that relative paths start from. */
  readonly cwd: string;
}

/** The terminal of this process. A reader that goes away (`automirror policy schema | head`) ends the writing quietly. */
export function processIo(): CliIo {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isTerminal: process.stdout.isTTY,
    cwd: process.cwd(),
  };
}
