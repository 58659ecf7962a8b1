import type {
  AttachNetworkInterfaceRequest,
  AttachNetworkInterfaceResult,
  CreateNetworkInterfaceRequest,
  CreateNetworkInterfaceResult,
  DeleteNetworkInterfaceRequest,
  DetachNetworkInterfaceRequest,
  ModifyNetworkInterfaceAttributeRequest,
  NetworkInterface,
} from '@aws-sdk/client-ec2';
import { AwsError } from '../../core.ts';
import { type Call, operation } from '../account.ts';
import { authorization, created, existing } from '../authorization.ts';
import { checkId, checkIds, need } from '../ids.ts';
import { attachInterface, createInterface, deleteInterface, detachInterface } from '../interfaces.ts';
import { defaultGroup } from '../network.ts';
import type { NetworkInterfaceRecord } from '../records.ts';
import { checkRange, invalidValue, oneOf, required } from '../refusals.ts';
import { renderNetworkInterface } from '../render/network-interface.ts';
import { readTagSpecifications } from '../tags.ts';
import { currentView } from '../view.ts';

/** A new interface is `pending` in this one answer, a word that the model's list lacks. */
type Created = Omit<CreateNetworkInterfaceResult, 'NetworkInterface'> & {
  readonly NetworkInterface: Omit<NetworkInterface, 'Status'> & { readonly Status?: string | undefined };
};

const tagsIn = (input: CreateNetworkInterfaceRequest) =>
  readTagSpecifications(input.TagSpecifications, ['network-interface'])['network-interface'];

export const createNetworkInterface = operation<CreateNetworkInterfaceRequest, Created>({
  name: 'CreateNetworkInterface',
  mutating: true,
  check(input) {
    checkId('subnet', required('SubnetId', input.SubnetId));
    checkIds('security-group', input.Groups);
    oneOf('InterfaceType', input.InterfaceType, ['interface', 'efa', 'efa-only', 'trunk', 'branch']);
    tagsIn(input);
  },
  authorize: (input, call) =>
    authorization(call, 'CreateNetworkInterface', [
      created(call, 'network-interface', tagsIn(input)),
      existing(call, 'subnet', input.SubnetId ?? ''),
      ...(input.Groups ?? []).map((id) => existing(call, 'security-group', id)),
    ]),
  perform(input, call) {
    const subnet = need(call.world.subnets, 'subnet', required('SubnetId', input.SubnetId), call);
    for (const groupId of input.Groups ?? []) need(call.world.securityGroups, 'security-group', groupId, call);
    const eni = createInterface(call, {
      subnet,
      groupIds: input.Groups ?? [defaultGroup(call, subnet.vpcId)],
      description: input.Description,
      interfaceType: input.InterfaceType,
      privateIpAddress: input.PrivateIpAddress,
      secondaryPrivateIpAddressCount: input.SecondaryPrivateIpAddressCount,
      ipv6AddressCount: input.Ipv6AddressCount,
      tags: tagsIn(input),
    });
    return {
      NetworkInterface: { ...renderNetworkInterface(currentView(call), eni), Status: 'pending' },
      ClientToken: input.ClientToken,
    };
  },
  repeat(output, call) {
    const eni = call.world.networkInterfaces.get(output.NetworkInterface.NetworkInterfaceId ?? '');
    return eni && { ...output, NetworkInterface: renderNetworkInterface(currentView(call), eni) };
  },
});

export const attachNetworkInterface = operation<AttachNetworkInterfaceRequest, AttachNetworkInterfaceResult>({
  name: 'AttachNetworkInterface',
  mutating: true,
  check(input) {
    checkId('network-interface', required('NetworkInterfaceId', input.NetworkInterfaceId));
    checkId('instance', required('InstanceId', input.InstanceId));
    checkRange('DeviceIndex', input.DeviceIndex, 0, 63);
  },
  authorize: (input, call) =>
    authorization(call, 'AttachNetworkInterface', [
      existing(call, 'instance', input.InstanceId ?? ''),
      existing(call, 'network-interface', input.NetworkInterfaceId ?? ''),
    ]),
  perform(input, call) {
    const eni = need(
      call.world.networkInterfaces,
      'network-interface',
      required('NetworkInterfaceId', input.NetworkInterfaceId),
      call,
    );
    const instance = need(call.world.instances, 'instance', required('InstanceId', input.InstanceId), call);
    if (instance.state !== 'running' && instance.state !== 'stopped') {
      throw new AwsError(
        'IncorrectState',
        `The instance '${instance.instanceId}' is not in a valid state for this operation (${instance.state}).`,
      );
    }
    const NetworkCardIndex = input.NetworkCardIndex ?? 0;
    const AttachmentId = attachInterface(call, eni, instance, {
      deviceIndex: required('DeviceIndex', input.DeviceIndex),
      networkCardIndex: NetworkCardIndex,
      // An interface attached later stays when the instance goes, unless that is changed.
      deleteOnTermination: false,
    });
    return { AttachmentId, NetworkCardIndex };
  },
});

