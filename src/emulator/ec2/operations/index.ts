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
import {
  createTransitGatewayVpcAttachment,
  deleteTransitGatewayVpcAttachment,
  describeTransitGatewayAttachments,
  describeTransitGatewayVpcAttachments,
  modifyTransitGatewayVpcAttachment,
} from './transit-gateway-attachments.ts';
import {
  associateTransitGatewayRouteTable,
  createTransitGatewayRouteTable,
  disableTransitGatewayRouteTablePropagation,
  disassociateTransitGatewayRouteTable,
  enableTransitGatewayRouteTablePropagation,
} from './transit-gateway-route-tables.ts';
import { createTransitGatewayRoute, deleteTransitGatewayRoute, searchTransitGatewayRoutes } from './transit-gateway-routes.ts';
import { createTransitGateway, describeTransitGateways } from './transit-gateways.ts';
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
  associateTransitGatewayRouteTable,
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
  createTransitGateway,
  createTransitGatewayRoute,
  createTransitGatewayRouteTable,
  createTransitGatewayVpcAttachment,
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
  deleteTransitGatewayRoute,
  deleteTransitGatewayVpcAttachment,
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
  describeTransitGatewayAttachments,
  describeTransitGatewayVpcAttachments,
  describeTransitGateways,
  describeVpcEndpoints,
  describeVpcPeeringConnections,
  describeVpcs,
  detachNetworkInterface,
  disableTransitGatewayRouteTablePropagation,
  disassociateRouteTable,
  disassociateTransitGatewayRouteTable,
  enableTransitGatewayRouteTablePropagation,
  getManagedPrefixListEntries,
  modifyInstanceAttribute,
  modifyNetworkInterfaceAttribute,
  modifyTrafficMirrorFilterNetworkServices,
  modifyTrafficMirrorFilterRule,
  modifyTrafficMirrorSession,
  modifyTransitGatewayVpcAttachment,
  rebootInstances,
  replaceNetworkAclAssociation,
  revokeSecurityGroupIngress,
  runInstances,
  searchTransitGatewayRoutes,
  startInstances,
  stopInstances,
  terminateInstances,
];

export const operations: ReadonlyMap<string, Operation> = new Map(all.map((operation) => [operation.name, operation]));
