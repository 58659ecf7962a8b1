import * as z from 'zod';
import { parseTime } from '../until.ts';
import { closed, form, oneOrMore } from './phrase.ts';

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
const flagPhrase = 'true or false';
const timePhrase = 'an ISO 8601 date or time such as 2026-12-31T18:00:00Z';

const tags = (description: string) =>
  z
    .record(z.string().regex(/^\s*\S[\s\S]*$/, 'a tag key'), patterns('The values wanted of this tag; "*" for any.'), tagPhrase)
    .refine((wanted) => Object.keys(wanted).length > 0, `needs ${tagPhrase}`)
    .meta({ minProperties: 1 })
    .describe(description)
    .optional();

const time = (description: string) =>
  z
    .string(timePhrase)
    .refine((text) => parseTime(text) !== undefined, {
      error: ({ input }) => `expected ${timePhrase}, of a day and an hour that there are, found "${String(input)}"`,
    })
    .describe(`${description} ISO 8601; without an offset it is UTC, and a date alone is its first moment.`)
    .optional();

export interface MatchSource {
  tag?: Record<string, PatternsSource> | undefined;
  vpc?: PatternsSource | undefined;
  subnet?: PatternsSource | undefined;
  zone?: PatternsSource | undefined;
  instanceType?: PatternsSource | undefined;
  autoScalingGroup?: PatternsSource | undefined;
  account?: PatternsSource | undefined;
  securityGroup?: PatternsSource | undefined;
  iamInstanceProfile?: PatternsSource | undefined;
  platform?: PatternsSource | undefined;
  hasPublicIp?: boolean | string | undefined;
  launchedBefore?: string | undefined;
  launchedAfter?: string | undefined;
  vpcTag?: Record<string, PatternsSource> | undefined;
  subnetTag?: Record<string, PatternsSource> | undefined;
  all?: MatchSource[] | undefined;
  any?: MatchSource[] | undefined;
  not?: MatchSource | undefined;
}

type PatternSource = string | number | boolean;
export type PatternsSource = PatternSource | PatternSource[];

/** Which instances; every key given must match. */
export const matchSchema: z.ZodType<MatchSource> = closed('a match, e.g. { tag: { mirror: "true" } }', {
  tag: tags('Tags of the instance by key; keys and values compare without regard to case, and every key given must match.'),
  vpc: patterns('VPC id of the instance or of any of its interfaces.').optional(),
  subnet: patterns('Subnet id of the instance or of any of its interfaces.').optional(),
  zone: patterns('Availability Zone, e.g. eu-west-1a.').optional(),
  instanceType: patterns('Instance type, e.g. "m5.*"; "*" selects every instance.').optional(),
  autoScalingGroup: patterns('Name of the Auto Scaling group that launched the instance.').optional(),
  account: patterns('Account id of the owner.').optional(),
  securityGroup: patterns('Id or name of a security group of the instance or of any of its interfaces.').optional(),
  iamInstanceProfile: patterns('Instance profile, by its name or its ARN.').optional(),
  platform: patterns(
    'windows, linux (all that is not Windows), or what EC2 calls platform details, e.g. "Red Hat*" or "*SQL Server*".',
  ).optional(),
  hasPublicIp: z
    .union([z.boolean(), form(flagPhrase, /^(true|false)$/i)], flagPhrase)
    .describe('Whether any interface of the instance has a public IPv4 address.')
    .optional(),
  launchedBefore: time('Last started before this time.'),
  launchedAfter: time('Last started at this time or after it.'),
  vpcTag: tags('Tags, in the form of tag, of the VPC of the instance or of any of its interfaces.'),
  subnetTag: tags('Tags, in the form of tag, of the subnet of the instance or of any of its interfaces.'),
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
