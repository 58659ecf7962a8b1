/**
 * Keeps what can never run in Lambda out of the handler's bundle, without a fork of the SDK: modules are replaced by path with the
 * small stand-ins of `src/aws/bundle`, and the generated schemas are rewritten so that esbuild can see which are unused.
 */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { decodedMembers, sentMembers } from './decoded-members.ts';
import { onlyMembers, pureSchemas, withoutDerivedNames, withoutErrorClasses } from './sdk-schemas.ts';
import { configFileSelectorMember, unusedMembers, withoutMembers } from './unused-members.ts';

/** End of a module's path below `node_modules`, and the file of `src/aws/bundle` that takes its place. */
export const standIns: Readonly<Record<string, string>> = {
  '@aws-sdk/credential-provider-node/dist-es/index.js': 'env-credentials.ts',
  '@aws-sdk/signature-v4-multi-region/dist-es/index.js': 'signature-v4-only.ts',
  '@aws-sdk/client-ec2/dist-es/endpoint/endpointResolver.js': 'ec2-endpoint.ts',
  '@aws-sdk/client-ec2/dist-es/runtimeExtensions.js': 'no-extensions.ts',
  '@aws-sdk/client-eventbridge/dist-es/runtimeExtensions.js': 'no-extensions.ts',
  '@aws-sdk/client-eventbridge/dist-es/auth/httpAuthSchemeProvider.js': 'events-auth.ts',
  '@aws-sdk/client-eventbridge/dist-es/endpoint/endpointResolver.js': 'events-endpoint.ts',
  '@aws-sdk/core/dist-es/submodules/client/emitWarningIfUnsupportedVersion.js': 'no-version-warning.ts',
  '@aws-sdk/core/dist-es/submodules/client/middleware-logger/loggerMiddleware.js': 'no-logger.ts',
  '@aws-sdk/core/dist-es/submodules/client/middleware-recursion-detection/recursionDetectionMiddleware.js': 'trace-headers.ts',
  '@aws-sdk/core/dist-es/submodules/client/middleware-user-agent/configurations.js': 'user-agent.ts',
  '@aws-sdk/core/dist-es/submodules/client/middleware-user-agent/user-agent-middleware.js': 'user-agent.ts',
  '@aws-sdk/core/dist-es/submodules/client/util-user-agent-node/defaultUserAgent.js': 'user-agent.ts',
  '@aws-sdk/core/dist-es/submodules/client/util-user-agent-node/nodeAppIdConfigOptions.js': 'user-agent.ts',
  '@aws-sdk/core/dist-es/submodules/httpAuthSchemes/aws_sdk/AwsSdkSigV4ASigner.js': 'signature-v4-only.ts',
  '@aws-sdk/core/dist-es/submodules/httpAuthSchemes/aws_sdk/NODE_AUTH_SCHEME_PREFERENCE_OPTIONS.js': 'signature-v4-only.ts',
  '@aws-sdk/core/dist-es/submodules/httpAuthSchemes/aws_sdk/resolveAwsSdkSigV4AConfig.js': 'signature-v4-only.ts',
  '@aws-sdk/core/dist-es/submodules/httpAuthSchemes/aws_sdk/resolveAwsSdkSigV4Config.js': 'sigv4-config.ts',
  '@aws-sdk/core/dist-es/submodules/protocols/query/QueryShapeSerializer.js': 'query-request.ts',
  '@aws-sdk/core/dist-es/submodules/protocols/xml/XmlShapeDeserializer.js': 'xml-answer.ts',
  '@smithy/core/dist-es/submodules/checksum/sha256/Sha256Js.js': 'no-sha256-fallback.ts',
  '@smithy/core/dist-es/submodules/client/smithy-client/defaults-mode.js': 'no-defaults-mode.ts',
  '@smithy/core/dist-es/submodules/client/smithy-client/emitWarningIfUnsupportedVersion.js': 'no-version-warning.ts',
  '@smithy/core/dist-es/submodules/client/smithy-client/schemaLogFilter.js': 'no-logger.ts',
  '@smithy/core/dist-es/submodules/config/config-resolver/regionConfig/getInstanceMetadataRegion.js': 'no-instance-metadata.ts',
  '@smithy/core/dist-es/submodules/config/defaults-mode/resolveDefaultsModeConfig.js': 'no-defaults-mode.ts',
  '@smithy/core/dist-es/submodules/config/node-config-provider/configLoader.js': 'env-config.ts',
  '@smithy/core/dist-es/submodules/endpoints/middleware-endpoint/service-customizations/index.js': 'no-s3.ts',
  '@smithy/core/dist-es/submodules/protocols/HttpBindingNormalizedSchema.js': 'no-http-bindings.ts',
  '@smithy/core/dist-es/submodules/protocols/collect-stream-body.js': 'text-bodies.ts',
  '@smithy/core/dist-es/submodules/protocols/json/codec-v2/JsonCodec2.js': 'plain-json-codec.ts',
  '@smithy/core/dist-es/submodules/retry/util-retry/AdaptiveRetryStrategy.js': 'no-adaptive-retry.ts',
  '@smithy/core/dist-es/submodules/serde/date-utils.js': 'dates.ts',
  '@smithy/core/dist-es/submodules/serde/util-body-length/calculateBodyLength.js': 'text-bodies.ts',
  '@smithy/core/dist-es/submodules/serde/util-stream/stream-collector.js': 'text-bodies.ts',
  '@smithy/node-http-handler/dist-es/write-request-body.js': 'text-bodies.ts',
  '@smithy/signature-v4/dist-es/HeaderFormatter.js': 'no-event-headers.ts',
};

