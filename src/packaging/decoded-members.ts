/**
 * What the bundled client decodes of EC2's largest structures; it skips their other members, as it skips members newer than itself. Their
 * schemas would be a tenth of the bundle, and decoding them most of the time of a describe. The command line tool uses the SDK as it is.
 *
 * Keyed by the SDK's structure name. A test compares this with what the inventory reads of an answer.
 */
export const decodedMembers: Readonly<Record<string, readonly string[]>> = {
  Reservation: ['Instances', 'OwnerId'],
  Instance: [
    'IamInstanceProfile',
    'InstanceId',
    'InstanceType',
    'LaunchTime',
    'NetworkInterfaces',
    'Placement',
    'Platform',
    'PlatformDetails',
    'State',
    'SubnetId',
    'Tags',
    'VpcId',
  ],
  IamInstanceProfile: ['Arn'],
  Placement: ['AvailabilityZone'],
  InstanceState: ['Name'],
  InstanceNetworkInterface: [
    'Association',
    'Attachment',
    'Groups',
    'InterfaceType',
    'NetworkInterfaceId',
    'OwnerId',
    'PrivateIpAddresses',
    'SubnetId',
    'VpcId',
  ],
  InstanceNetworkInterfaceAssociation: ['PublicIp'],
  InstanceNetworkInterfaceAttachment: ['DeviceIndex', 'Status'],
  InstancePrivateIpAddress: ['Association'],
  NetworkInterface: ['Attachment', 'AvailabilityZone', 'Ipv6Native', 'NetworkInterfaceId', 'RequesterManaged', 'TagSet'],
  NetworkInterfaceAttachment: ['InstanceId', 'Status'],
};

const ofLists = ['Filters', 'MaxResults', 'NextToken'];

/**
 * What the bundled client sends of requests for lists; a member that is missing here would be left out without a word. Keyed by the SDK's structure name. A test
 * compares this with what the inventory asks.
 */
export const sentMembers: Readonly<Record<string, readonly string[]>> = {
  DescribeInstancesRequest: [...ofLists, 'IncludeManagedResources'],
  DescribeNetworkInterfacesRequest: [...ofLists, 'IncludeManagedResources'],
  DescribeTagsRequest: ofLists,
  DescribeTrafficMirrorFiltersRequest: ofLists,
  DescribeTrafficMirrorSessionsRequest: ofLists,
  DescribeTrafficMirrorTargetsRequest: ofLists,
};
