/** What a target gets of an event: the event itself, a constant, a part of it, or a template (eb-transform-target-input.html). */
import { AwsError, type EmulatedEvent } from '../core.ts';
import type { Rule, RuleTarget } from './event-bus.ts';

/** Throws `ValidationException` for inputs that PutTargets refuses. */
export function checkInput(target: RuleTarget): void {
  const given = [target.input, target.inputPath, target.inputTransformer].filter((one) => one !== undefined);
  if (given.length > 1) {
    throw new AwsError(
      'ValidationException',
      `Only one of Input, InputPath, or InputTransformer must be provided for target ${target.id}.`,
    );
  }
  if (target.input !== undefined && !isJson(target.input)) {
    throw new AwsError('ValidationException', `JSON syntax error in Input for target ${target.id}.`);
  }
  if (target.inputPath !== undefined) readPath({}, target.inputPath);
  if (target.inputTransformer === undefined) return;
  const { inputPathsMap = {}, inputTemplate } = target.inputTransformer;
  for (const path of Object.values(inputPathsMap)) readPath({}, path);
  for (const [, name = ''] of inputTemplate.matchAll(VARIABLE)) {
    if (!Object.hasOwn(inputPathsMap, name) && !RESERVED.has(name)) {
      throw new AwsError(
        'ValidationException',
        `Invalid InputTemplate for target ${target.id} : [<${name}> is not in InputPathsMap]`,
      );
    }
  }
}

/** The text that is handed to the target; `ingestedAt` in milliseconds. */
export function payloadFor(target: RuleTarget, rule: Rule, event: EmulatedEvent, ingestedAt: number): string {
  if (target.input !== undefined) return target.input;
  if (target.inputPath !== undefined) return JSON.stringify(readPath(event, target.inputPath) ?? {});
  if (target.inputTransformer === undefined) return JSON.stringify(event);
  const { inputPathsMap = {}, inputTemplate } = target.inputTransformer;
  return render(inputTemplate, (name) => {
    const path = Object.hasOwn(inputPathsMap, name) ? inputPathsMap[name] : undefined;
    return path === undefined ? reserved(name, rule, event, ingestedAt) : readPath(event, path);
  });
}

const VARIABLE = /<([\w.-]+)>/g;
const RESERVED = new Set([
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event',
  'aws.events.event.json',
  'aws.events.event.ingestion-time',
]);

function reserved(name: string, rule: Rule, event: EmulatedEvent, ingestedAt: number): unknown {
  switch (name) {
    case 'aws.events.rule-arn':
      return rule.arn;
    case 'aws.events.rule-name':
      return rule.name;
    case 'aws.events.event.ingestion-time':
      return new Date(ingestedAt).toISOString();
    case 'aws.events.event.json':
      return event;
    case 'aws.events.event': {
      const { detail: _detail, ...envelope } = event;
      return envelope;
    }
    default:
      return undefined;
  }
}

/** Outside quotes a variable becomes its JSON value, inside quotes its text; a path that leads nowhere gives null and nothing. */
function render(template: string, lookUp: (name: string) => unknown): string {
  let rendered = '';
  let isQuoted = false;
  for (let at = 0; at < template.length; at += 1) {
    const char = template.charAt(at);
    if (char === '\\') {
      rendered += template.slice(at, at + 2);
      at += 1;
      continue;
    }
    if (char === '"') isQuoted = !isQuoted;
    const variable = char === '<' ? /^<([\w.-]+)>/.exec(template.slice(at)) : null;
    if (variable === null) rendered += char;
    else {
      const value = lookUp(variable[1] ?? '');
      rendered += isQuoted ? quotedText(value) : JSON.stringify(value ?? null);
      at += variable[0].length - 1;
    }
  }
  return rendered;
}

function quotedText(value: unknown): string {
  if (value === undefined) return '';
  return JSON.stringify(typeof value === 'string' ? value : JSON.stringify(value)).slice(1, -1);
}

/**
 * EventBridge's subset of JSON path: `$`, `.name` (dashes and underscores included), `[n]`, `['name']` and `[*]`.
 * Returns undefined when the path leads nowhere. Throws `ValidationException` for other syntax.
 */
export function readPath(value: unknown, path: string): unknown {
  if (!/^\$(?:\.[^.[\]*\s]+|\[\d+\]|\['[^']+'\]|\[\*\])*$/.test(path)) {
    throw new AwsError('ValidationException', `Invalid JSON path: ${path}`);
  }
  return follow(
    value,
    Array.from(
      path.slice(1).matchAll(/\.([^.[\]*\s]+)|\[(\d+)\]|\['([^']+)'\]|\[(\*)\]/g),
      (step) => step[1] ?? step[2] ?? step[3] ?? step[4] ?? '',
    ),
  );
}

function follow(value: unknown, steps: readonly string[]): unknown {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  if (step === '*' && Array.isArray(value)) return value.map((item: unknown) => follow(item, rest));
  return Object.hasOwn(value, step) ? follow(Reflect.get(value, step), rest) : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
