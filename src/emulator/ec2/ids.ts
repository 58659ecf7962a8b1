/** Resource ids: their forms, their types, and the codes that AWS answers for wrong and unknown ones. */
import { AwsError } from '../core.ts';
import type { Account } from './account.ts';
import type { Lookup } from './collection.ts';

export type ResourceType =
  | 'instance'
  | 'network-interface'
  | 'vpc'
  | 'subnet'
  | 'security-group'
  | 'route-table'
  | 'network-acl'
  | 'vpc-endpoint'
  | 'vpc-peering-connection'
  | 'prefix-list'
  | 'transit-gateway'
  | 'transit-gateway-attachment'
  | 'transit-gateway-route-table'
  | 'traffic-mirror-session'
  | 'traffic-mirror-target'
  | 'traffic-mirror-filter'
  | 'traffic-mirror-filter-rule';

interface IdForm {
  readonly prefix: string;
  /** The name AWS's messages use. */
  readonly noun: string;
  readonly malformed: string;
  readonly notFound: { readonly documented: string; readonly observed: string };
}

const same = (code: string): IdForm['notFound'] => ({ documented: code, observed: code });

/** Codes: Amazon EC2 API Reference, "Error codes"; `observed`: seen on the wire by public tools. */
const FORMS: Readonly<Record<ResourceType, IdForm>> = {
  instance: {
    prefix: 'i',
    noun: 'instance',
    malformed: 'InvalidInstanceID.Malformed',
    notFound: same('InvalidInstanceID.NotFound'),
  },
  'network-interface': {
    prefix: 'eni',
    noun: 'networkInterface',
    malformed: 'InvalidNetworkInterfaceId.Malformed',
    notFound: same('InvalidNetworkInterfaceID.NotFound'),
  },
  vpc: { prefix: 'vpc', noun: 'vpc', malformed: 'InvalidVpcID.Malformed', notFound: same('InvalidVpcID.NotFound') },
  subnet: {
    prefix: 'subnet',
    noun: 'subnet',
    malformed: 'InvalidSubnetID.Malformed',
    notFound: same('InvalidSubnetID.NotFound'),
  },
  'security-group': {
    prefix: 'sg',
    noun: 'security group',
    malformed: 'InvalidGroupId.Malformed',
    notFound: same('InvalidGroup.NotFound'),
  },
  'route-table': {
    prefix: 'rtb',
    noun: 'routeTable',
    malformed: 'InvalidRouteTableId.Malformed',
    notFound: same('InvalidRouteTableID.NotFound'),
  },
  'network-acl': {
    prefix: 'acl',
    noun: 'networkAcl',
    malformed: 'InvalidNetworkAclId.Malformed',
    notFound: same('InvalidNetworkAclID.NotFound'),
  },
  'vpc-endpoint': {
    prefix: 'vpce',
    noun: 'vpcEndpoint',
    malformed: 'InvalidVpcEndpointId.Malformed',
    notFound: same('InvalidVpcEndpointId.NotFound'),
  },
  'vpc-peering-connection': {
    prefix: 'pcx',
    noun: 'vpcPeeringConnection',
    malformed: 'InvalidVpcPeeringConnectionId.Malformed',
    notFound: same('InvalidVpcPeeringConnectionID.NotFound'),
  },
  'prefix-list': {
    prefix: 'pl',
    noun: 'prefixList',
    malformed: 'InvalidPrefixListId.Malformed',
    notFound: same('InvalidPrefixListID.NotFound'),
  },
  'transit-gateway': {
    prefix: 'tgw',
    noun: 'transitGateway',
    malformed: 'InvalidTransitGatewayID.Malformed',
    notFound: same('InvalidTransitGatewayID.NotFound'),
  },
  'transit-gateway-attachment': {
    prefix: 'tgw-attach',
    noun: 'transitGatewayAttachment',
    malformed: 'InvalidTransitGatewayAttachmentID.Malformed',
    notFound: same('InvalidTransitGatewayAttachmentID.NotFound'),
  },
  // The codes of a VPC's route table, as public tools see them.
  'transit-gateway-route-table': {
    prefix: 'tgw-rtb',
    noun: 'transitGatewayRouteTable',
    malformed: 'InvalidRouteTableId.Malformed',
    notFound: same('InvalidRouteTableID.NotFound'),
  },
  'traffic-mirror-session': {
    prefix: 'tms',
    noun: 'trafficMirrorSession',
    malformed: 'InvalidTrafficMirrorSessionId.Malformed',
    notFound: { documented: 'InvalidTrafficMirrorSessionNotFound', observed: 'InvalidTrafficMirrorSessionId.NotFound' },
  },
  'traffic-mirror-target': {
    prefix: 'tmt',
    noun: 'trafficMirrorTarget',
    malformed: 'InvalidTrafficMirrorTargetId.Malformed',
    notFound: { documented: 'InvalidTrafficMirrorTargetNoFound', observed: 'InvalidTrafficMirrorTargetId.NotFound' },
  },
  'traffic-mirror-filter': {
    prefix: 'tmf',
    noun: 'trafficMirrorFilter',
    malformed: 'InvalidTrafficMirrorFilterId.Malformed',
    notFound: { documented: 'InvalidTrafficMirrorFilterNotFound', observed: 'InvalidTrafficMirrorFilterId.NotFound' },
  },
  'traffic-mirror-filter-rule': {
    prefix: 'tmfr',
    noun: 'trafficMirrorFilterRule',
    malformed: 'InvalidTrafficMirrorFilterRuleId.Malformed',
    notFound: { documented: 'InvalidTrafficMirrorFilterRuleNotFound', observed: 'InvalidTrafficMirrorFilterRuleId.NotFound' },
  },
};

