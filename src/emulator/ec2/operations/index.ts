/** Every emulated action by name. */
import type { Operation } from '../account.ts';
import { deleteTrafficMirrorSession, modifyTrafficMirrorSession } from './change-traffic-mirror-session.ts';
import { createTrafficMirrorSession } from './create-traffic-mirror-session.ts';
import { describeInstanceTypes } from './describe-instance-types.ts';
import { describeInstanceStatus, describeInstances } from './describe-instances.ts';
import { describeNetworkInterfaces } from './describe-network-interfaces.ts';
import {
  describeTrafficMirrorFilterRules,
  describeTrafficMirrorFilters,
  describeTrafficMirrorSessions,
  describeTrafficMirrorTargets,
} from './describe-traffic-mirror.ts';
import { rebootInstances, startInstances, stopInstances, terminateInstances } from './instance-states.ts';
import { modifyInstanceAttribute } from './modify-instance-attribute.ts';
import {
  createNetworkAcl,
  createNetworkAclEntry,
  deleteNetworkAclEntry,
  describeNetworkAcls,
  replaceNetworkAclAssociation,
} from './network-acls.ts';
import {
  attachNetworkInterface,
  createNetworkInterface,
  deleteNetworkInterface,
  detachNetworkInterface,
  modifyNetworkInterfaceAttribute,
} from './network-interfaces.ts';
import { describeAvailabilityZones, describeRegions } from './places.ts';
import { createManagedPrefixList, describeManagedPrefixLists, getManagedPrefixListEntries } from './prefix-lists.ts';
import {
  associateRouteTable,
  createRoute,
  createRouteTable,
  deleteRoute,
  describeRouteTables,
  disassociateRouteTable,
} from './route-tables.ts';
import { runInstances } from './run-instances.ts';
import {
  authorizeSecurityGroupIngress,
  createSecurityGroup,
  describeSecurityGroups,
  revokeSecurityGroupIngress,
} from './security-groups.ts';
import { createTags, deleteTags, describeTags } from './tags.ts';
import {
  createTrafficMirrorFilterRule,
  deleteTrafficMirrorFilterRule,
  modifyTrafficMirrorFilterRule,
} from './traffic-mirror-filter-rules.ts';
import {
  createTrafficMirrorFilter,
  deleteTrafficMirrorFilter,
  modifyTrafficMirrorFilterNetworkServices,
} from './traffic-mirror-filters.ts';
import { createTrafficMirrorTarget, deleteTrafficMirrorTarget } from './traffic-mirror-targets.ts';
import { createVpcEndpoint, deleteVpcEndpoints, describeVpcEndpoints } from './vpc-endpoints.ts';
import {
  acceptVpcPeeringConnection,
  createVpcPeeringConnection,
  deleteVpcPeeringConnection,
  describeVpcPeeringConnections,
} from './vpc-peering.ts';
import { createSubnet, createVpc, describeSubnets, describeVpcs } from './vpcs.ts';

const all: readonly Operation[] = [
  acceptVpcPeeringConnection,
  associateRouteTable,
  attachNetworkInterface,
  authorizeSecurityGroupIngress,
  createManagedPrefixList,
  createNetworkAcl,
  createNetworkAclEntry,
  createNetworkInterface,
  createRoute,
  createRouteTable,
  createSecurityGroup,
  createSubnet,
  createTags,
  createTrafficMirrorFilter,
  createTrafficMirrorFilterRule,
  createTrafficMirrorSession,
  createTrafficMirrorTarget,
  createVpc,
  createVpcEndpoint,
  createVpcPeeringConnection,
  deleteNetworkAclEntry,
  deleteNetworkInterface,
  deleteRoute,
  deleteTags,
  deleteTrafficMirrorFilter,
  deleteTrafficMirrorFilterRule,
  deleteTrafficMirrorSession,
  deleteTrafficMirrorTarget,
  deleteVpcEndpoints,
  deleteVpcPeeringConnection,
  describeAvailabilityZones,
  describeInstanceStatus,
  describeInstanceTypes,
  describeInstances,
  describeManagedPrefixLists,
  describeNetworkAcls,
  describeNetworkInterfaces,
  describeRegions,
  describeRouteTables,
  describeSecurityGroups,
  describeSubnets,
  describeTags,
  describeTrafficMirrorFilterRules,
  describeTrafficMirrorFilters,
  describeTrafficMirrorSessions,
  describeTrafficMirrorTargets,
  describeVpcEndpoints,
  describeVpcPeeringConnections,
  describeVpcs,
  detachNetworkInterface,
  disassociateRouteTable,
  getManagedPrefixListEntries,
  modifyInstanceAttribute,
  modifyNetworkInterfaceAttribute,
  modifyTrafficMirrorFilterNetworkServices,
  modifyTrafficMirrorFilterRule,
  modifyTrafficMirrorSession,
  rebootInstances,
  replaceNetworkAclAssociation,
  revokeSecurityGroupIngress,
  runInstances,
  startInstances,
  stopInstances,
  terminateInstances,
];

export const operations: ReadonlyMap<string, Operation> = new Map(all.map((operation) => [operation.name, operation]));