const belowNodeModules = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+[\\/].*)$/;
const schemaFile = /^@aws-sdk\/client-[^/]+\/dist-es\/schemas\/schemas_\d+\.js$/;
const partitionTable = '@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js';
const clientManifest = /^@aws-sdk\/client-[^/]+\/package\.json$/;

/** Modules of EC2's protocol, which serve kinds of shapes that no request or answer in use has. */
const protocolModules = ['query/QueryShapeSerializer.js', 'xml/XmlShapeDeserializer.js'].map(
  (file) => `@aws-sdk/core/dist-es/submodules/protocols/${file}`,
);
const kindTest = /\bns\.is(?:BigInteger|BigDecimal|Blob|Map|Timestamp|Union)Schema\(\)/g;

/**
 * The esbuild plugin. `root` is the project's folder. The build fails if a stand-in was not needed: an SDK update has moved what it
 * replaced, and the bundle would silently grow back.
 */
export function trimSdk(root: string): Plugin {
  return {
    name: 'trim-sdk',
    setup(build) {
      const replaced = new Set<string>();
      build.onLoad({ filter: /[\\/]node_modules[\\/]@(?:aws-sdk|aws|smithy)[\\/].*\.js(?:on)?$/ }, async ({ path }) => {
        const module = belowNodeModules.exec(path)?.[1]?.replaceAll('\\', '/') ?? '';
        const standIn = standIns[module];
        if (standIn !== undefined) {
          replaced.add(module);
          const file = join(root, 'src', 'aws', 'bundle', standIn);
          return { contents: await readFile(file, 'utf8'), loader: 'ts', resolveDir: dirname(file) };
        }
        if (schemaFile.test(module)) return { contents: trimSchemas(module, await readFile(path, 'utf8')), loader: 'js' };
        if (module === partitionTable) return { contents: shortPartitions(await readFile(path, 'utf8')), loader: 'js' };
        if (clientManifest.test(module)) return { contents: versionOnly(await readFile(path, 'utf8')), loader: 'json' };
        if (!module.endsWith('.js')) return undefined;
        const whole = await readFile(path, 'utf8');
        const source = protocolModules.includes(module) ? whole.replaceAll(kindTest, 'false') : whole;
        const unused = unusedMembers[module] ?? (configFileSelectorMember.test(source) ? ['configFileSelector'] : []);
        if (module in unusedMembers) replaced.add(module);
        return { contents: pureConstants(unused.length === 0 ? source : withoutMembers(source, unused)), loader: 'js' };
      });
      build.onEnd((result) => {
        const unused = Object.keys({ ...standIns, ...unusedMembers }).filter((module) => !replaced.has(module));
        if (result.errors.length > 0 || unused.length === 0) return undefined;
        return {
          errors: unused.map((module) => ({ text: `the SDK no longer loads ${module}: review src/packaging/sdk-trim.ts` })),
        };
      });
    },
  };
}

function trimSchemas(module: string, source: string): string {
  if (module.startsWith('@aws-sdk/client-eventbridge/')) return pureSchemas(withoutErrorClasses(source, ['InternalException']));
  if (!module.startsWith('@aws-sdk/client-ec2/')) return pureSchemas(source);
  const pruned = Object.entries({ ...decodedMembers, ...sentMembers }).reduce(
    (text, [structure, members]) => onlyMembers(text, structure, members),
    source,
  );
  return withoutDerivedNames(pureSchemas(pruned));
}

/** The partitions without the names of Regions that the partition's expression matches anyway. Throws when the table has another form. */
function shortPartitions(source: string): string {
  const [, json] = /^export const partitionsInfo = (\{.*\});?\s*$/s.exec(source) ?? [];
  if (json === undefined) throw new Error(`${partitionTable} has another form than expected`);
  const table: { partitions: { regionRegex: string; regions: Record<string, unknown> }[] } = JSON.parse(json);
  const partitions = table.partitions.map(({ regions, ...partition }) => {
    const expression = new RegExp(partition.regionRegex);
    const others = Object.keys(regions).filter((region) => !expression.test(region));
    return { ...partition, regions: Object.fromEntries(others.map((region) => [region, {}])) };
  });
  return `export const partitionsInfo = ${JSON.stringify({ partitions })};`;
}

/** Marks constants made by constructors without side effects, so that those of unused functions can go with the functions. */
function pureConstants(source: string): string {
  return source.replace(/^((?:export )?const \w+ = )(new (?:RegExp|Set|Map)\()/gm, '$1/* @__PURE__ */ $2');
}

/** The client's manifest is bundled for the version in the user agent; the other fields are dead weight. */
function versionOnly(manifest: string): string {
  const { version }: { version?: string } = JSON.parse(manifest);
  return JSON.stringify({ version });
}