const TYPE_BY_PREFIX = new Map(
  Object.entries(FORMS).flatMap(([type, form]) => (isResourceType(type) ? [[form.prefix, type] as const] : [])),
);

function isResourceType(text: string): text is ResourceType {
  return Object.hasOwn(FORMS, text);
}

/** The type that an id's prefix tells, or undefined for a prefix that is not emulated. */
export function resourceTypeOf(id: string): ResourceType | undefined {
  return TYPE_BY_PREFIX.get(id.slice(0, Math.max(0, id.lastIndexOf('-'))));
}

/** Refuses an id that has not the prefix and 8 or 17 hexadecimal digits. */
export function checkId(type: ResourceType, id: string): void {
  const form = FORMS[type];
  const digits = id.startsWith(`${form.prefix}-`) ? id.slice(form.prefix.length + 1) : '';
  if (/^([0-9a-f]{8}|[0-9a-f]{17})$/.test(digits)) return;
  throw new AwsError(form.malformed, `Invalid id: "${id}" (expecting "${form.prefix}-...")`);
}

export function checkIds(type: ResourceType, ids: readonly string[] | undefined): void {
  for (const id of ids ?? []) checkId(type, id);
}

/** The refusal of ids that do not exist, in the spelling that is set. */
export function notFound(type: ResourceType, ids: readonly string[], account: Pick<Account, 'options'>): AwsError {
  const form = FORMS[type];
  const code = form.notFound[account.options.errorSpelling];
  const quoted = ids.map((id) => `'${id}'`).join(', ');
  return new AwsError(
    code,
    ids.length === 1 ? `The ${form.noun} ID ${quoted} does not exist` : `The ${form.noun} IDs ${quoted} do not exist`,
  );
}

/** The record of an id that a command names; refused when there is none (or none to be seen yet, where lag hits commands). */
export function need<T>(collection: Lookup<T>, type: ResourceType, id: string, account: Pick<Account, 'options'>): T {
  const record = account.options.lagOnCommands && collection.seen(id) === undefined ? undefined : collection.get(id);
  if (record === undefined) throw notFound(type, [id], account);
  return record;
}

export function arnOf(
  account: Pick<Account, 'host'>,
  type: ResourceType | 'image' | 'volume',
  id: string,
  ownerId = account.host.accountId,
): string {
  return `arn:${account.host.partition}:ec2:${account.host.region}:${ownerId}:${type}/${id}`;
}
