import {
  AssociateRouteTableCommand,
  AttachNetworkInterfaceCommand,
  CreateNetworkInterfaceCommand,
  CreateRouteTableCommand,
  CreateSubnetCommand,
  CreateTagsCommand,
  CreateVpcCommand,
  DescribeNetworkInterfacesCommand,
} from '@aws-sdk/client-ec2';
import type { DoctorBench } from './doctor-bench.ts';

/** The source `web` with its mirrored interface in zone a of another VPC, 10.9.0.0/16, whose own route table leads nowhere else; the sensor in zone b of the start network lets it in. */
export async function sourceInAnotherVpc(bench: DoctorBench) {
  const sensor = await bench.goodSensor(await bench.vxlanGroup('10.9.0.0/16'));
  const { Vpc } = await bench.ec2.send(new CreateVpcCommand({ CidrBlock: '10.9.0.0/16' }));
  const vpcId = Vpc?.VpcId ?? '';
  const subnet = async (CidrBlock: string, AvailabilityZone: string): Promise<string> => {
    const { Subnet } = await bench.ec2.send(new CreateSubnetCommand({ VpcId: vpcId, CidrBlock, AvailabilityZone }));
    return Subnet?.SubnetId ?? '';
  };
  const subnetIds = [await subnet('10.9.1.0/24', 'eu-west-1a'), await subnet('10.9.2.0/24', 'eu-west-1b')] as const;
  const web = await bench.instance({ Name: 'web', mirror: 'true' });
  const { NetworkInterface } = await bench.ec2.send(new CreateNetworkInterfaceCommand({ SubnetId: subnetIds[0] }));
  await bench.ec2.send(
    new AttachNetworkInterfaceCommand({
      InstanceId: web.id,
      NetworkInterfaceId: NetworkInterface?.NetworkInterfaceId,
      DeviceIndex: 1,
    }),
  );
  await bench.ec2.send(new CreateTagsCommand({ Resources: [web.id], Tags: [{ Key: 'mirror-interfaces', Value: '1' }] }));
  const { RouteTable } = await bench.ec2.send(new CreateRouteTableCommand({ VpcId: vpcId }));
  const table = RouteTable?.RouteTableId ?? '';
  await bench.ec2.send(new AssociateRouteTableCommand({ RouteTableId: table, SubnetId: subnetIds[0] }));
  await bench.sweep();
  bench.figures(web.id, { NetworkMirrorIn: 1, NetworkMirrorOut: 1 });
  const { NetworkInterfaces } = await bench.ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [sensor.eni] }));
  return { id: web.id, table, vpcId, subnetIds, sensorVpcId: NetworkInterfaces?.[0]?.VpcId ?? '' };
}
