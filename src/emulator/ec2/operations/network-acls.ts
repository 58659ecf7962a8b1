import type {
  CreateNetworkAclEntryRequest,
  CreateNetworkAclRequest,
  CreateNetworkAclResult,
  DeleteNetworkAclEntryRequest,
  DescribeNetworkAclsRequest,
  DescribeNetworkAclsResult,
  NetworkAcl,
  NetworkAclEntry,
  ReplaceNetworkAclAssociationRequest,
  ReplaceNetworkAclAssociationResult,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Account, operation } from '../account.ts';
import { readCidr } from '../addresses.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { checkId, need } from '../ids.ts';
import type { AclEntryRecord, NetworkAclRecord } from '../records.ts';
import { badCombination, checkRange, invalidValue, oneOf, required } from '../refusals.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags } from '../tags.ts';
import { currentView, type View } from '../view.ts';

const BOUNDS = [5, 1000] as const;
/** The numbers of the refusals that every ACL ends in, which nobody can change (VPC User Guide, "Network ACL rules"). */
const FINAL = { ipv4: 32_767, ipv6: 32_768 } as const;
const tagsIn = (input: CreateNetworkAclRequest) => readTagSpecifications(input.TagSpecifications, ['network-acl'])['network-acl'];

function renderEntry(entry: AclEntryRecord): NetworkAclEntry {
  return {
    RuleNumber: entry.ruleNumber,
    Protocol: entry.protocol,
    RuleAction: entry.ruleAction,
    Egress: entry.egress,
    CidrBlock: entry.cidrBlock,
    Ipv6CidrBlock: entry.ipv6CidrBlock,
    PortRange: entry.portRange === undefined ? undefined : { From: entry.portRange.fromPort, To: entry.portRange.toPort },
  };
}

/** Its own entries in order, and the final refusals. */
function entriesOf(view: View, acl: NetworkAclRecord): AclEntryRecord[] {
  const hasIpv6 = view.world.vpcs.seen(acl.vpcId)?.ipv6CidrBlock !== undefined;
  const refusal = (egress: boolean, family: 'ipv4' | 'ipv6'): AclEntryRecord => ({
    ruleNumber: FINAL[family],
    egress,
    ruleAction: 'deny',
    protocol: '-1',
    cidrBlock: family === 'ipv4' ? '0.0.0.0/0' : undefined,
    ipv6CidrBlock: family === 'ipv6' ? '::/0' : undefined,
    portRange: undefined,
  });
  return [false, true].flatMap((egress) => [
    ...acl.entries.filter((entry) => entry.egress === egress).sort((a, b) => a.ruleNumber - b.ruleNumber),
    refusal(egress, 'ipv4'),
    ...(hasIpv6 ? [refusal(egress, 'ipv6')] : []),
  ]);
}

function associationsOf(view: View, { networkAclId }: NetworkAclRecord) {
  return view.world.aclAssociations.seenAll().filter((association) => association.networkAclId === networkAclId);
}

function render(view: View, acl: NetworkAclRecord): NetworkAcl {
  return {
    NetworkAclId: acl.networkAclId,
    VpcId: acl.vpcId,
    OwnerId: acl.ownerId,
    IsDefault: acl.isDefault,
    Associations: associationsOf(view, acl).map(({ associationId, networkAclId, subnetId }) => ({
      NetworkAclAssociationId: associationId,
      NetworkAclId: networkAclId,
      SubnetId: subnetId,
    })),
    Entries: entriesOf(view, acl).map(renderEntry),
    Tags: renderTags(seenTags(view, acl.networkAclId)),
  };
}

