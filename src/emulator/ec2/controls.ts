/** What a test or a demo can do to the emulated EC2 that no API call can: faults, other accounts, AWS's own tags. */
import type { Account } from './account.ts';
import type { SpotAction } from './events.ts';
import type { Failure, FaultHandle, Faults, Hang } from './faults.ts';
import { checkId, resourceTypeOf } from './ids.ts';
import { createInterface, deleteInterface, deleteSession } from './interfaces.ts';
import type { Ec2Options } from './options.ts';
import type {
  TargetDestination,
  TransitGatewayAttachmentRecord,
  TransitGatewayAttachmentState,
  VpcEndpointState,
} from './records.ts';
import { replaceTags, tagsOf } from './tags.ts';
import type { Throttle } from './throttle.ts';
import { attach } from './transit-gateways.ts';
import { interruptSpot, shutDownFromInside } from './unasked.ts';

export interface ForeignSession {
  readonly ownerId: string;
  readonly trafficMirrorTargetId: string;
  /** An interface of the other account; made up when left out. */
  readonly networkInterfaceId?: string;
  readonly sessionNumber?: number;
}

export interface ServiceInterface {
  readonly subnetId: string;
  /** AWS's word: `interface`, `efa`, `lambda`, `natGateway`, `network_load_balancer` … */
  readonly interfaceType: string;
  /** The service that made it, e.g. `amazon-rds`. */
  readonly requesterId?: string;
  readonly description?: string;
  readonly groupIds?: readonly string[];
}

export interface Ec2Controls {
  /** The settings in force; change any of them at any time. */
  readonly settings: Ec2Options;
  fail(failure: Failure): FaultHandle;
  hang(hang: Hang): FaultHandle;
  clearFaults(): void;
  /** Fills every throttle bucket. */
  refillBuckets(): void;
  /** A target that another account shares with this one; answers its id. */
  addSharedTarget(shared: {
    readonly ownerId: string;
    readonly destination?: TargetDestination;
    readonly tags?: Readonly<Record<string, string>>;
  }): string;
  /** The owner deletes or unshares it: sessions that use it stay. */
  removeSharedTarget(trafficMirrorTargetId: string): void;
  /** Another account's session on a target that this account shares; answers its id. */
  addForeignSession(session: ForeignSession): string;
  removeForeignSession(trafficMirrorSessionId: string): void;
  /** An interface that a service made in this account; answers its id. */
  addServiceInterface(wanted: ServiceInterface): string;
  /** The service deletes an interface that it made. */
  removeServiceInterface(networkInterfaceId: string): void;
  /** AWS takes the capacity of a running instance back, as if it were a Spot Instance: a warning, and after `spotNoticeMs` the deed. */
  interruptSpot(instanceId: string, action: SpotAction): void;
  /** The operating system of a running instance shuts down: the instance stops or is terminated, as it was launched to. */
  shutDownFromInside(instanceId: string): void;
  /** The owner of the endpoint service accepts, rejects or loses the endpoint. */
  setVpcEndpointState(vpcEndpointId: string, state: VpcEndpointState): void;
  /** A VPN connection, a Direct Connect gateway, a Connect or another gateway is attached to a transit gateway; answers the attachment's id. */
  addTransitGatewayAttachment(
    wanted: Pick<TransitGatewayAttachmentRecord, 'transitGatewayId' | 'resourceType' | 'resourceId'>,
  ): string;
  /** The attachment gets into a state that no call of this account leads to. */
  setTransitGatewayAttachmentState(transitGatewayAttachmentId: string, state: TransitGatewayAttachmentState): void;
  /** Sets tags that users cannot, such as `aws:autoscaling:groupName`. */
  setReservedTags(resourceId: string, tags: Readonly<Record<string, string>>): void;
}

