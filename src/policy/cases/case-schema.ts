import * as z from 'zod';
import { reasons } from '../../model/reasons.ts';
import { closed, form, text, whole } from '../source/phrase.ts';
import { parseTime } from '../until.ts';

const hex = '[0-9a-f]{8,17}';
const indexPhrase = 'a device index from 0 to 999';
const outcomes = ['mirror', 'skip', 'refuse'] as const;
const outcomePhrase = 'mirror, skip or refuse';
const reasonPhrase = 'a reason code';
const reason = z
  .string(reasonPhrase)
  .refine((code) => Object.hasOwn(reasons, code), 'must be one of the reason codes, such as rule-matched or no-rule-matched');

const timePhrase = 'an ISO 8601 time such as 2026-01-01T00:00:00Z';
const time = z.string(timePhrase).refine((text) => parseTime(text) !== undefined, `must be ${timePhrase}`);

const groupsPhrase = 'a list of security groups, e.g. [{ id: sg-0123456789abcdef0, name: web }]';
const securityGroups = z.array(
  closed('a security group, e.g. { id: sg-0123456789abcdef0, name: web }', {
    id: text('a security group id such as sg-0123456789abcdef0'),
    name: text('the name of the group').optional(),
  }),
  groupsPhrase,
);

const interfaceSchema = closed('a network interface, e.g. { deviceIndex: 1 }', {
  id: form('a network interface id such as eni-0123456789abcdef0', new RegExp(`^eni-${hex}$`)).optional(),
  deviceIndex: whole(indexPhrase, 0, 999).optional(),
  interfaceType: text('an interface type such as interface or efa').optional(),
  attachmentStatus: z
    .enum(['attaching', 'attached', 'detaching', 'detached'], 'attaching, attached, detaching or detached')
    .optional(),
  subnetId: text('a subnet id').optional(),
  vpcId: text('a VPC id').optional(),
  zone: text('an Availability Zone').optional(),
  requesterManaged: z.boolean('true or false').optional(),
  ipv6Native: z.boolean('true or false').optional(),
  tags: z.record(z.string(), z.string('text'), 'tags, e.g. { mirror: "false" }').optional(),
  securityGroups: securityGroups.optional(),
  hasPublicIp: z.boolean('true or false').optional(),
});

const instanceSchema = closed('an instance, e.g. { type: m5.large, tags: { mirror: "true" } }', {
  id: form('an instance id such as i-0123456789abcdef0', new RegExp(`^i-${hex}$`)).optional(),
  accountId: form('twelve digits in quotes', /^\d{12}$/).optional(),
  type: text('an instance type such as m5.large').optional(),
  state: z
    .enum(['pending', 'running', 'shutting-down', 'terminated', 'stopping', 'stopped'], 'an instance state such as running')
    .optional(),
  zone: text('an Availability Zone').optional(),
  vpcId: text('a VPC id').optional(),
  subnetId: text('a subnet id').optional(),
  launchTime: time.optional(),
  platform: z.enum(['windows', 'linux'], 'windows or linux').optional(),
  platformDetails: text('platform details such as Linux/UNIX').optional(),
  iamInstanceProfile: form(
    'the ARN of an instance profile, arn:aws:iam::123456789012:instance-profile/web',
    /^arn:[a-z0-9-]+:iam::\d{12}:instance-profile\/\S+$/,
  ).optional(),
  securityGroups: securityGroups.optional(),
  tags: z.record(z.string(), z.string('text'), 'tags, e.g. { mirror: "true" }').optional(),
  networkInterfaces: z.array(interfaceSchema, 'a list of network interfaces').optional(),
});

const sessionSchema = closed('what is expected of a session, e.g. { target: default }', {
  deviceIndex: whole(indexPhrase, 0, 999).optional(),
  slot: whole('0, 1 or 2', 0, 2).optional(),
  target: text('a pool or target id').optional(),
  filter: text('a filter or filter id').optional(),
  packetLength: z.union([z.int('bytes, or "whole"'), z.literal('whole')], 'bytes, or "whole"').optional(),
  sessionNumber: z.int('a session number').optional(),
  vni: z.int('a VXLAN network id').optional(),
  zone: text('an Availability Zone').optional(),
  onlyIfPresent: z.boolean('true or false').optional(),
  name: text('a name').optional(),
});

const leftOutSchema = closed(
  'what is expected of an interface left out, e.g. { deviceIndex: 1, reason: interface-not-selected }',
  {
    deviceIndex: whole(indexPhrase, 0, 999).optional(),
    outcome: z.enum(['skip', 'refuse'], 'skip or refuse').optional(),
    reason: reason.optional(),
  },
);

const expectSchema = closed('what is expected, e.g. { outcome: mirror, rule: opt-in }', {
  outcome: z.enum(outcomes, outcomePhrase).optional(),
  reason: reason.optional(),
  detail: text('a part of the sentence that tells the reason').optional(),
  rule: text('the name of a rule').optional(),
  sessions: z.array(sessionSchema, 'a list of sessions').optional(),
  leftOut: z.array(leftOutSchema, 'a list of interfaces left out').optional(),
  notes: z.array(text('a part of a note'), 'a list of parts of notes').optional(),
}).refine((expect) => Object.keys(expect).length > 0, 'expects nothing; name at least an outcome');

const policyPhrase = 'the path of a policy file, or a policy';
const policySchema = z.union([text(policyPhrase), z.record(z.string(), z.unknown())], policyPhrase);

/** One case: an instance in, an expectation out. */
export const caseSchema = closed('a case, e.g. { name: …, instance: { … }, expect: { … } }', {
  name: text('a name that says what is shown'),
  policy: policySchema.optional(),
  instance: instanceSchema,
  facts: closed('facts, e.g. { now: 2026-01-01T00:00:00Z }', {
    now: time.optional(),
    refusedTypes: z.array(text('an instance type'), 'a list of instance types').optional(),
    networkTags: z
      .record(
        z.string().regex(/^(vpc|subnet)-/, 'the id of a VPC or subnet'),
        z.record(z.string(), z.string('text'), 'tags, e.g. { mirror: "true" }'),
        'tags by the id of a VPC or subnet, e.g. { vpc-0123456789abcdef0: { mirror: "true" } }',
      )
      .optional(),
  }).optional(),
  expect: expectSchema,
});

/** A file with several cases and a policy that they share. */
export const suiteSchema = closed('cases, e.g. { policy: policy.yml, cases: [{ … }] }', {
  policy: policySchema.optional(),
  cases: z.array(caseSchema, 'a list of cases').min(1, 'a list of at least one case'),
});

export const caseListSchema = z.array(caseSchema, 'a list of cases').min(1, 'a list of at least one case');

export type CaseSource = z.infer<typeof caseSchema>;
export type InstanceSource = CaseSource['instance'];
export type Expectation = CaseSource['expect'];
