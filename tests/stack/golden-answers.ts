/** One answer of EC2 for every operation of the handler, with every member that it decodes, in the form of EC2's documentation. */

const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const wrap = (action: string, content: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><${action}Response xmlns="${namespace}"><requestId>r-1</requestId>${content}</${action}Response>`;

const tags =
  '<tagSet><item><key>Name</key><value>a &amp; b &lt;web&gt;</value></item><item><key>mirror</key><value/></item></tagSet>';
const rule = (id: string, direction: string): string =>
  `<item><trafficMirrorFilterRuleId>${id}</trafficMirrorFilterRuleId><trafficMirrorFilterId>tmf-1</trafficMirrorFilterId>` +
  `<trafficDirection>${direction}</trafficDirection><ruleNumber>100</ruleNumber><ruleAction>accept</ruleAction><protocol>6</protocol>` +
  '<destinationPortRange><fromPort>80</fromPort><toPort>443</toPort></destinationPortRange><sourcePortRange><fromPort>0</fromPort><toPort>65535</toPort></sourcePortRange>' +
  '<destinationCidrBlock>0.0.0.0/0</destinationCidrBlock><sourceCidrBlock>10.0.0.0/8</sourceCidrBlock><description>web</description></item>';
const filter = `<trafficMirrorFilterId>tmf-1</trafficMirrorFilterId><ingressFilterRuleSet>${rule('tmfr-1', 'ingress')}</ingressFilterRuleSet><egressFilterRuleSet>${rule('tmfr-2', 'egress')}</egressFilterRuleSet><networkServiceSet><item>amazon-dns</item></networkServiceSet><description>all</description>${tags}`;
const session = `<trafficMirrorSessionId>tms-1</trafficMirrorSessionId><trafficMirrorTargetId>tmt-1</trafficMirrorTargetId><trafficMirrorFilterId>tmf-1</trafficMirrorFilterId><networkInterfaceId>eni-1</networkInterfaceId><ownerId>111122223333</ownerId><packetLength>100</packetLength><sessionNumber>32766</sessionNumber><virtualNetworkId>16777215</virtualNetworkId><description/>${tags}`;

const attachment =
  '<attachment><attachmentId>eni-attach-1</attachmentId><deviceIndex>1</deviceIndex><status>attached</status>' +
  '<attachTime>2026-11-23T02:40:11.000Z</attachTime><deleteOnTermination>true</deleteOnTermination><networkCardIndex>0</networkCardIndex></attachment>';
const association = '<association><publicIp>198.51.100.7</publicIp><publicDnsName/><ipOwnerId>amazon</ipOwnerId></association>';
const operator = '<operator><managed>true</managed><principal>eks.amazonaws.com</principal></operator>';
const instanceInterface = `<item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><description>d</description><ownerId>111122223333</ownerId><status>in-use</status><macAddress>02:00:00:00:00:01</macAddress><privateIpAddress>10.0.0.1</privateIpAddress><interfaceType>interface</interfaceType><groupSet><item><groupId>sg-1</groupId><groupName>web</groupName></item></groupSet>${association}<privateIpAddressesSet><item><privateIpAddress>10.0.0.1</privateIpAddress><primary>true</primary>${association}</item></privateIpAddressesSet>${attachment}${operator}</item>`;
const instance = `<item><instanceId>i-1</instanceId><instanceState><code>16</code><name>running</name></instanceState><reason/><instanceType>m5.large</instanceType><launchTime>2026-11-23T02:40:11.000Z</launchTime><placement><availabilityZone>eu-west-1a</availabilityZone><availabilityZoneId>euw1-az1</availabilityZoneId><tenancy>default</tenancy></placement><platform>windows</platform><platformDetails>Windows with SQL Server Web</platformDetails><iamInstanceProfile><arn>arn:aws:iam::111122223333:instance-profile/web</arn><id>AIPA1</id></iamInstanceProfile><hypervisor>xen</hypervisor><instanceLifecycle>spot</instanceLifecycle><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><privateIpAddress>10.0.0.1</privateIpAddress>${tags}<networkInterfaceSet>${instanceInterface}</networkInterfaceSet>${operator}</item>`;
const eni = `<item><networkInterfaceId>eni-1</networkInterfaceId><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availabilityZone>eu-west-1a</availabilityZone><availabilityZoneId>euw1-az1</availabilityZoneId><description>d</description><ownerId>111122223333</ownerId><requesterId>amazon-rds</requesterId><requesterManaged>true</requesterManaged><status>in-use</status><macAddress>02:00:00:00:00:01</macAddress><privateIpAddress>10.0.0.1</privateIpAddress><interfaceType>interface</interfaceType><ipv6Native>false</ipv6Native>${attachment.replace('<status>', '<instanceId>i-1</instanceId><instanceOwnerId>111122223333</instanceOwnerId><status>')}<tagSet/>${operator}</item>`;

export const goldenAnswers = {
  DescribeInstances: wrap(
    'DescribeInstances',
    `<reservationSet><item><reservationId>r-1</reservationId><ownerId>111122223333</ownerId><requesterId>226008221399</requesterId><instancesSet>${instance}</instancesSet></item></reservationSet><nextToken>more</nextToken>`,
  ),
  DescribeNetworkInterfaces: wrap('DescribeNetworkInterfaces', `<networkInterfaceSet>${eni}</networkInterfaceSet><nextToken/>`),
  DescribeTags: wrap(
    'DescribeTags',
    '<tagSet><item><resourceId>vpc-1</resourceId><resourceType>vpc</resourceType><key>env</key><value>a &amp; b</value></item><item><resourceId>subnet-1</resourceId><resourceType>subnet</resourceType><key>mirror</key><value/></item></tagSet><nextToken>more</nextToken>',
  ),
  DescribeTrafficMirrorSessions: wrap(
    'DescribeTrafficMirrorSessions',
    `<trafficMirrorSessionSet><item>${session}</item></trafficMirrorSessionSet>`,
  ),
  DescribeTrafficMirrorTargets: wrap(
    'DescribeTrafficMirrorTargets',
    `<trafficMirrorTargetSet><item><trafficMirrorTargetId>tmt-1</trafficMirrorTargetId><networkInterfaceId>eni-9</networkInterfaceId><networkLoadBalancerArn>arn:n</networkLoadBalancerArn><gatewayLoadBalancerEndpointId>vpce-1</gatewayLoadBalancerEndpointId><type>network-interface</type><description>d</description><ownerId>111122223333</ownerId>${tags}</item></trafficMirrorTargetSet>`,
  ),
  DescribeTrafficMirrorFilters: wrap(
    'DescribeTrafficMirrorFilters',
    `<trafficMirrorFilterSet><item>${filter}</item></trafficMirrorFilterSet>`,
  ),
  CreateTrafficMirrorSession: wrap(
    'CreateTrafficMirrorSession',
    `<trafficMirrorSession>${session}</trafficMirrorSession><clientToken>t-1</clientToken>`,
  ),
  ModifyTrafficMirrorSession: wrap('ModifyTrafficMirrorSession', `<trafficMirrorSession>${session}</trafficMirrorSession>`),
  DeleteTrafficMirrorSession: wrap('DeleteTrafficMirrorSession', '<trafficMirrorSessionId>tms-1</trafficMirrorSessionId>'),
  CreateTrafficMirrorFilter: wrap(
    'CreateTrafficMirrorFilter',
    `<trafficMirrorFilter>${filter}</trafficMirrorFilter><clientToken>t-1</clientToken>`,
  ),
  CreateTrafficMirrorFilterRule: wrap(
    'CreateTrafficMirrorFilterRule',
    `<trafficMirrorFilterRule>${rule('tmfr-1', 'ingress').replace(/^<item>|<\/item>$/g, '')}</trafficMirrorFilterRule><clientToken>t-1</clientToken>`,
  ),
  ModifyTrafficMirrorFilterNetworkServices: wrap(
    'ModifyTrafficMirrorFilterNetworkServices',
    `<trafficMirrorFilter>${filter}</trafficMirrorFilter>`,
  ),
  DeleteTrafficMirrorFilter: wrap('DeleteTrafficMirrorFilter', '<trafficMirrorFilterId>tmf-1</trafficMirrorFilterId>'),
  CreateTrafficMirrorTarget: wrap(
    'CreateTrafficMirrorTarget',
    `<trafficMirrorTarget><trafficMirrorTargetId>tmt-1</trafficMirrorTargetId><networkLoadBalancerArn>arn:n</networkLoadBalancerArn><type>network-load-balancer</type><ownerId>111122223333</ownerId>${tags}</trafficMirrorTarget><clientToken>t-1</clientToken>`,
  ),
  DeleteTrafficMirrorTarget: wrap('DeleteTrafficMirrorTarget', '<trafficMirrorTargetId>tmt-1</trafficMirrorTargetId>'),
  CreateTags: wrap('CreateTags', '<return>true</return>'),
} as const;

export const errorAnswer = (code: string, message: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r-2</RequestID></Response>`;
