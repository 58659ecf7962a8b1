/**
 * Stands in for the SDK's chain of settings in the handler's bundle, which has environment, `~/.aws/config` and default: Lambda has no such file.
 * Environment variables (`AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_USE_FIPS_ENDPOINT` …) are read as they always are.
 */

interface Setting<Value> {
  readonly environmentVariableSelector: (env: NodeJS.ProcessEnv) => Value | undefined;
  readonly default: Value | (() => Promise<Value>);
}

/** A provider of the setting; like the original it takes what it cannot understand for not set. Reads the environment once. */
export function loadConfig<Value>({ environmentVariableSelector, default: otherwise }: Setting<Value>): () => Promise<Value> {
  let loaded: Promise<Value> | undefined;
  return () => {
    loaded ??= load();
    return loaded;
  };

  async function load(): Promise<Value> {
    let value: Value | undefined;
    try {
      value = environmentVariableSelector(process.env);
    } catch {
      value = undefined;
    }
    return value ?? (isProvider(otherwise) ? otherwise() : otherwise);
  }
}

function isProvider<Value>(value: Value | (() => Promise<Value>)): value is () => Promise<Value> {
  return typeof value === 'function';
}
