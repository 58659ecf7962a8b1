/** A finding as GuardDuty sends it, with what its user guide shows. https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html */
export interface FindingShape {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly severity?: unknown;
  readonly resourceType?: unknown;
  readonly archived?: boolean;
  readonly accountId?: string;
}

/** The `detail` of the event. */
export function findingDetail(instanceId: unknown, more: FindingShape = {}) {
  const { id = '16afba5c5c43e07c9e3e5e2e544e95df', type = 'Backdoor:EC2/C&CActivity.B!DNS', severity = 8 } = more;
  const { resourceType = 'Instance', archived = false, accountId = '111122223333' } = more;
  return {
    schemaVersion: '2.0',
    accountId,
    region: 'eu-west-1',
    partition: 'aws',
    id,
    arn: `arn:aws:guardduty:eu-west-1:${accountId}:detector/12ab/finding/16af`,
    type,
    severity,
    title: 'Command and Control server domain name queried by an EC2 instance.',
    description: 'The EC2 instance is querying a domain name that is associated with a known Command & Control server.',
    createdAt: '2026-11-23T02:40:00.000Z',
    updatedAt: '2026-11-23T02:43:00.000Z',
    resource: {
      resourceType,
      instanceDetails: {
        instanceId,
        instanceType: 'm5.large',
        instanceState: 'running',
        availabilityZone: 'eu-west-1a',
        outpostArn: null,
        platform: null,
        productCodes: [],
        tags: [{ key: 'mirror', value: 'what a finding says of tags is old' }],
        networkInterfaces: [],
      },
    },
    service: {
      serviceName: 'guardduty',
      detectorId: '12ab',
      action: { actionType: 'DNS_REQUEST', dnsRequestAction: { domain: 'example.com', protocol: 'UDP', blocked: false } },
      evidence: null,
      resourceRole: 'TARGET',
      count: 1,
      archived,
      additionalInfo: { value: '{}', type: 'default' },
    },
  };
}

/** The whole event. */
export function findingEvent(instanceId: unknown, more: FindingShape = {}, envelope: object = {}) {
  return {
    version: '0',
    id: 'finding-1',
    'detail-type': 'GuardDuty Finding',
    source: 'aws.guardduty',
    account: '111122223333',
    time: '2026-11-23T02:44:00Z',
    region: 'eu-west-1',
    resources: [],
    detail: findingDetail(instanceId, more),
    ...envelope,
  };
}
