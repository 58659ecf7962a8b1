import * as z from 'zod';
import { policySchema } from './schema.ts';

/**
 * The JSON Schema (draft 2020-12) of the policy file, for editors. It knows shapes, keys and simple values; references between parts,
 * EC2's number of filter rules and addresses are checked only by `parsePolicy`.
 */
export function jsonSchema(): Readonly<Record<string, unknown>> {
  return { ...z.toJSONSchema(policySchema, { io: 'input', target: 'draft-2020-12' }) };
}
