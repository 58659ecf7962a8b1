/**
 * Stands in for the SDK's middleware that passes trace ids on, in the handler's bundle: those of the Lambda runtime, which keeps them in a store of its own;
 * outside of the runtime there are none. The original looks as well for headers that a caller has set in another case, and loads a store for browsers.
 */

interface TraceStore {
  getXRayTraceId(): string | undefined;
  getTraceparent?(): string | undefined;
  getTracestate?(): string | undefined;
  getBaggage?(): string | undefined;
}

/** Same contract as the original. */
export const recursionDetectionMiddleware =
  () =>
  (next: (args: unknown) => unknown) =>
  (args: { readonly request: { readonly headers: Record<string, string> } }): unknown => {
    const { headers } = args.request;
    // @types/aws-lambda declares the runtime's global without its store.
    const scope: object = globalThis;
    const runtime: { readonly InvokeStore?: TraceStore } | undefined = Reflect.get(scope, 'awslambda');
    const store = runtime?.InvokeStore;
    const set = (name: string, value: string | undefined): boolean => {
      if (value) headers[name] = value;
      return Boolean(value);
    };

    const { AWS_LAMBDA_FUNCTION_NAME, _X_AMZN_TRACE_ID } = process.env;
    if (AWS_LAMBDA_FUNCTION_NAME) set('X-Amzn-Trace-Id', store?.getXRayTraceId() ?? _X_AMZN_TRACE_ID);
    if (set('traceparent', store?.getTraceparent?.())) {
      set('tracestate', store?.getTracestate?.());
      set('baggage', store?.getBaggage?.());
    }
    return next(args);
  };
