import type { Instance } from '../../../src/model/instance.ts';

export interface Ec2Filter {
  readonly name: string;
  readonly values: readonly string[];
}

/**
 * Whether DescribeInstances would have an instance in its answer, by the words of EC2's guide alone
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html): one of the values has to match, case counts, `*` is any number of characters,
 * `?` none or one, and a backslash takes what follows literally. More than 200 values, a value of more than 255 characters and an unknown name are errors.
 */
export function lets({ name, values }: Ec2Filter, instance: Instance): boolean {
  if (values.length === 0 || values.length > 200) throw new Error(`a request cannot have ${values.length} filter values`);
  if (values.some((value) => value.length > 255)) throw new Error('a filter value has more than 255 characters');
  const read = attributes[name];
  if (read === undefined) throw new Error(`there is no filter ${name}`);
  return read(instance).some((attribute) => attribute !== undefined && values.some((value) => fits(value, attribute)));
}

const attributes: Readonly<Record<string, (instance: Instance) => readonly (string | undefined)[]>> = {
  'tag-key': ({ tags }) => Object.keys(tags),
  'iam-instance-profile.arn': ({ iamInstanceProfile }) => [iamInstanceProfile],
  'network-interface.group-id': ({ networkInterfaces }) =>
    networkInterfaces.flatMap(({ securityGroups = [] }) => securityGroups.map(({ id }) => id)),
  'network-interface.subnet-id': ({ networkInterfaces }) => networkInterfaces.map(({ subnetId }) => subnetId),
  'network-interface.vpc-id': ({ networkInterfaces }) => networkInterfaces.map(({ vpcId }) => vpcId),
  platform: ({ platform }) => [platform],
  'instance-type': ({ type }) => [type],
  'availability-zone': ({ zone }) => [zone],
  'owner-id': ({ accountId }) => [accountId],
};

function fits(value: string, text: string): boolean {
  const [first] = value;
  if (first === undefined) return text === '';
  const rest = value.slice(1);
  if (first === '*') return fits(rest, text) || (text !== '' && fits(value, text.slice(1)));
  if (first === '?') return fits(rest, text) || (text !== '' && fits(rest, text.slice(1)));
  if (first === '\\') return rest !== '' && text.startsWith(rest.charAt(0)) && fits(rest.slice(1), text.slice(1));
  return text.startsWith(first) && fits(rest, text.slice(1));
}