/** A new ACL refuses everything until it has entries. */
export const createNetworkAcl = operation<CreateNetworkAclRequest, CreateNetworkAclResult>({
  name: 'CreateNetworkAcl',
  mutating: true,
  check(input) {
    checkId('vpc', required('VpcId', input.VpcId));
    tagsIn(input);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateNetworkAcl', [
      created(call, 'network-acl', tagsIn(input)),
      existing(call, 'vpc', input.VpcId ?? ''),
    ]),
  perform(input, call) {
    const { host, world } = call;
    const { vpcId } = need(world.vpcs, 'vpc', required('VpcId', input.VpcId), call);
    const acl: NetworkAclRecord = {
      networkAclId: host.newId('acl'),
      vpcId,
      ownerId: host.accountId,
      isDefault: false,
      entries: [],
    };
    world.networkAcls.put(acl.networkAclId, acl);
    replaceTags(call, acl.networkAclId, tagsIn(input) ?? {}, true);
    return { NetworkAcl: render(currentView(call), acl) };
  },
});

function entryIn(input: CreateNetworkAclEntryRequest): AclEntryRecord {
  const { CidrBlock: cidrBlock, Ipv6CidrBlock: ipv6CidrBlock, PortRange: ports } = input;
  const protocol = required('Protocol', input.Protocol);
  if (!/^(-1|\d{1,3})$/.test(protocol)) throw invalidValue('Protocol', protocol, 'Expected -1 or a protocol number.');
  const ruleNumber = required('RuleNumber', input.RuleNumber);
  checkRange('RuleNumber', ruleNumber, 1, FINAL.ipv4 - 1);
  if ((cidrBlock === undefined) === (ipv6CidrBlock === undefined))
    throw badCombination('Exactly one of CidrBlock and Ipv6CidrBlock must be given.');
  for (const [name, text, family] of [
    ['CidrBlock', cidrBlock, 'ipv4'],
    ['Ipv6CidrBlock', ipv6CidrBlock, 'ipv6'],
  ] as const) {
    if (text !== undefined && readCidr(name, text).family !== family)
      throw invalidValue(name, text, 'This is a block of the other family.');
  }
  const hasPorts = protocol === '6' || protocol === '17';
  if (hasPorts && (ports?.From === undefined || ports.To === undefined))
    throw new AwsError('MissingParameter', 'TCP and UDP need a PortRange');
  return {
    ruleNumber,
    egress: required('Egress', input.Egress),
    ruleAction: oneOf('RuleAction', required('RuleAction', input.RuleAction), ['allow', 'deny']) ?? 'deny',
    protocol,
    cidrBlock,
    ipv6CidrBlock,
    portRange: hasPorts ? { fromPort: ports?.From ?? 0, toPort: ports?.To ?? 65_535 } : undefined,
  };
}

const isAt = (entry: AclEntryRecord, ruleNumber: number | undefined, egress: boolean | undefined): boolean =>
  entry.ruleNumber === ruleNumber && entry.egress === egress;

