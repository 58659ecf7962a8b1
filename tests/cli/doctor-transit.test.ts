/** A way through a transit gateway that works, what breaks it, and what the doctor tells of each. */
import {
  CreateRouteCommand,
  CreateSubnetCommand,
  CreateTransitGatewayCommand,
  CreateTransitGatewayRouteCommand,
  CreateTransitGatewayVpcAttachmentCommand,
  CreateVpcCommand,
  DeleteTransitGatewayVpcAttachmentCommand,
  DisableTransitGatewayRouteTablePropagationCommand,
  DisassociateTransitGatewayRouteTableCommand,
  ModifyTransitGatewayVpcAttachmentCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DoctorBench, findings, verdicts } from './doctor-bench.ts';
import { sourceInAnotherVpc } from './source-in-another-vpc.ts';

let bench: DoctorBench;
beforeEach(async () => {
  bench = await DoctorBench.start();
});
afterEach(async () => {
  await bench.stop();
});

async function attach(tgw: string, VpcId: string, ...SubnetIds: string[]): Promise<string> {
  const { TransitGatewayVpcAttachment } = await bench.ec2.send(
    new CreateTransitGatewayVpcAttachmentCommand({ TransitGatewayId: tgw, VpcId, SubnetIds }),
  );
  return TransitGatewayVpcAttachment?.TransitGatewayAttachmentId ?? '';
}

/** Source and sensor in two VPCs that are attached to one gateway, each propagating to its default table. */
async function crossing() {
  const source = await sourceInAnotherVpc(bench);
  const { TransitGateway } = await bench.ec2.send(new CreateTransitGatewayCommand({}));
  const tgw = TransitGateway?.TransitGatewayId ?? '';
  const from = await attach(tgw, source.vpcId, source.subnetIds[0]);
  const to = await attach(tgw, source.sensorVpcId, bench.emulator.ec2.network?.subnetIds[2] ?? '');
  await bench.ec2.send(
    new CreateRouteCommand({ RouteTableId: source.table, DestinationCidrBlock: '10.0.0.0/8', TransitGatewayId: tgw }),
  );
  return { ...source, tgw, tgwTable: TransitGateway?.Options?.AssociationDefaultRouteTableId ?? '', from, to };
}
type Crossing = Awaited<ReturnType<typeof crossing>>;

const staticRoute = (TransitGatewayRouteTableId: string, DestinationCidrBlock: string, way: object) =>
  bench.ec2.send(new CreateTransitGatewayRouteCommand({ TransitGatewayRouteTableId, DestinationCidrBlock, ...way }));

const pair = ({ tgwTable }: Crossing, TransitGatewayAttachmentId: string) => ({
  TransitGatewayRouteTableId: tgwTable,
  TransitGatewayAttachmentId,
});

interface Fault {
  readonly name: string;
  readonly breakIt: (crossing: Crossing) => Promise<unknown>;
  readonly check?: 'route';
  readonly evidence: RegExp;
  readonly fix: RegExp;
}

