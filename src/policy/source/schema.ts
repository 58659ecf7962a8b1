import * as z from 'zod';
import { packetLengthRange, sessionNumberRange, sessionsPerInterface, vniRange } from '../../model/session.ts';
import { defaultSessionNumber } from '../session-number.ts';
import { durationForm, isDuration } from './duration.ts';
import { filterSchema } from './filter-schema.ts';
import { matchSchema } from './match-schema.ts';
import { closed, form, oneOrMore, text, whole } from './phrase.ts';

const hex = '[0-9a-f]{8,17}';
const nameForm = /^(?!tm[tf]-)[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const namePhrase = 'a name of letters, digits, ".", "_" and "-", at most 64 long, that does not begin with tmt- or tmf-';
const ruleNamePhrase = 'a name of letters, digits, spaces and . _ : / = + @ -, at most 128 long';

const memberKeys = ['id', 'networkInterfaceId', 'networkLoadBalancerArn', 'gatewayLoadBalancerEndpointId'] as const;
const memberPhrase = `a pool member with exactly one of ${memberKeys.join(', ')}`;

const memberSchema = closed(memberPhrase, {
  id: form('a target id such as tmt-0123456789abcdef0', new RegExp(`^tmt-${hex}$`))
    .optional()
    .describe('A traffic mirror target that exists already.'),
  networkInterfaceId: form('a network interface id such as eni-0123456789abcdef0', new RegExp(`^eni-${hex}$`))
    .optional()
    .describe('A network interface; a target is made for it.'),
  networkLoadBalancerArn: form(
    'the ARN of a Network Load Balancer, arn:aws:elasticloadbalancing:…:loadbalancer/net/…',
    /^arn:[a-z0-9-]+:elasticloadbalancing:[a-z0-9-]+:\d{12}:loadbalancer\/net\/[A-Za-z0-9-]+\/[0-9a-f]+$/,
  )
    .optional()
    .describe('A Network Load Balancer; a target is made for it.'),
  gatewayLoadBalancerEndpointId: form('an endpoint id such as vpce-0123456789abcdef0', new RegExp(`^vpce-${hex}$`))
    .optional()
    .describe('A Gateway Load Balancer endpoint; a target is made for it.'),
})
  .refine((member) => Object.keys(member).length === 1, `needs exactly one of ${memberKeys.join(', ')}`)
  .meta({ minProperties: 1, maxProperties: 1 });

const poolSchema = closed('a target pool, e.g. { zone: prefer }', {
  zone: z
    .enum(['prefer', 'require', 'ignore'], 'prefer, require or ignore')
    .optional()
    .describe("How a target's Availability Zone counts: prefer the source's own (the default), require it, or ignore it."),
  members: z
    .array(memberSchema, 'a list of pool members, e.g. [{ id: tmt-0123456789abcdef0 }]')
    .optional()
    .describe('Members besides the targets that are tagged automirror:target=<name of the pool>.'),
}).describe('A pool of traffic mirror targets.');

const vniPhrase = `a VXLAN network id from ${vniRange.min} to ${vniRange.max}, or a range such as { base: 100000 }`;
const vniRangeSchema = closed('a range of VXLAN network ids, e.g. { base: 100000, count: 1000 }', {
  base: whole(`a VXLAN network id from ${vniRange.min} to ${vniRange.max}`, vniRange.min, vniRange.max).describe(
    'The first of them.',
  ),
  count: whole(`a number of VXLAN network ids from 1 to ${vniRange.max}`, 1, vniRange.max)
    .optional()
    .describe('How many; left out: 65536, or as many as there are from base on.'),
})
  .refine(({ base, count = 1 }) => base + count - 1 <= vniRange.max, `goes beyond ${vniRange.max}, the last VXLAN network id`)
  .describe('Each session gets one of these for itself, the same again where it can.');

const sessionSchema = closed('a session, e.g. { target: default, filter: all-traffic }', {
  target: text('the name of a target pool').optional().describe('Target pool, by its name under targets; left out: default.'),
  filter: text('the name of a filter').optional().describe('Filter, by its name under filters; left out: all-traffic.'),
  packetLength: whole(
    `bytes from ${packetLengthRange.min} to ${packetLengthRange.max}`,
    packetLengthRange.min,
    packetLengthRange.max,
  )
    .optional()
    .describe('Bytes of each packet that are mirrored; left out: the whole packet.'),
  sessionNumber: whole(
    `a session number from ${sessionNumberRange.min} to ${sessionNumberRange.max}`,
    sessionNumberRange.min,
    sessionNumberRange.max,
  )
    .optional()
    .describe('Order among the sessions of an interface, lowest first; left out: 10 for the first, 20, 30.'),
  vni: z
    .union([whole(vniPhrase, vniRange.min, vniRange.max), vniRangeSchema], vniPhrase)
    .optional()
    .describe(
      'VXLAN network identifier of the mirrored packets: one for all, or a range of which each session gets one; left out: EC2 picks one for each session.',
    ),
}).describe('One session for each interface of the instances selected.');

const sessionsPhrase = `a list of one to ${sessionsPerInterface} sessions, e.g. [{ target: default, filter: all-traffic }]`;
const overridePhrase = 'one of target, filter, until, interfaces, packetLength';

const ruleSchema = closed('a rule, e.g. { name: opt-in, match: { tag: { mirror: "true" } } }', {
  name: form(ruleNamePhrase, /^[A-Za-z0-9][A-Za-z0-9 ._:/=+@-]{0,127}$/).describe(
    'Name of the rule, unique in the file; it stands in decisions, tags and audit records.',
  ),
  match: matchSchema,
  sessions: z
    .array(sessionSchema, sessionsPhrase)
    .min(1, sessionsPhrase)
    .max(sessionsPerInterface, `${sessionsPhrase}; EC2 allows no more on an interface`)
    .superRefine((sessions, context) => {
      const numbers = sessions.map((session, slot) => session.sessionNumber ?? defaultSessionNumber(slot));
      for (const [slot, number] of numbers.entries()) {
        const first = numbers.indexOf(number);
        if (first === slot) continue;
        const path = sessions[slot]?.sessionNumber === undefined ? [slot] : [slot, 'sessionNumber'];
        const implied = [first, slot]
          .filter((index) => sessions[index]?.sessionNumber === undefined)
          .map((index) => `sessions[${index}] gets it by default`);
        const hint = implied.length > 0 ? ` (${implied.join(', ')})` : '';
        context.addIssue({
          code: 'custom',
          path,
          message: `session number ${number} is used twice, first in sessions[${first}]${hint}`,
        });
      }
    })
    .optional()
    .describe('Sessions of each interface, one to three; left out: one to the pool default with the filter all-traffic.'),
  tagOverrides: z
    .array(
      z.enum(['target', 'filter', 'until', 'interfaces', 'packetLength'], overridePhrase),
      `a list of ${overridePhrase.slice('one of '.length)}`,
    )
    .optional()
    .describe('Which tags mirror-… of an instance count under this rule; left out: none.'),
}).describe('Instances that match get these sessions; the first rule that matches decides.');

const percentForm = /^(100|\d{1,2})(\.\d{1,4})?\s*%$/;

const limitsSchema = closed('limits, e.g. { maxSessions: 9000 }', {
  maxSessions: whole('a number of sessions from 1 to 10000', 1, 10_000)
    .optional()
    .describe('Sessions of ours in the account and Region; the default is 9000, and EC2 allows 10000 of all owners.'),
  maxDeletesPerSweep: z
    .union(
      [
        whole('a number of sessions or a percentage such as 25%', 0, 10_000),
        form('a number of sessions or a percentage such as 25%', percentForm),
      ],
      'a number of sessions or a percentage such as 25%',
    )
    .optional()
    .describe(
      'A sweep that would delete more of our sessions (and more than ten) deletes none and asks for a person; the default is 25%.',
    ),
  apiShare: z
    .union(
      [
        z.number('a share such as 50% or 0.5').gt(0, 'a share above 0').lte(1, 'a share such as 50% or 0.5, at most 1'),
        form('a share such as 50% or 0.5', percentForm).refine((share) => Number.parseFloat(share) > 0, 'must be above 0'),
      ],
      'a share such as 50% or 0.5',
    )
    .optional()
    .describe("Share of the account's API budget that we take of actions that others use too; the default is 50%."),
}).describe('Bounds on what the service does.');

const durationPhrase = 'a duration from 5m to 30d, such as 30m, 4h or 2d';
const findingTypesPhrase = 'a finding type, a glob such as "Backdoor:EC2/*", or a list of them';

const onFindingSchema = closed('what a finding does, e.g. { minSeverity: 7, for: 4h }', {
  minSeverity: z
    .number('a severity from 1 to 10')
    .min(1, 'a severity from 1 to 10')
    .max(10, 'a severity from 1 to 10')
    .optional()
    .describe('Findings of this severity and above count; the default is 7, which GuardDuty calls high.'),
  for: z
    .string(durationPhrase)
    .regex(durationForm, { error: durationPhrase, abort: true })
    .refine(isDuration, `must be ${durationPhrase}`)
    .optional()
    .describe('How long the instance is mirrored from a finding on, such as 30m, 4h or 2d; the default is 4h.'),
  target: text('the name of a target pool')
    .optional()
    .describe('Target pool for the tag mirror-target, by its name under targets.'),
  filter: text('the name of a filter').optional().describe('Filter for the tag mirror-filter, by its name under filters.'),
  types: oneOrMore(findingTypesPhrase, text(findingTypesPhrase))
    .optional()
    .describe('Types of findings that count, such as "Backdoor:EC2/*"; left out: all.'),
}).describe('A GuardDuty finding on an instance tags it, so that it is mirrored for a while; left out: findings do nothing.');

const typesPhrase = 'an instance type, a glob such as "m3.*", or a list of them';
const types = (description: string) => oneOrMore(typesPhrase, text(typesPhrase)).optional().describe(description);

const instanceTypesSchema = closed('instance types, e.g. { deny: "t3.*" }', {
  allow: types("Types worth a call whatever the service's table says of them; EC2 has the last word."),
  deny: types('Types that are refused without a call; deny wins over allow.'),
}).describe('Which instance types may be sources.');

const namedMap = <Value extends z.ZodType>(phrase: string, value: Value) =>
  z.record(z.string().regex(nameForm, namePhrase), value, phrase);

/** The policy file as it is written: shapes and values, before names are resolved and defaults filled in. */
export const policySchema = closed(
  'a policy with the keys version, targets, filters, never, rules, onShadow, whenStopped, instanceTypes, limits, onFinding',
  {
    version: z.literal(1, '1, the only version there is').optional().describe('Version of this format.'),
    targets: namedMap('target pools by name, e.g. { default: { zone: prefer } }', poolSchema)
      .optional()
      .describe(
        'Target pools by name; every traffic mirror target tagged automirror:target=<name> belongs to the pool of that name.',
      ),
    filters: namedMap('filters by name, e.g. { web: { ingress: [{ accept: tcp }] } }', filterSchema)
      .optional()
      .describe('Filters by name; all-traffic is built in.'),
    never: z
      .array(matchSchema, 'a list of matches, e.g. [{ tag: { pci: "true" } }]')
      .optional()
      .describe('Instances that are never mirrored, whatever the rules and their tags say.'),
    rules: z
      .array(ruleSchema, 'a list of rules')
      .min(
        1,
        'at least one rule; leave rules out for the built-in opt-in rule, and to mirror nothing write never: [{ instanceType: "*" }]',
      )
      .optional()
      .describe(
        'The first rule that matches decides; left out: instances tagged mirror=true, to the pool default, with every tag override.',
      ),
    onShadow: z
      .enum(['warn', 'refuse'], 'warn or refuse')
      .optional()
      .describe(
        "What becomes of a new session that would take packets from another tool's session, or would get none itself; the default is to warn.",
      ),
    whenStopped: z
      .enum(['remove', 'keep'], 'remove or keep')
      .optional()
      .describe("What becomes of a stopped instance's sessions, which are billed like any other; the default is remove."),
    instanceTypes: instanceTypesSchema.optional(),
    limits: limitsSchema.optional(),
    onFinding: onFindingSchema.optional(),
  },
)
  .meta({ title: 'automirror policy' })
  .describe('Which EC2 instances are mirrored, where to, and which of their packets.');

export type PolicySource = z.infer<typeof policySchema>;
