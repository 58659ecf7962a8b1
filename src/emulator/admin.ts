/** The emulator's own controls over HTTP, as JSON: settings, faults, call counts and a summary of state. */
import { z } from 'zod';
import type { ServiceResponse } from './core.ts';
import type { Calls } from './ec2/calls.ts';
import type { Faults } from './ec2/faults.ts';
import { ADMIN_PREFIX, type FrontRequest, json } from './http-front.ts';

export interface AdminOptions {
  /** Objects whose members may be read and changed, by section name. */
  readonly settings: Readonly<Record<string, object>>;
  readonly faults: Pick<Faults, 'fail' | 'hang' | 'clear'>;
  readonly calls: Pick<Calls, 'byAction' | 'count' | 'reset'>;
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

/** Answers what is below the admin prefix. */
export function createAdmin(options: AdminOptions): (rest: string, request: FrontRequest) => ServiceResponse {
  return (rest, request) => {
    const [name = ''] = rest.split('?', 1);
    return (
      route(options, name, request) ??
      json(404, {
        error: 'NotFound',
        message: `${request.method} ${ADMIN_PREFIX}${name} is not here.`,
        here: ['GET state', 'GET settings', 'POST settings', 'GET calls', 'DELETE calls', 'POST faults', 'DELETE faults'].map(
          (line) => line.replace(' ', ` ${ADMIN_PREFIX}`),
        ),
      })
    );
  };
}

function route(options: AdminOptions, name: string, request: FrontRequest): Answer {
  switch (`${request.method} ${name}`) {
    case 'GET state':
      return json(200, options.state());
    case 'GET settings':
      return json(200, options.settings);
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
      options.faults.clear();
      return json(200, { faults: 0 });
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

/** Changes all of the named settings or, when one of them is not acceptable, none. */
function changeSettings(settings: AdminOptions['settings'], body: unknown): ServiceResponse {
  const parsed = z.record(z.string(), z.record(z.string(), z.unknown())).safeParse(body);
  if (!parsed.success) return bad(`Expected { section: { setting: value } } with sections ${Object.keys(settings).join(', ')}.`);
  for (const [section, changes] of Object.entries(parsed.data)) {
    const current = Object.hasOwn(settings, section) ? settings[section] : undefined;
    if (current === undefined) return bad(`No section ${section}; there are ${Object.keys(settings).join(', ')}.`);
    for (const [name, value] of Object.entries(changes)) {
      if (!Object.hasOwn(current, name))
        return bad(`No setting ${section}.${name}; there are ${Object.keys(current).join(', ')}.`);
      const before: unknown = Reflect.get(current, name);
      if (typeof value !== typeof before || value === null)
        return bad(`${section}.${name} must be a ${typeof before}, not ${JSON.stringify(value)}.`);
      if (typeof value === 'number' && !(value >= 0)) return bad(`${section}.${name} must not be negative.`);
    }
  }
  for (const [section, changes] of Object.entries(parsed.data)) Object.assign(settings[section] ?? {}, changes);
  return json(200, settings);
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
