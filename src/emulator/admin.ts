/** The emulator's own controls over HTTP, as JSON: settings, faults, call counts and a summary of state. */
import { z } from 'zod';
import type { ServiceResponse } from './core.ts';
import type { Calls, Ec2Controls } from './ec2/service.ts';
import { ADMIN_PREFIX, type FrontRequest, json } from './http-front.ts';

export interface SettingsSection {
  /** The object whose members are shown and changed. */
  readonly values: object;
  /** What a member may be, where its type (and for a number, not being negative) does not say it all. */
  readonly allowed?: Readonly<Record<string, z.ZodType>>;
}

export interface AdminOptions {
  readonly settings: Readonly<Record<string, SettingsSection>>;
  readonly faults: Pick<Ec2Controls, 'fail' | 'hang' | 'clearFaults'>;
  readonly calls: Pick<Calls, 'byAction' | 'count' | 'reset'>;
  /** EC2 reports a figure of an instance to CloudWatch, now. */
  readonly reportFigure: (instanceId: string, metricName: string, value: number) => void;
  /** A summary, made for each request. */
  readonly state: () => unknown;
}

type Answer = ServiceResponse | undefined;

const scope = {
  action: z.string(),
  times: z.number().int().min(1).optional(),
  skip: z.number().int().min(0).optional(),
  page: z.number().int().min(1).optional(),
  where: z.record(z.string(), z.string()).optional(),
};
const faultShape = z.union([
  z.strictObject({
    ...scope,
    error: z.strictObject({
      code: z.string(),
      message: z.string().optional(),
      status: z.number().int().min(400).max(599).optional(),
    }),
    after: z.boolean().optional(),
  }),
  z.strictObject({ ...scope, delayMs: z.number().min(0) }),
]);

const places = [
  'GET state',
  'GET settings',
  'POST settings',
  'GET calls',
  'DELETE calls',
  'POST faults',
  'DELETE faults',
  'POST metrics',
];

const metricsShape = z.strictObject({ instanceId: z.string(), values: z.record(z.string(), z.number()) });

/** Answers what is below the admin prefix. */
export function createAdmin(options: AdminOptions): (rest: string, request: FrontRequest) => ServiceResponse {
  return (rest, request) => {
    const [name = ''] = rest.split('?', 1);
    return (
      route(options, name, request) ??
      json(404, {
        error: 'NotFound',
        message: `${request.method} ${ADMIN_PREFIX}${name} is not here.`,
        here: places.map((line) => line.replace(' ', ` ${ADMIN_PREFIX}`)),
      })
    );
  };
}

function route(options: AdminOptions, name: string, request: FrontRequest): Answer {
  switch (`${request.method} ${name}`) {
    case 'GET state':
      return json(200, options.state());
    case 'GET settings':
      return json(200, showSettings(options.settings));
    case 'POST settings':
      return withBody(request, (body) => changeSettings(options.settings, body));
    case 'GET calls':
      return json(200, {
        total: options.calls.count(),
        mutating: options.calls.count({ mutating: true }),
        byAction: options.calls.byAction(),
        mutatingByAction: options.calls.byAction({ mutating: true }),
      });
    case 'DELETE calls':
      options.calls.reset();
      return json(200, { total: 0 });
    case 'POST faults':
      return withBody(request, (body) => arm(options.faults, body));
    case 'DELETE faults':
      options.faults.clearFaults();
      return json(200, { faults: 0 });
    case 'POST metrics':
      return withBody(request, (body) => reportFigures(options, body));
    default:
      return undefined;
  }
}

/** A JSON content type is asked for because a web page cannot send one without asking first. */
function withBody(request: FrontRequest, run: (body: unknown) => ServiceResponse): ServiceResponse {
  if (request.headers['content-type']?.startsWith('application/json') !== true) {
    return json(415, { error: 'UnsupportedMediaType', message: 'Send content-type: application/json.' });
  }
  let body: unknown;
  try {
    body = JSON.parse(request.body);
  } catch {
    return bad('The body is not valid JSON.');
  }
  return run(body);
}

function bad(message: string): ServiceResponse {
  return json(400, { error: 'BadRequest', message });
}

function showSettings(settings: AdminOptions['settings']): unknown {
  return Object.fromEntries(Object.entries(settings).map(([section, { values }]) => [section, values]));
}

/** Changes all of the named settings or, when one of them is not acceptable, none. */
function changeSettings(settings: AdminOptions['settings'], body: unknown): ServiceResponse {
  const parsed = z.record(z.string(), z.record(z.string(), z.unknown())).safeParse(body);
  if (!parsed.success) return bad(`Expected { section: { setting: value } } with sections ${Object.keys(settings).join(', ')}.`);
  for (const [name, changes] of Object.entries(parsed.data)) {
    const section = Object.hasOwn(settings, name) ? settings[name] : undefined;
    if (section === undefined) return bad(`No section ${name}; there are ${Object.keys(settings).join(', ')}.`);
    for (const [setting, value] of Object.entries(changes)) {
      const problem = problemOf(section, setting, value);
      if (problem !== undefined) return bad(`${name}.${setting}: ${problem}`);
    }
  }
  for (const [name, changes] of Object.entries(parsed.data)) Object.assign(settings[name]?.values ?? {}, changes);
  return json(200, showSettings(settings));
}

function problemOf({ values, allowed = {} }: SettingsSection, setting: string, value: unknown): string | undefined {
  if (!Object.hasOwn(values, setting)) return `no such setting; there are ${Object.keys(values).join(', ')}.`;
  const checked = Object.hasOwn(allowed, setting) ? allowed[setting]?.safeParse(value) : undefined;
  if (checked !== undefined) return checked.success ? undefined : (checked.error.issues[0]?.message ?? 'not acceptable');
  const type = typeof Reflect.get(values, setting);
  if (typeof value !== type || value === null) return `must be a ${type}, not ${JSON.stringify(value)}.`;
  return typeof value === 'number' && value < 0 ? 'must not be negative.' : undefined;
}

function arm(faults: AdminOptions['faults'], body: unknown): ServiceResponse {
  const parsed = faultShape.safeParse(body);
  if (!parsed.success) {
    return bad(
      'Expected { action, error: { code, message?, status? }, after? } or { action, delayMs }, each with times?, skip?, page?, where?.',
    );
  }
  const { data } = parsed;
  const common = {
    action: data.action,
    ...(data.times === undefined ? {} : { times: data.times }),
    ...(data.skip === undefined ? {} : { skip: data.skip }),
    ...(data.page === undefined ? {} : { page: data.page }),
    ...(data.where === undefined ? {} : { where: data.where }),
  };
  if ('delayMs' in data) faults.hang({ ...common, delayMs: data.delayMs });
  else {
    const { code, message, status } = data.error;
    faults.fail({
      ...common,
      error: { code, ...(message === undefined ? {} : { message }), ...(status === undefined ? {} : { status }) },
      ...(data.after === undefined ? {} : { after: data.after }),
    });
  }
  return json(200, { armed: data });
}

function reportFigures({ reportFigure }: AdminOptions, body: unknown): ServiceResponse {
  const parsed = metricsShape.safeParse(body);
  if (!parsed.success) return bad('Expected { instanceId, values: { NetworkMirrorIn: bytes, … } }.');
  const { instanceId, values } = parsed.data;
  for (const [metricName, value] of Object.entries(values)) reportFigure(instanceId, metricName, value);
  return json(200, { reported: parsed.data });
}