export function createControls(account: Account, faults: Faults, throttle: Throttle): Ec2Controls {
  const { host, options, world } = account;
  return {
    settings: options,
    fail: (failure) => faults.fail(failure),
    hang: (hang) => faults.hang(hang),
    clearFaults: () => faults.clear(),
    refillBuckets: () => throttle.reset(),
    addSharedTarget({ ownerId, destination, tags = {} }) {
      if (ownerId === host.accountId) throw new RangeError(`A shared target belongs to another account than ${ownerId}`);
      const trafficMirrorTargetId = host.newId('tmt');
      world.targets.put(trafficMirrorTargetId, {
        trafficMirrorTargetId,
        ownerId,
        destination: destination ?? { type: 'network-interface', networkInterfaceId: host.newId('eni') },
        description: undefined,
      });
      if (Object.keys(tags).length > 0) world.tags.put(trafficMirrorTargetId, tags);
      return trafficMirrorTargetId;
    },
    removeSharedTarget(trafficMirrorTargetId) {
      const target = world.targets.get(trafficMirrorTargetId);
      if (target === undefined || target.ownerId === host.accountId)
        throw new RangeError(`${trafficMirrorTargetId} is not a shared target`);
      world.targets.remove(trafficMirrorTargetId);
      world.tags.remove(trafficMirrorTargetId);
    },
    addForeignSession({ ownerId, trafficMirrorTargetId, networkInterfaceId = host.newId('eni'), sessionNumber = 1 }) {
      if (world.targets.get(trafficMirrorTargetId) === undefined)
        throw new RangeError(`There is no target ${trafficMirrorTargetId}`);
      const trafficMirrorSessionId = host.newId('tms');
      world.sessions.put(trafficMirrorSessionId, {
        trafficMirrorSessionId,
        trafficMirrorTargetId,
        trafficMirrorFilterId: host.newId('tmf'),
        networkInterfaceId,
        ownerId,
        sessionNumber,
        packetLength: undefined,
        virtualNetworkId: 1 + Math.floor(host.random() * options.virtualNetworkIdMax),
        description: undefined,
      });
      return trafficMirrorSessionId;
    },
    removeForeignSession: (trafficMirrorSessionId) => deleteSession(account, trafficMirrorSessionId),
    addServiceInterface({ subnetId, interfaceType, requesterId, description, groupIds = [] }) {
      const subnet = world.subnets.get(subnetId);
      if (subnet === undefined) throw new RangeError(`There is no subnet ${subnetId}`);
      return createInterface(account, {
        subnet,
        groupIds,
        description,
        interfaceType,
        requesterId,
        requesterManaged: requesterId !== undefined,
      }).networkInterfaceId;
    },
    removeServiceInterface: (networkInterfaceId) => deleteInterface(account, networkInterfaceId),
    interruptSpot: (instanceId, action) => interruptSpot(account, instanceId, action),
    shutDownFromInside: (instanceId) => shutDownFromInside(account, instanceId),
    setVpcEndpointState(vpcEndpointId, state) {
      if (world.vpcEndpoints.get(vpcEndpointId) === undefined) throw new RangeError(`There is no endpoint ${vpcEndpointId}`);
      world.vpcEndpoints.patch(vpcEndpointId, { state });
    },
    addTransitGatewayAttachment: (wanted) =>
      attach(account, { ...wanted, resourceOwnerId: host.accountId, subnetIds: [], applianceMode: false })
        .transitGatewayAttachmentId,
    setTransitGatewayAttachmentState(transitGatewayAttachmentId, state) {
      if (world.transitGatewayAttachments.get(transitGatewayAttachmentId) === undefined)
        throw new RangeError(`There is no attachment ${transitGatewayAttachmentId}`);
      world.transitGatewayAttachments.patch(transitGatewayAttachmentId, { state });
    },
    setReservedTags(resourceId, tags) {
      const type = resourceTypeOf(resourceId);
      if (type === undefined) throw new RangeError(`${resourceId} is not the id of a resource that is emulated`);
      checkId(type, resourceId);
      const foreign = Object.keys(tags).find((key) => !key.startsWith('aws:'));
      if (foreign !== undefined) throw new RangeError(`${foreign} is not a reserved tag: set it with CreateTags`);
      replaceTags(account, resourceId, { ...tagsOf(account, resourceId), ...tags });
    },
  };
}
