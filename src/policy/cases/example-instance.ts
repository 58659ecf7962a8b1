import type { EniId, InstanceId } from '../../model/ids.ts';
import type { Instance, NetworkInterface, SecurityGroup } from '../../model/instance.ts';
import { parseTime } from '../until.ts';
import type { InstanceSource } from './case-schema.ts';

/** What a case leaves out of its instance. */
const usual = {
  id: 'i-0123456789abcdef0',
  accountId: '123456789012',
  type: 'm5.large',
  state: 'running',
  zone: 'eu-west-1a',
  vpcId: 'vpc-0123456789abcdef0',
  subnetId: 'subnet-0123456789abcdef0',
} as const;

/** Fills in an instance of a case: a running m5.large with one attached interface, unless the case says otherwise. */
export function exampleInstance(source: InstanceSource): Instance {
  const { networkInterfaces = [{}], tags = {}, launchTime, securityGroups, ...given } = defined(source);
  const instance = { ...usual, ...given };
  const launchedAt = launchTime === undefined ? undefined : parseTime(launchTime);
  return {
    ...instance,
    ...(launchedAt === undefined ? {} : { launchTime: launchedAt }),
    id: instance.id as InstanceId, // its form has been checked by the schema
    tags,
    networkInterfaces: networkInterfaces.map((eni, index) =>
      exampleInterface(index === 0 ? { securityGroups, ...defined(eni) } : eni, index, instance),
    ),
  };
}

type InterfaceSource = NonNullable<InstanceSource['networkInterfaces']>[number];

function exampleInterface(
  source: InterfaceSource,
  index: number,
  instance: { vpcId: string; subnetId: string; zone: string },
): NetworkInterface {
  const { id, securityGroups, ...given } = defined(source);
  return {
    id: (id ?? `eni-${index.toString(16).padStart(17, '0')}`) as EniId, // its form has been checked by the schema
    deviceIndex: index,
    interfaceType: 'interface',
    attachmentStatus: 'attached',
    vpcId: instance.vpcId,
    subnetId: instance.subnetId,
    zone: instance.zone,
    ...given,
    ...withGroups(securityGroups),
  };
}

function withGroups(groups: InstanceSource['securityGroups']): { readonly securityGroups?: readonly SecurityGroup[] } {
  return groups === undefined ? {} : { securityGroups: groups.map(defined) };
}

type Defined<Given> = { [Key in keyof Given]: Exclude<Given[Key], undefined> };

/** Without the keys whose value is undefined, which would otherwise cover the defaults. */
function defined<Given extends object>(given: Given): Defined<Given> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Defined<Given>;
}
