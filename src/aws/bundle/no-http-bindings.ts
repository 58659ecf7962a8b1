/**
 * Stands in for the SDK's HTTP bindings (paths, headers and host labels taken from a request's members) in the handler's bundle: the
 * RPC protocols of EC2 and EventBridge post everything to `/` and have none.
 */

/** Method, path, query, path segments, host prefix: nothing bound. */
export const getHttpOperationBindings = (): readonly unknown[] => [];

/** Never reached: only a host prefix with labels asks for it. */
export const HttpBindingNormalizedSchema = {
  of(): never {
    throw new Error('HTTP bindings are not part of this bundle');
  },
};
