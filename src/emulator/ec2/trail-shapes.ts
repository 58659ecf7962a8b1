/**
 * How CloudTrail writes requests and responses of EC2: the general shape, and the wrapped one of the Traffic Mirror calls.
 * The shapes were seen in captured records; AWS does not document them, so readers should take them as hints.
 */
import type { NormalizedSchema } from '@smithy/core/schema';
import { operationShapes, requestName, responseName } from './protocol/schema.ts';

const XMLNS = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);

/** Lists of ids are written as sets of one-field objects under names of their own. */
const ID_SETS: Readonly<Record<string, readonly [set: string, field: string]>> = {
  ResourceId: ['resourcesSet', 'resourceId'],
  InstanceId: ['instancesSet', 'instanceId'],
  SecurityGroupId: ['groupSet', 'groupId'],
};

type Members = readonly (readonly [member: string, schema: NormalizedSchema, value: unknown])[];

function membersOf(schema: NormalizedSchema, value: object): Members {
  if (!schema.isStructSchema()) return [];
  return [...schema.structIterator()].flatMap(([member, memberSchema]) => {
    const content: unknown = Reflect.get(value, member);
    return content === undefined || content === null || member === 'DryRun' ? [] : [[member, memberSchema, content] as const];
  });
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

function generalValue(schema: NormalizedSchema, value: unknown, nameOf: typeof requestName, inList: boolean): unknown {
  if (value instanceof Date) return value.getTime();
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => generalValue(schema.getValueSchema(), item, nameOf, true));
    return inList ? items : { items };
  }
  if (!isObject(value)) return value;
  const entries = membersOf(schema, value).map(([member, memberSchema, content]) => {
    const name = nameOf(member, memberSchema);
    // Inside a list item of a request, lists are plain: `tagSpecificationSet.items[].tags[]`.
    if (inList && nameOf === requestName && Array.isArray(content)) {
      return [lowerFirst(member), generalValue(memberSchema, content, nameOf, true)] as const;
    }
    if (nameOf === requestName && Array.isArray(content)) {
      const [set, field] = ID_SETS[name] ?? [`${lowerFirst(name)}Set`, undefined];
      const items = content.map((item: unknown) =>
        field === undefined ? generalValue(memberSchema.getValueSchema(), item, nameOf, true) : { [field]: item },
      );
      return [set, { items }] as const;
    }
    return [lowerFirst(name), generalValue(memberSchema, content, nameOf, false)] as const;
  });
  return Object.fromEntries(entries);
}

/** `requestParameters` of most actions: names in lower case, lists as `xSet: { items }`. */
export function generalRequest(action: string, input: object): object {
  const shapes = operationShapes(action);
  const value = shapes === undefined ? {} : generalValue(shapes.input, input, requestName, false);
  return isObject(value) ? value : {};
}

function generalResponse(action: string, output: object, requestId: string): object {
  const shapes = operationShapes(action);
  const value = shapes === undefined ? {} : generalValue(shapes.output, output, responseName, false);
  const elements = isObject(value) && Object.keys(value).length > 0 ? value : { _return: true };
  return { requestId, ...elements };
}

/** XML turned to JSON: one element is the object itself, several are an array, each with its position in `tag`. */
function wrappedRequestValue(schema: NormalizedSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown, index) => {
      const content = wrappedRequestValue(schema.getValueSchema(), item);
      return isObject(content) ? { tag: index + 1, ...content } : { tag: index + 1, content };
    });
    return items.length === 1 ? items[0] : items;
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    membersOf(schema, value).map(([member, memberSchema, content]) => [
      requestName(member, memberSchema),
      wrappedRequestValue(memberSchema, content),
    ]),
  );
}

function wrappedResponseValue(schema: NormalizedSchema, value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item: unknown) => wrappedResponseValue(schema.getValueSchema(), item));
    if (items.length === 0) return '';
    return { item: items.length === 1 ? items[0] : items };
  }
  if (!isObject(value)) return value;
  return Object.fromEntries(
    membersOf(schema, value).map(([member, memberSchema, content]) => {
      const name = responseName(member, memberSchema);
      return [name, name === 'ownerId' ? Number(content) : wrappedResponseValue(memberSchema, content)] as const;
    }),
  );
}

const isWrapped = (action: string): boolean => action.includes('TrafficMirror');

/** `requestParameters` of an action. */
export function trailRequest(action: string, input: object): object {
  if (!isWrapped(action)) return generalRequest(action, input);
  const shapes = operationShapes(action);
  return { [`${action}Request`]: shapes === undefined ? {} : wrappedRequestValue(shapes.input, input) };
}

/** `responseElements` of an action. */
export function trailResponse(action: string, output: object, requestId: string): object {
  if (!isWrapped(action)) return generalResponse(action, output, requestId);
  const shapes = operationShapes(action);
  const value = shapes === undefined ? {} : wrappedResponseValue(shapes.output, output);
  return { [`${action}Response`]: { xmlns: XMLNS, requestId, ...(isObject(value) ? value : {}) } };
}
