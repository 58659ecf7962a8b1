/**
 * Stands in for the SDK's composition of the user agent in the handler's bundle: the same text without the SDK's list of features in use (`m/E,…`), which AWS
 * counts and nobody else reads, and without escapes for names that only a program could set.
 */
import { platform, release } from 'node:os';

interface Request {
  readonly headers: Record<string, string>;
}

interface ClientConfig {
  defaultUserAgentProvider?: () => Promise<string>;
}

/** What says who calls, in the order of the original. */
export const createDefaultUserAgentProvider =
  ({ serviceId, clientVersion }: { readonly serviceId: string; readonly clientVersion: string }) =>
  async (): Promise<string> => {
    const { AWS_EXECUTION_ENV, AWS_SDK_UA_APP_ID } = process.env;
    return [
      `aws-sdk-js/${clientVersion} ua/2.1 os/${platform()}#${release()} lang/js md/nodejs#${process.versions.node}`,
      `api/${serviceId.toLowerCase()}#${clientVersion}`,
      ...(AWS_EXECUTION_ENV ? [`exec-env/${AWS_EXECUTION_ENV}`] : []),
      ...(AWS_SDK_UA_APP_ID ? [`app/${AWS_SDK_UA_APP_ID}`] : []),
    ].join(' ');
  };

/** Sets both headers of the original. */
export const getUserAgentPlugin = ({ defaultUserAgentProvider }: ClientConfig) => ({
  applyToStack(stack: { add(middleware: unknown, options: object): void }): void {
    const middleware = (next: (args: unknown) => unknown) => async (args: { readonly request: Request }) => {
      const text = (await defaultUserAgentProvider?.()) ?? '';
      Object.assign(args.request.headers, { 'user-agent': text, 'x-amz-user-agent': text.replace(/ .*/, '') });
      return next(args);
    };
    stack.add(middleware, { name: 'getUserAgentMiddleware', step: 'build', priority: 'low' });
  },
});

/** The settings as they are. */
export const resolveUserAgentConfig = <Config>(config: Config): Config => config;

/** Resolves to nothing; the provider above reads the environment itself. */
export const NODE_APP_ID_CONFIG_OPTIONS = { environmentVariableSelector: () => undefined, default: undefined };

// The SDK's index passes these on, and nothing here takes them.
export const DEFAULT_UA_APP_ID = undefined;
export const UA_APP_ID_ENV_NAME = undefined;
export const UA_APP_ID_INI_NAME = undefined;
export const crtAvailability = undefined;
export const defaultUserAgent = undefined;
export const getUserAgentMiddlewareOptions = undefined;
export const userAgentMiddleware = undefined;
