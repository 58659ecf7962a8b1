import { posix } from 'node:path';

export interface SourceFile {
  /** Relative to the project's folder, with forward slashes. */
  readonly path: string;
  readonly source: string;
}

interface LayerRule {
  /** Layers of ours that it may import; itself always. */
  readonly layers: readonly string[];
  /** Packages and `node:` modules that it may import; undefined: any. */
  readonly packages?: readonly RegExp[];
  /** What its code may not say. */
  readonly never?: readonly RegExp[];
}

/** The outside world: time, chance, environment, output. A value computed twice from the same input must be the same. */
const world = [
  /\bDate\.now\b/,
  /\bnew Date\(\s*\)/,
  /\bMath\.random\b/,
  /\brandom(UUID|Bytes|Int)\b/,
  /\bprocess\b/,
  /\bconsole\b/,
  /\bfetch\(/,
  /\bset(Timeout|Interval|Immediate)\b/,
];
const environment = [/\bprocess\.env\b/];
/** Hashing is computing. */
const pure = [/^node:crypto$/];
const libraries = (...names: string[]): RegExp[] => names.map((name) => new RegExp(`^${name}$`));

/** Who may import whom; a layer is a folder of `src`, or a file in it, or a folder beside it. */
const rules: Readonly<Record<string, LayerRule>> = {
  model: { layers: [], packages: pure, never: world },
  policy: {
    layers: ['model'],
    packages: [...pure, ...libraries('yaml', 'zod', 'ipaddr\\.js', 'fastest-levenshtein')],
    never: world,
  },
  plan: { layers: ['model'], packages: pure, never: world },
  reconcile: { layers: ['model', 'policy', 'plan'], packages: pure, never: environment },
  events: { layers: ['model'], packages: [], never: environment },
  audit: { layers: ['model', 'plan', 'events', 'reconcile'], packages: pure, never: environment },
  config: { layers: ['audit'], packages: [], never: environment },
  aws: { layers: ['model', 'reconcile', 'audit'], packages: [/^@aws-sdk\//, /^@smithy\//, ...pure], never: environment },
  'aws/bundle': { layers: [], packages: [/^@aws-sdk\//, /^@smithy\//, /^node:(?:http|os|stream)$/] },
  service: { layers: ['model', 'plan', 'reconcile', 'events', 'audit'], packages: pure, never: environment },
  'optional-parts': { layers: ['service', 'events', 'reconcile', 'aws'] },
  app: { layers: ['model', 'reconcile', 'aws', 'audit', 'config', 'service'], never: environment },
  handlers: { layers: ['app', 'config', 'optional-parts', 'model'], packages: libraries('aws-lambda') },
  'doctor/checks': {
    layers: ['doctor', 'model', 'policy', 'plan'],
    packages: libraries('ipaddr\\.js'),
    never: world,
  },
  doctor: {
    layers: ['doctor/checks', 'model', 'policy', 'plan', 'reconcile'],
    packages: [/^@aws-sdk\//, ...libraries('ipaddr\\.js')],
    never: environment,
  },
  migrate: {
    layers: ['model', 'policy', 'plan'],
    packages: [/^node:path$/, ...libraries('yaml', 'zod')],
    never: world,
  },
  report: {
    layers: ['model', 'policy', 'plan', 'reconcile', 'audit', 'doctor'],
    packages: [/^@aws-sdk\/client-cloudwatch-logs$/, /^node:(crypto|fs|fs\/promises|path)$/],
    never: environment,
  },
  // It runs in a browser, from a file: what it imports of ours must be types.
  'report/page': {
    layers: ['report'],
    packages: [],
    never: [/\bfetch\(/, /\binnerHTML\b/, /\bouterHTML\b/, /\binsertAdjacentHTML\b/, /\beval\(/],
  },
  cli: {
    layers: [
      'model',
      'policy',
      'plan',
      'reconcile',
      'events',
      'audit',
      'aws',
      'doctor',
      'report',
      'migrate',
      'emulator',
      'demo',
      'terminal',
      'package.json',
    ],
  },
  terminal: { layers: [], packages: libraries('picocolors'), never: [/\bprocess\b/] },
  packaging: { layers: ['model', 'policy'] },
  scripts: { layers: ['packaging', 'cli'] },
  // An oracle that shared code with its subject would agree with its bugs.
  emulator: { layers: [] },
  demo: { layers: ['emulator', 'terminal'] },
};

/** Layers that nothing else may import, whatever its own rule says. */
const emulatorUsers = new Set(['emulator', 'demo', 'cli']);

/**
 * One line for each import that goes the wrong way and each word that a layer may not say; empty when the architecture holds. A folder without a
 * rule is a violation too: whoever adds one decides what it may import.
 */
export function checkImports(files: readonly SourceFile[]): string[] {
  return files.flatMap((file) => {
    const layer = layerOf(file.path);
    const rule = rules[layer];
    if (rule === undefined) return [`${file.path}: the layer ${layer} has no rule`];
    const code = withoutComments(file.source);
    return [
      ...importsOf(code).flatMap((specifier) => checkImport(file.path, layer, rule, specifier)),
      ...(rule.never ?? []).flatMap((word) => {
        const found = word.exec(withoutStrings(code));
        return found === null ? [] : [`${file.path}: says ${found[0]}`];
      }),
    ];
  });
}

function checkImport(path: string, layer: string, rule: LayerRule, specifier: string): string[] {
  if (!specifier.startsWith('.')) {
    const isAllowed = rule.packages === undefined || rule.packages.some((allowed) => allowed.test(specifier));
    return isAllowed ? [] : [`${path}: imports the package ${specifier}`];
  }
  const target = layerOf(posix.join(posix.dirname(path), specifier));
  const isForbiddenEmulator = target === 'emulator' && !emulatorUsers.has(layer);
  const isAllowed = target === layer || (rule.layers.includes(target) && !isForbiddenEmulator);
  return isAllowed ? [] : [`${path}: imports the layer ${target}`];
}

function layerOf(path: string): string {
  const parts = path.split('/');
  const [top = '', second = '', third = ''] = parts;
  if (top !== 'src') return top;
  const inner = `${second}/${third}`;
  return inner === 'aws/bundle' || inner === 'doctor/checks' || inner === 'report/page' ? inner : second.replace(/\.ts$/, '');
}

/** Static imports and exports from the start of a line, and dynamic imports anywhere. */
const importForms =
  /^\s*(?:import|export)\b[^;'"]*?\bfrom\s*['"]([^'"]+)['"]|^\s*import\s*['"]([^'"]+)['"]|\b(?:import|require)\(\s*['"]([^'"]+)['"]/gm;

function importsOf(code: string): string[] {
  return [...code.matchAll(importForms)].flatMap(([, ...specifiers]) => specifiers.filter((found) => found !== undefined));
}

const textOrComment = /(["'`])(?:\\.|(?!\1)[^\\])*?\1|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g;

/** Comments may name anything; `//` within a string does not begin one. */
function withoutComments(source: string): string {
  return source.replace(textOrComment, (found) => (/^\/[/*]/.test(found) ? ' ' : found));
}

/** Strings may name anything too, but a template can hold code. */
function withoutStrings(code: string): string {
  return code.replace(textOrComment, (found) => (/^["']/.test(found) ? "''" : found));
}
