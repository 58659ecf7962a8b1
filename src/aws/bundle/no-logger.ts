/** Stands in for the SDK's own log lines in the handler's bundle: whole inputs and outputs, which no client of the handler asks for. */
export const loggerMiddlewareOptions = {};
export const loggerMiddleware = () => (next: unknown) => next;
export const getLoggerPlugin = () => ({ applyToStack(): void {} });

/** Hides what is secret in a log line. */
export const schemaLogFilter = (): never => {
  throw new Error('log lines of the SDK are not part of this bundle');
};