export const createNetworkAclEntry = operation<CreateNetworkAclEntryRequest, object>({
  name: 'CreateNetworkAclEntry',
  mutating: true,
  check(input) {
    checkId('network-acl', required('NetworkAclId', input.NetworkAclId));
    entryIn(input);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateNetworkAclEntry', [existing(call, 'network-acl', input.NetworkAclId ?? '')]),
  perform(input, call) {
    const acl = need(call.world.networkAcls, 'network-acl', required('NetworkAclId', input.NetworkAclId), call);
    const entry = entryIn(input);
    if (acl.entries.some((other) => isAt(other, entry.ruleNumber, entry.egress)))
      throw new AwsError(
        'NetworkAclEntryAlreadyExists',
        `The network acl entry identified by ${entry.ruleNumber} already exists.`,
      );
    call.world.networkAcls.patch(acl.networkAclId, { entries: [...acl.entries, entry] });
    return {};
  },
});

export const deleteNetworkAclEntry = operation<DeleteNetworkAclEntryRequest, object>({
  name: 'DeleteNetworkAclEntry',
  mutating: true,
  check: (input) => checkId('network-acl', required('NetworkAclId', input.NetworkAclId)),
  authorize: (input, call) =>
    authorization(call, 'DeleteNetworkAclEntry', [existing(call, 'network-acl', input.NetworkAclId ?? '')]),
  perform(input, call) {
    const acl = need(call.world.networkAcls, 'network-acl', required('NetworkAclId', input.NetworkAclId), call);
    const entries = acl.entries.filter((entry) => !isAt(entry, input.RuleNumber, input.Egress));
    if (entries.length === acl.entries.length)
      throw new AwsError(
        'InvalidNetworkAclEntry.NotFound',
        `The specified network acl entry ${input.RuleNumber} does not exist in this network ACL`,
      );
    call.world.networkAcls.patch(acl.networkAclId, { entries });
    return {};
  },
});

/** Gives the subnet of an association another ACL; the association gets another id. */
export const replaceNetworkAclAssociation = operation<ReplaceNetworkAclAssociationRequest, ReplaceNetworkAclAssociationResult>({
  name: 'ReplaceNetworkAclAssociation',
  mutating: true,
  check(input) {
    required('AssociationId', input.AssociationId);
    checkId('network-acl', required('NetworkAclId', input.NetworkAclId));
  },
  authorize: (input, call) =>
    authorization(call, 'ReplaceNetworkAclAssociation', [existing(call, 'network-acl', input.NetworkAclId ?? '')]),
  perform(input, call) {
    const { host, world } = call;
    const acl = need(world.networkAcls, 'network-acl', required('NetworkAclId', input.NetworkAclId), call);
    const before = world.aclAssociations.get(input.AssociationId ?? '');
    if (before === undefined)
      throw new AwsError('InvalidAssociationID.NotFound', `The association ID '${input.AssociationId}' does not exist`);
    if (world.subnets.get(before.subnetId)?.vpcId !== acl.vpcId)
      throw badCombination(`${before.subnetId} is not in the VPC of ${acl.networkAclId}`);
    const associationId = host.newId('aclassoc');
    world.aclAssociations.remove(before.associationId);
    world.aclAssociations.put(associationId, { associationId, networkAclId: acl.networkAclId, subnetId: before.subnetId });
    return { NewAssociationId: associationId };
  },
});

const fields = (view: Account & View): FilterFields<NetworkAclRecord> => {
  const entries = (read: (entry: AclEntryRecord) => string | number | boolean | undefined) => (acl: NetworkAclRecord) =>
    entriesOf(view, acl).map(read);
  return {
    'association.association-id': (acl) => associationsOf(view, acl).map(({ associationId }) => associationId),
    'association.network-acl-id': (acl) => acl.networkAclId,
    'association.subnet-id': (acl) => associationsOf(view, acl).map(({ subnetId }) => subnetId),
    default: (acl) => acl.isDefault,
    'entry.cidr': entries((entry) => entry.cidrBlock),
    'entry.ipv6-cidr': entries((entry) => entry.ipv6CidrBlock),
    'entry.egress': entries((entry) => entry.egress),
    'entry.port-range.from': entries((entry) => entry.portRange?.fromPort),
    'entry.port-range.to': entries((entry) => entry.portRange?.toPort),
    'entry.protocol': entries((entry) => entry.protocol),
    'entry.rule-action': entries((entry) => entry.ruleAction),
    'entry.rule-number': entries((entry) => entry.ruleNumber),
    'network-acl-id': (acl) => acl.networkAclId,
    'owner-id': (acl) => acl.ownerId,
    'vpc-id': (acl) => acl.vpcId,
  };
};

export const describeNetworkAcls = operation<DescribeNetworkAclsRequest, DescribeNetworkAclsResult>({
  name: 'DescribeNetworkAcls',
  mutating: false,
  check: (input) => checkDescribe('network-acl', 'NetworkAclId', BOUNDS, input.NetworkAclIds, input),
  perform(input, call) {
    const page = describePage(
      {
        action: 'DescribeNetworkAcls',
        type: 'network-acl',
        idsParameter: 'NetworkAclId',
        maxResultsBounds: BOUNDS,
        collection: call.world.networkAcls,
        idOf: (acl) => acl.networkAclId,
        fields: fields(call),
        tags: (acl) => seenTags(call, acl.networkAclId),
      },
      input.NetworkAclIds,
      input,
      call,
    );
    return { NetworkAcls: page.items.map((acl) => render(call, acl)), NextToken: page.nextToken };
  },
});
