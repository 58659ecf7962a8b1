import type {
  AuthorizeSecurityGroupIngressRequest,
  AuthorizeSecurityGroupIngressResult,
  CreateSecurityGroupRequest,
  CreateSecurityGroupResult,
  DescribeSecurityGroupsRequest,
  DescribeSecurityGroupsResult,
  IpPermission,
  RevokeSecurityGroupIngressRequest,
  RevokeSecurityGroupIngressResult,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkDescribe, describePage } from '../describing.ts';
import type { FilterFields } from '../filtering.ts';
import { arnOf, checkId, need } from '../ids.ts';
import { allowAllEgress } from '../network.ts';
import { permissionKey, readPermissions, renderPermissions } from '../permissions.ts';
import type { PermissionRecord, SecurityGroupRecord } from '../records.ts';
import { missing, required } from '../refusals.ts';
import { readTagSpecifications, renderTags, replaceTags, seenTags, tagsOf } from '../tags.ts';

const BOUNDS = [5, 1000] as const;

export const createSecurityGroup = operation<CreateSecurityGroupRequest, CreateSecurityGroupResult>({
  name: 'CreateSecurityGroup',
  mutating: true,
  check(input) {
    required('GroupName', input.GroupName);
    required('GroupDescription', input.Description);
    if (input.VpcId !== undefined) checkId('vpc', input.VpcId);
    readTagSpecifications(input.TagSpecifications, ['security-group']);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateSecurityGroup', [
      created(call, 'security-group', readTagSpecifications(input.TagSpecifications, ['security-group'])['security-group']),
      ...(input.VpcId === undefined ? [] : [existing(call, 'vpc', input.VpcId)]),
    ]),
  perform(input, call) {
    const { host, world } = call;
    const vpcId = input.VpcId ?? world.vpcs.all().find((vpc) => vpc.isDefault)?.vpcId;
    if (vpcId === undefined) throw new AwsError('VPCIdNotSpecified', 'No default VPC for this user');
    need(world.vpcs, 'vpc', vpcId, call);
    const groupName = required('GroupName', input.GroupName);
    if (world.securityGroups.by('vpc', vpcId).some((group) => group.groupName === groupName)) {
      throw new AwsError('InvalidGroup.Duplicate', `The security group '${groupName}' already exists for VPC '${vpcId}'`);
    }
    const groupId = host.newId('sg');
    const description = required('GroupDescription', input.Description);
    world.securityGroups.put(groupId, {
      groupId,
      groupName,
      description,
      vpcId,
      ownerId: host.accountId,
      ingress: [],
      egress: allowAllEgress,
    });
    replaceTags(call, groupId, readTagSpecifications(input.TagSpecifications, ['security-group'])['security-group'] ?? {}, true);
    return {
      GroupId: groupId,
      SecurityGroupArn: arnOf(call, 'security-group', groupId),
      Tags: renderTags(tagsOf(call, groupId)),
    };
  },
});

type IngressInput = Pick<AuthorizeSecurityGroupIngressRequest, 'IpPermissions' | 'IpProtocol' | 'FromPort' | 'ToPort' | 'CidrIp'>;

/** Rules given as `IpPermissions`, or one rule by the old single parameters. */
function rulesIn(input: IngressInput): PermissionRecord[] {
  if (input.IpPermissions !== undefined) return readPermissions(input.IpPermissions);
  if (input.CidrIp === undefined && input.IpProtocol === undefined) throw missing('IpPermissions');
  const single: IpPermission = {
    IpProtocol: input.IpProtocol,
    FromPort: input.FromPort,
    ToPort: input.ToPort,
    IpRanges: input.CidrIp === undefined ? [] : [{ CidrIp: input.CidrIp }],
  };
  return readPermissions([single]);
}

function checkIngress(input: IngressInput & { readonly GroupId?: string | undefined }): void {
  checkId('security-group', required('GroupId', input.GroupId));
  rulesIn(input);
}

const describeRule = (rule: PermissionRecord): string =>
  `peer: ${rule.peer}, ${rule.ipProtocol}, from port: ${rule.fromPort ?? '-1'}, to port: ${rule.toPort ?? '-1'}`;
const findGroup = (groupId: string | undefined, call: Call): SecurityGroupRecord =>
  need(call.world.securityGroups, 'security-group', required('GroupId', groupId), call);