const faults: readonly Fault[] = [
  {
    name: 'the source’s VPC was detached',
    breakIt: ({ from }) => bench.ec2.send(new DeleteTransitGatewayVpcAttachmentCommand({ TransitGatewayAttachmentId: from })),
    check: 'route',
    evidence: /leads 10\.0\.0\.0\/8 to tgw-\w+, which is gone \(blackhole\)/,
    fix: /replace the route 10\.0\.0\.0\/8/,
  },
  {
    name: 'the source’s attachment waits to be accepted',
    breakIt: async ({ from }) => bench.emulator.ec2.controls.setTransitGatewayAttachmentState(from, 'pendingAcceptance'),
    evidence: /tgw-attach-\w+ of vpc-\w+ is pendingAcceptance/,
    fix: /accept-transit-gateway-vpc-attachment --transit-gateway-attachment-id tgw-attach-/,
  },
  {
    name: 'the source’s attachment has no subnet in the source’s zone',
    breakIt: ({ from, subnetIds: [a, b] }) =>
      bench.ec2.send(
        new ModifyTransitGatewayVpcAttachmentCommand({
          TransitGatewayAttachmentId: from,
          AddSubnetIds: [b],
          RemoveSubnetIds: [a],
        }),
      ),
    evidence: /has no subnet in eu-west-1a, only in eu-west-1b/,
    fix: /modify-transit-gateway-vpc-attachment --transit-gateway-attachment-id tgw-attach-\w+ --add-subnet-ids/,
  },
  {
    name: 'the source’s attachment is associated with no table',
    breakIt: (made) => bench.ec2.send(new DisassociateTransitGatewayRouteTableCommand(pair(made, made.from))),
    evidence: /is associated with no route table of tgw-/,
    fix: /associate-transit-gateway-route-table --transit-gateway-attachment-id tgw-attach-/,
  },
  {
    name: 'the gateway has no route to the target’s VPC',
    breakIt: (made) => bench.ec2.send(new DisableTransitGatewayRouteTablePropagationCommand(pair(made, made.to))),
    evidence: /tgw-rtb-\w+, which routes what tgw-attach-\w+ of vpc-\w+ sends, has no route to 10\.0\.64\.\d+/,
    fix: /enable-transit-gateway-route-table-propagation --transit-gateway-route-table-id tgw-rtb-\w+ --transit-gateway-attachment-id tgw-attach-/,
  },
  {
    name: 'the gateway drops what goes to the target',
    breakIt: ({ tgwTable }) => staticRoute(tgwTable, '10.0.64.0/18', { Blackhole: true }),
    evidence: /leads 10\.0\.64\.0\/18 \(static\) nowhere \(blackhole\)/,
    fix: /replace the route 10\.0\.64\.0\/18 in tgw-rtb-/,
  },
  {
    name: 'the gateway leads to another VPC',
    breakIt: async ({ tgw, tgwTable }) => {
      const { Vpc } = await bench.ec2.send(new CreateVpcCommand({ CidrBlock: '10.20.0.0/16' }));
      const { Subnet } = await bench.ec2.send(
        new CreateSubnetCommand({ VpcId: Vpc?.VpcId, CidrBlock: '10.20.1.0/24', AvailabilityZone: 'eu-west-1a' }),
      );
      const other = await attach(tgw, Vpc?.VpcId ?? '', Subnet?.SubnetId ?? '');
      await staticRoute(tgwTable, '10.0.64.0/18', { TransitGatewayAttachmentId: other });
    },
    evidence: /but the target is in vpc-\w+, and rtb-\w+ \(the main table\) of subnet-\w+ there has no route to 10\.0\.64\.\d+/,
    fix: /make tgw-rtb-\w+ lead 10\.0\.64\.\d+ to the attachment of vpc-/,
  },
  {
    name: 'the gateway leads to a VPN',
    breakIt: ({ tgw, tgwTable }) => {
      const vpn = bench.emulator.ec2.controls.addTransitGatewayAttachment({
        transitGatewayId: tgw,
        resourceType: 'vpn',
        resourceId: 'vpn-0123456789abcdef0',
      });
      return staticRoute(tgwTable, '10.0.64.0/18', { TransitGatewayAttachmentId: vpn });
    },
    evidence: /which is of vpn vpn-0123456789abcdef0 and leads out of AWS/,
    fix: /more specific than 10\.0\.64\.0\/18/,
  },
  {
    name: 'the target’s attachment has failed',
    breakIt: async ({ to }) => bench.emulator.ec2.controls.setTransitGatewayAttachmentState(to, 'failed'),
    evidence: /but tgw-attach-\w+ of vpc-\w+ is failed/,
    fix: /attach vpc-\w+ to tgw-\w+ anew/,
  },
];

/** The calls that only the way through a gateway needs. */
const calls = [
  'DescribeTransitGatewayVpcAttachments',
  'DescribeTransitGatewayAttachments',
  'DescribeSubnets',
  'SearchTransitGatewayRoutes',
];

describe('automirror doctor, through a transit gateway', () => {
  it('finds no fault where every hop leads on, though the sensor’s zone has no subnet of the attachment', async () => {
    const { id } = await crossing();
    const told = await bench.doctor(id);
    expect(Object.values(verdicts(told))).not.toContain('fail');
    expect(verdicts(told)).toMatchObject({ route: 'pass', 'transit-gateway': 'pass' });
    expect(findings(told).get('transit-gateway')?.evidence).toMatch(
      /^tgw-attach-\w+ of vpc-\w+ serves eu-west-1a; tgw-rtb-\w+ of tgw-\w+, which routes what tgw-attach-\w+ of vpc-\w+ sends, leads 10\.0\.0\.0\/16 \(propagated\) to tgw-attach-\w+ of vpc-\w+; rtb-\w+ \(the main table\) of subnet-\w+ there leads 10\.0\.0\.0\/16 to local$/,
    );
  });

  it.each(faults)('finds that $name', async ({ breakIt, check = 'transit-gateway', evidence, fix }) => {
    const made = await crossing();
    await breakIt(made);
    const told = await bench.doctor(made.id);
    const failed = Object.entries(verdicts(told)).flatMap(([name, verdict]) => (verdict === 'fail' ? [name] : []));
    expect(failed).toEqual([check]);
    expect(findings(told).get(check)?.evidence).toMatch(evidence);
    expect(findings(told).get(check)?.fix).toMatch(fix);
  });

  it.each(calls)('does not pass, and names the call, when %s is not allowed', async (action) => {
    const { id } = await crossing();
    bench.emulator.ec2.controls.fail({ action, error: { code: 'UnauthorizedOperation', status: 403 } });
    const told = await bench.doctor(id);
    expect(Object.values(verdicts(told))).not.toContain('fail');
    expect(findings(told).get('transit-gateway')).toMatchObject({
      verdict: 'unknown',
      evidence: expect.stringContaining(`could not be read: ec2:${action}: UnauthorizedOperation`),
      fix: expect.stringContaining('allow the caller this call'),
    });
  });
});
