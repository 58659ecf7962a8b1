import * as z from 'zod';
import { closed, form, text } from '../policy/source/phrase.ts';

/** The sample's own word for "not set": https://github.com/aws-samples/aws-vpc-traffic-mirroring-source-automation, its configuration file. */
const unset = '<INSERT_VALUE>';

const id = (prefix: string, what: string) =>
  form(`${what} such as ${prefix}-0123456789abcdef0`, new RegExp(`^${prefix}-[0-9a-f]{8,17}$`));

/** What is left empty, or as the sample's file comes, is not set; it reads so too. */
const optional = <Value extends z.ZodType>(value: Value) =>
  z.preprocess((given) => (given === unset || given === '' || given === null ? undefined : given), value.optional());

const settings = {
  filterId: id('tmf', 'a filter id'),
  targetId: optional(id('tmt', 'a target id')),
  targetInstanceType: optional(text('an instance type')),
  targetInstanceAmi: optional(text('the id of an image')),
  targetSecurityGroupIds: optional(z.array(z.unknown(), 'a list of security groups')),
  targetSubnetId: optional(text('a subnet id')),
};

const tag = closed('a map with Key and Value', { Key: text('a tag key'), Value: text('a tag value') });

const list = <Entry extends z.ZodType>(entry: Entry) =>
  optional(z.array(entry, 'a list of entries').min(1, 'at least one entry; leave the key out for none'));

/** A configuration file of the sample, for one Region. */
export const sampleSchema = closed('a map with tags, subnets or vpcs', {
  tags: list(
    closed('an entry with tagList and filterId', {
      tagList: z.array(tag, 'a list of tags').min(1, 'at least one tag'),
      ...settings,
    }),
  ),
  subnets: list(closed('an entry with subnetId and filterId', { subnetId: id('subnet', 'a subnet id'), ...settings })),
  vpcs: list(closed('an entry with vpcId and filterId', { vpcId: id('vpc', 'a VPC id'), ...settings })),
});

export type Sample = z.infer<typeof sampleSchema>;
