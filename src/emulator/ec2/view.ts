/** Whose eyes an answer is written with: a describe shows what is seen, a create call answers what it has just made. */
import type { Host } from '../core.ts';
import type { Lookup } from './collection.ts';
import type {
  AclAssociationRecord,
  NetworkInterfaceRecord,
  PeeringRecord,
  SecurityGroupRecord,
  TagSet,
  TransitGatewayAttachmentRecord,
  TransitGatewayRecord,
  VpcRecord,
} from './records.ts';
import type { World } from './world.ts';

/** What rendering reads beside the record itself; an account is one, with what describes see. */
export interface View {
  readonly host: Host;
  readonly world: {
    readonly networkInterfaces: Lookup<NetworkInterfaceRecord>;
    readonly securityGroups: Lookup<SecurityGroupRecord>;
    readonly vpcs: Lookup<VpcRecord>;
    readonly aclAssociations: Lookup<AclAssociationRecord>;
    readonly peerings: Lookup<PeeringRecord>;
    readonly transitGateways: Lookup<TransitGatewayRecord>;
    readonly transitGatewayAttachments: Lookup<TransitGatewayAttachmentRecord>;
    readonly tags: Lookup<TagSet>;
    readonly addresses: World['addresses'];
  };
}

const withoutLag = <T>(lookup: Lookup<T>): Lookup<T> => ({
  get: (id) => lookup.get(id),
  seen: (id) => lookup.get(id),
  seenAll: () => lookup.seenAll(),
});

/** The same account without any lag. */
export function currentView({ host, world }: View): View {
  return {
    host,
    world: {
      networkInterfaces: withoutLag(world.networkInterfaces),
      securityGroups: withoutLag(world.securityGroups),
      vpcs: withoutLag(world.vpcs),
      aclAssociations: withoutLag(world.aclAssociations),
      peerings: withoutLag(world.peerings),
      transitGateways: withoutLag(world.transitGateways),
      transitGatewayAttachments: withoutLag(world.transitGatewayAttachments),
      tags: withoutLag(world.tags),
      addresses: world.addresses,
    },
  };
}
