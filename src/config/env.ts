import type { LogLevel } from '../audit/trail.ts';

/** What the function is told by its environment. */
export interface Config {
  /** Owner id: the value of `automirror:owner` on everything of ours. */
  readonly owner: string;
  readonly busName: string;
  readonly logLevel: LogLevel;
  /** Where AWS is, when it is not where the SDK would look (`AWS_ENDPOINT_URL`). */
  readonly endpoint?: string;
}

/** The environment lacks something, or holds something that cannot be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html: characters that every service takes in a tag value. */
const ownerForm = /^(?! )[\w .:/=+@-]{1,128}(?<! )$/;

/**
 * Reads the function's environment; nothing else in the service does.
 *
 * @throws ConfigError naming the variable
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  const owner = env.AUTOMIRROR_OWNER ?? '';
  if (!ownerForm.test(owner)) {
    throw new ConfigError(
      `AUTOMIRROR_OWNER must be 1 to 128 letters, digits, inner blanks or _ . : / = + @ - and is ${JSON.stringify(owner)}`,
    );
  }
  const level = env.AUTOMIRROR_LOG_LEVEL || 'info';
  if (!isLogLevel(level))
    throw new ConfigError(`AUTOMIRROR_LOG_LEVEL must be debug, info, warn or error and is ${JSON.stringify(level)}`);
  const endpoint = env.AWS_ENDPOINT_URL || undefined;
  if (endpoint !== undefined && !isWebAddress(endpoint)) {
    throw new ConfigError(`AWS_ENDPOINT_URL must be an http or https address and is ${JSON.stringify(endpoint)}`);
  }
  return Object.freeze({
    owner,
    busName: env.AUTOMIRROR_BUS || 'default',
    logLevel: level,
    ...(endpoint === undefined ? {} : { endpoint }),
  });
}

function isLogLevel(text: string): text is LogLevel {
  return ['debug', 'info', 'warn', 'error'].includes(text);
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
