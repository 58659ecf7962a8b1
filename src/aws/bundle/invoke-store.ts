/**
 * Stands in for `@aws/lambda-invoke-store` in the handler's bundle: the Lambda runtime installs its own store, which carries the
 * trace ids that the SDK copies into request headers; outside of the runtime there is none.
 */

interface TraceStore {
  getXRayTraceId(): string | undefined;
  getTraceparent?(): string | undefined;
  getTracestate?(): string | undefined;
  getBaggage?(): string | undefined;
}

const emptyStore: TraceStore = { getXRayTraceId: () => undefined };

export const InvokeStore = {
  /** The runtime's store, or an empty one. */
  async getInstanceAsync(): Promise<TraceStore> {
    // @types/aws-lambda declares the runtime's global without its store.
    const scope: object = globalThis;
    const runtime: { readonly InvokeStore?: TraceStore } | undefined = Reflect.get(scope, 'awslambda');
    return runtime?.InvokeStore ?? emptyStore;
  },
};