function byAttachment(attachmentId: string, call: Call): NetworkInterfaceRecord {
  const eni = call.world.networkInterfaces.all().find((candidate) => candidate.attachment?.attachmentId === attachmentId);
  if (eni === undefined)
    throw new AwsError('InvalidAttachmentID.NotFound', `The networkInterface attachment ID '${attachmentId}' does not exist`);
  return eni;
}

const findByAttachment = (attachmentId: string | undefined, call: Call): NetworkInterfaceRecord | undefined =>
  call.world.networkInterfaces.all().find((candidate) => candidate.attachment?.attachmentId === attachmentId);

export const detachNetworkInterface = operation<DetachNetworkInterfaceRequest, object>({
  name: 'DetachNetworkInterface',
  mutating: true,
  check(input) {
    const id = required('AttachmentId', input.AttachmentId);
    if (!/^eni-attach-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) throw invalidValue('AttachmentId', id, 'Expected "eni-attach-...".');
  },
  authorize(input, call) {
    const eni = findByAttachment(input.AttachmentId, call);
    return authorization(call, 'DetachNetworkInterface', [
      existing(call, 'instance', eni?.attachment?.instanceId ?? '*'),
      existing(call, 'network-interface', eni?.networkInterfaceId ?? '*'),
    ]);
  },
  perform(input, call) {
    const eni = byAttachment(required('AttachmentId', input.AttachmentId), call);
    if (eni.attachment?.deviceIndex === 0) {
      throw new AwsError('OperationNotPermitted', 'The network interface at device index 0 cannot be detached.');
    }
    detachInterface(call, eni);
    return {};
  },
});

export const deleteNetworkInterface = operation<DeleteNetworkInterfaceRequest, object>({
  name: 'DeleteNetworkInterface',
  mutating: true,
  check: (input) => checkId('network-interface', required('NetworkInterfaceId', input.NetworkInterfaceId)),
  authorize: (input, call) =>
    authorization(call, 'DeleteNetworkInterface', [existing(call, 'network-interface', input.NetworkInterfaceId ?? '')]),
  perform(input, call) {
    const id = required('NetworkInterfaceId', input.NetworkInterfaceId);
    const eni = need(call.world.networkInterfaces, 'network-interface', id, call);
    if (eni.attachment !== undefined)
      throw new AwsError('InvalidParameterValue', `Network interface '${id}' is currently in use.`);
    if (eni.requesterManaged) {
      throw new AwsError(
        'OperationNotPermitted',
        `You are not allowed to manage the network interface '${id}': a service made it.`,
      );
    }
    deleteInterface(call, id);
    return {};
  },
});

export const modifyNetworkInterfaceAttribute = operation<ModifyNetworkInterfaceAttributeRequest, object>({
  name: 'ModifyNetworkInterfaceAttribute',
  mutating: true,
  check(input) {
    checkId('network-interface', required('NetworkInterfaceId', input.NetworkInterfaceId));
    checkIds('security-group', input.Groups);
    const given = [input.Attachment, input.Groups, input.Description, input.SourceDestCheck].filter(
      (attribute) => attribute !== undefined,
    );
    if (given.length !== 1) {
      throw new AwsError(
        'InvalidParameterCombination',
        `Exactly one of Attachment, Groups, Description and SourceDestCheck must be given, not ${given.length}`,
      );
    }
  },
  authorize: (input, call) =>
    authorization(call, 'ModifyNetworkInterfaceAttribute', [existing(call, 'network-interface', input.NetworkInterfaceId ?? '')]),
  perform(input, call) {
    const { networkInterfaces, securityGroups } = call.world;
    const id = required('NetworkInterfaceId', input.NetworkInterfaceId);
    const eni = need(networkInterfaces, 'network-interface', id, call);
    if (input.Attachment !== undefined) {
      const { AttachmentId: attachmentId, DeleteOnTermination: deleteOnTermination } = input.Attachment;
      if (eni.attachment === undefined || eni.attachment.attachmentId !== attachmentId) {
        throw new AwsError(
          'InvalidAttachmentID.NotFound',
          `The networkInterface attachment ID '${attachmentId ?? ''}' does not exist on ${id}`,
        );
      }
      networkInterfaces.patch(id, {
        attachment: { ...eni.attachment, deleteOnTermination: required('Attachment.DeleteOnTermination', deleteOnTermination) },
      });
    }
    if (input.Groups !== undefined) {
      for (const groupId of input.Groups) need(securityGroups, 'security-group', groupId, call);
      networkInterfaces.patch(id, { groupIds: input.Groups });
    }
    if (input.Description !== undefined) networkInterfaces.patch(id, { description: input.Description.Value ?? '' });
    if (input.SourceDestCheck !== undefined)
      networkInterfaces.patch(id, { sourceDestCheck: required('SourceDestCheck.Value', input.SourceDestCheck.Value) });
    return {};
  },
});