export const authorizeSecurityGroupIngress = operation<AuthorizeSecurityGroupIngressRequest, AuthorizeSecurityGroupIngressResult>(
  {
    name: 'AuthorizeSecurityGroupIngress',
    mutating: true,
    check: checkIngress,
    authorize: (input, call) =>
      authorization(call, 'AuthorizeSecurityGroupIngress', [existing(call, 'security-group', input.GroupId ?? '')]),
    perform(input, call) {
      const group = findGroup(input.GroupId, call);
      const rules = rulesIn(input);
      const held = new Set(group.ingress.map(permissionKey));
      for (const rule of rules) {
        if (rule.peerKind === 'group') need(call.world.securityGroups, 'security-group', rule.peer, call);
        if (held.has(permissionKey(rule))) {
          throw new AwsError('InvalidPermission.Duplicate', `the specified rule "${describeRule(rule)}, ALLOW" already exists`);
        }
        held.add(permissionKey(rule));
      }
      call.world.securityGroups.patch(group.groupId, { ingress: [...group.ingress, ...rules] });
      return { Return: true };
    },
  },
);

export const revokeSecurityGroupIngress = operation<RevokeSecurityGroupIngressRequest, RevokeSecurityGroupIngressResult>({
  name: 'RevokeSecurityGroupIngress',
  mutating: true,
  check: checkIngress,
  authorize: (input, call) =>
    authorization(call, 'RevokeSecurityGroupIngress', [existing(call, 'security-group', input.GroupId ?? '')]),
  perform(input, call) {
    const group = findGroup(input.GroupId, call);
    const goes = new Map(rulesIn(input).map((rule) => [permissionKey(rule), rule]));
    const held = new Set(group.ingress.map(permissionKey));
    const unknown = [...goes].find(([key]) => !held.has(key));
    if (unknown !== undefined) {
      throw new AwsError(
        'InvalidPermission.NotFound',
        `The specified rule does not exist in this security group: ${describeRule(unknown[1])}`,
      );
    }
    call.world.securityGroups.patch(group.groupId, { ingress: group.ingress.filter((rule) => !goes.has(permissionKey(rule))) });
    return { Return: true };
  },
});

/** `ip-permission.*` and `egress.ip-permission.*` read alike. */
function permissionFields(
  prefix: string,
  rulesOf: (group: SecurityGroupRecord) => readonly PermissionRecord[],
): FilterFields<SecurityGroupRecord> {
  const peers = (kind: PermissionRecord['peerKind']) => (group: SecurityGroupRecord) =>
    rulesOf(group).flatMap((rule) => (rule.peerKind === kind ? rule.peer : []));
  return {
    [`${prefix}.cidr`]: peers('cidr'),
    [`${prefix}.ipv6-cidr`]: peers('cidrIpv6'),
    [`${prefix}.group-id`]: peers('group'),
    [`${prefix}.prefix-list-id`]: peers('prefixList'),
    [`${prefix}.from-port`]: (group) => rulesOf(group).map((rule) => rule.fromPort),
    [`${prefix}.to-port`]: (group) => rulesOf(group).map((rule) => rule.toPort),
    [`${prefix}.protocol`]: (group) => rulesOf(group).map((rule) => rule.ipProtocol),
  };
}

const FIELDS: FilterFields<SecurityGroupRecord> = {
  description: (group) => group.description,
  'group-id': (group) => group.groupId,
  'group-name': (group) => group.groupName,
  'owner-id': (group) => group.ownerId,
  'vpc-id': (group) => group.vpcId,
  ...permissionFields('ip-permission', (group) => group.ingress),
  ...permissionFields('egress.ip-permission', (group) => group.egress),
};

export const describeSecurityGroups = operation<DescribeSecurityGroupsRequest, DescribeSecurityGroupsResult>({
  name: 'DescribeSecurityGroups',
  mutating: false,
  check: (input) => checkDescribe('security-group', 'GroupId', BOUNDS, input.GroupIds, input),
  perform(input, call) {
    const { GroupNames: names } = input;
    const page = describePage(
      {
        action: 'DescribeSecurityGroups',
        type: 'security-group',
        idsParameter: 'GroupId',
        maxResultsBounds: BOUNDS,
        collection: call.world.securityGroups,
        idOf: (group) => group.groupId,
        isHidden: (group) => names !== undefined && !names.includes(group.groupName),
        fields: FIELDS,
        tags: (group) => seenTags(call, group.groupId),
      },
      input.GroupIds,
      input,
      call,
    );
    const SecurityGroups = page.items.map((group) => ({
      GroupId: group.groupId,
      GroupName: group.groupName,
      Description: group.description,
      VpcId: group.vpcId,
      OwnerId: group.ownerId,
      SecurityGroupArn: arnOf(call, 'security-group', group.groupId),
      IpPermissions: renderPermissions(group.ingress, group.ownerId),
      IpPermissionsEgress: renderPermissions(group.egress, group.ownerId),
      Tags: renderTags(seenTags(call, group.groupId)),
    }));
    return { SecurityGroups, NextToken: page.nextToken };
  },
});
