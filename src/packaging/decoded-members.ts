/**
 * What the bundled client decodes of EC2's largest structures; it skips their other members, as it skips members newer than itself. Their
 * schemas would be a tenth of the bundle, and decoding them most of the time of a describe. The command line tool uses the SDK as it is.
 *
 * Keyed by the SDK's structure name. A test fails if the handler's sources read a member that is missing here.
 */
export const decodedMembers: Readonly<Record<string, readonly string[]>> = {
  Reservation: ['Instances', 'OwnerId'],
  Instance: ['ClientToken', 'InstanceId', 'InstanceType', 'NetworkInterfaces', 'Placement', 'State', 'SubnetId', 'Tags', 'VpcId'],
  Placement: ['AvailabilityZone'],
  InstanceNetworkInterface: [
    'Attachment',
    'Description',
    'InterfaceType',
    'NetworkInterfaceId',
    'OwnerId',
    'Status',
    'SubnetId',
    'VpcId',
  ],
  InstanceNetworkInterfaceAttachment: ['DeviceIndex', 'Status'],
  NetworkInterface: [
    'Attachment',
    'AvailabilityZone',
    'Description',
    'InterfaceType',
    'Ipv6Native',
    'NetworkInterfaceId',
    'OwnerId',
    'RequesterManaged',
    'Status',
    'SubnetId',
    'TagSet',
    'VpcId',
  ],
  NetworkInterfaceAttachment: ['DeviceIndex', 'InstanceId', 'Status'],
};
