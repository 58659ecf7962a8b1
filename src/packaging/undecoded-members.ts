/**
 * Nested members of EC2 answers that the bundled client leaves undecoded: the handler reads none of them, and their schemas would be a
 * sixth of its bundle. The command line tool uses the SDK as it is and sees everything. Plain members are never listed here.
 *
 * Keyed by the SDK's structure name. A test fails if the handler's sources read one of these.
 */
export const undecodedMembers: Readonly<Record<string, readonly string[]>> = {
  Reservation: ['Groups'],
  Instance: [
    'BlockDeviceMappings',
    'CapacityReservationSpecification',
    'CpuOptions',
    'ElasticGpuAssociations',
    'ElasticInferenceAcceleratorAssociations',
    'EnclaveOptions',
    'HibernationOptions',
    'IamInstanceProfile',
    'Licenses',
    'MaintenanceOptions',
    'MetadataOptions',
    'Monitoring',
    'NetworkPerformanceOptions',
    'PrivateDnsNameOptions',
    'ProductCodes',
    'SecondaryInterfaces',
    'SecurityGroups',
  ],
  InstanceNetworkInterface: [
    'Association',
    'ConnectionTrackingConfiguration',
    'Groups',
    'Ipv4Prefixes',
    'Ipv6Prefixes',
    'PrivateIpAddresses',
  ],
  InstanceNetworkInterfaceAttachment: ['EnaSrdSpecification'],
  NetworkInterface: [
    'AssociatedSubnets',
    'Association',
    'ConnectionTrackingConfiguration',
    'Groups',
    'Ipv4Prefixes',
    'Ipv6Prefixes',
    'PrivateIpAddresses',
    'PublicIpDnsNameOptions',
  ],
  NetworkInterfaceAttachment: ['EnaSrdSpecification'],
};
