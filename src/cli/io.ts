/** What a command may touch of the terminal; tests hand in their own. */
export interface CliIo {
  /** Writes to standard output as it is, without adding a line end. */
  readonly out: (text: string) => void;
  /** Writes to standard error. */
  readonly err: (text: string) => void;
  /** Whether standard output is a terminal: colour and progress only there. */
  readonly isTerminal: boolean;
  /** Asks on the terminal and resolves with the answer, empty when the person leaves; absent where there is nobody to ask. */
  readonly ask?: (question: string) => Promise<string>;
  /** Columns of the terminal; absent where there is none. */
  readonly columns?: number;
  /** Shows one changing line, as long as there is a text; absent where there is no terminal to show it on. */
  readonly progress?: (text: string | undefined) => void;
  /** Waits so many milliseconds for what is on its way; by the clock where absent. */
  readonly wait?: (ms: number) => Promise<void>;
  /** Ends a command that goes on until then; absent where the process is ended instead. */
  readonly interrupted?: AbortSignal;
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
    // Undefined where there is none, whatever its type says.
    isTerminal: process.stdout.isTTY === true,
    ...(process.stdout.isTTY ? { columns: process.stdout.columns } : {}),
    ...(process.stdout.isTTY && process.stdin.isTTY ? { ask } : {}),
    // A terminal that does not know its width has lines without an end, which the spinner would count.
    ...(process.stderr.isTTY && process.stderr.columns > 0 ? { progress: changingLine() } : {}),
    cwd: process.cwd(),
  };
}

/** A spinner with the text, from the first text on that stands for a while; its library is loaded only then. */
function changingLine(): NonNullable<CliIo['progress']> {
  let wanted: string | undefined;
  let spinner: { text: string; start(): unknown; stop(): unknown } | undefined;
  const follow = () => {
    if (wanted === undefined) {
      spinner?.stop();
      spinner = undefined;
    } else if (spinner !== undefined) spinner.text = wanted;
  };
  const begin = async () => {
    const { default: ora } = await import('ora');
    if (wanted === undefined || spinner !== undefined) return;
    spinner = ora({ text: wanted, stream: process.stderr, discardStdin: false });
    spinner.start();
  };
  return (text) => {
    wanted = text;
    follow();
    if (text !== undefined && spinner === undefined) void begin();
  };
}

async function ask(question: string): Promise<string> {
  const { createInterface } = await import('node:readline');
  const prompt = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await new Promise<string>((resolve) => {
      // Ctrl-C and Ctrl-D close it without an answer.
      prompt.once('close', () => {
        process.stdout.write('\n');
        resolve('');
      });
      prompt.question(question, (answer) => {
        prompt.removeAllListeners('close');
        resolve(answer);
      });
    });
  } finally {
    prompt.close();
  }
}
