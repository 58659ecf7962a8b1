/** Stands in for the SDK's plug-in interface (`extensions` of a client's settings) in the handler's bundle: its clients have none. */

/** The settings as they are; throws when there is an extension after all. */
export function resolveRuntimeExtensions<Config>(config: Config, extensions: readonly unknown[]): Config {
  if (extensions.length > 0) throw new Error('client extensions are not part of this bundle');
  return config;
}
