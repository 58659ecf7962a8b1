import * as z from 'zod';
import { closed, oneOrMore } from './phrase.ts';

const patternPhrase = 'a value, a glob with * and ?, or a list of them';

const pattern = z
  .union([z.string(patternPhrase).regex(/\S/, patternPhrase), z.number(), z.boolean()], patternPhrase)
  .describe(
    'A value, compared without regard to case; * stands for any text, ? for one character. Numbers and booleans are taken as they are written.',
  );

const patterns = (description: string) => oneOrMore(patternPhrase, pattern).describe(description);

const atLeastOne = 'needs at least one selector; to select everything on purpose write instanceType: "*"';
const tagPhrase = 'tag keys with the values wanted, e.g. { env: prod }; for any value write { env: "*" }';
const listPhrase = 'a list of matches';

export interface MatchSource {
  tag?: Record<string, PatternsSource> | undefined;
  vpc?: PatternsSource | undefined;
  subnet?: PatternsSource | undefined;
  zone?: PatternsSource | undefined;
  instanceType?: PatternsSource | undefined;
  autoScalingGroup?: PatternsSource | undefined;
  account?: PatternsSource | undefined;
  all?: MatchSource[] | undefined;
  any?: MatchSource[] | undefined;
  not?: MatchSource | undefined;
}

type PatternSource = string | number | boolean;
export type PatternsSource = PatternSource | PatternSource[];

/** Which instances; every key given must match. */
export const matchSchema: z.ZodType<MatchSource> = closed('a match, e.g. { tag: { mirror: "true" } }', {
  tag: z
    .record(z.string().regex(/^\s*\S[\s\S]*$/, 'a tag key'), patterns('The values wanted of this tag; "*" for any.'), tagPhrase)
    .refine((tags) => Object.keys(tags).length > 0, `needs ${tagPhrase}`)
    .meta({ minProperties: 1 })
    .describe('Tags of the instance by key; keys and values compare without regard to case, and every key given must match.')
    .optional(),
  vpc: patterns('VPC id of the instance or of any of its interfaces.').optional(),
  subnet: patterns('Subnet id of the instance or of any of its interfaces.').optional(),
  zone: patterns('Availability Zone, e.g. eu-west-1a.').optional(),
  instanceType: patterns('Instance type, e.g. "m5.*"; "*" selects every instance.').optional(),
  autoScalingGroup: patterns('Name of the Auto Scaling group that launched the instance.').optional(),
  account: patterns('Account id of the owner.').optional(),
  get all() {
    return z
      .array(matchSchema, listPhrase)
      .min(1, `${listPhrase}; an empty list says nothing`)
      .describe('Every match of the list must hold.')
      .optional();
  },
  get any() {
    return z
      .array(matchSchema, listPhrase)
      .min(1, `${listPhrase}; an empty list says nothing`)
      .describe('At least one match of the list must hold.')
      .optional();
  },
  get not() {
    return matchSchema.describe('The match must not hold.').optional();
  },
})
  .refine((match) => Object.keys(match).length > 0, atLeastOne)
  .meta({ id: 'match', description: 'Which instances: every key given must match.', minProperties: 1 });
