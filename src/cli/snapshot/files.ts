/** The lists of EC2 that a plan is computed from. */
export type ListName = 'instances' | 'networkInterfaces' | 'sessions' | 'targets' | 'filters' | 'networkTags';

/** One file of a snapshot: what an AWS CLI command prints, under the name that the command suggests. */
export interface SnapshotFile {
  readonly file: string;
  /** The member that holds the list. */
  readonly member: string;
  /** What prints it, too. */
  readonly command: string;
}

export const snapshotFiles: Readonly<Record<ListName, SnapshotFile>> = {
  instances: { file: 'instances.json', member: 'Reservations', command: 'aws ec2 describe-instances' },
  networkInterfaces: {
    file: 'network-interfaces.json',
    member: 'NetworkInterfaces',
    command: 'aws ec2 describe-network-interfaces',
  },
  sessions: {
    file: 'traffic-mirror-sessions.json',
    member: 'TrafficMirrorSessions',
    command: 'aws ec2 describe-traffic-mirror-sessions',
  },
  targets: {
    file: 'traffic-mirror-targets.json',
    member: 'TrafficMirrorTargets',
    command: 'aws ec2 describe-traffic-mirror-targets',
  },
  filters: {
    file: 'traffic-mirror-filters.json',
    member: 'TrafficMirrorFilters',
    command: 'aws ec2 describe-traffic-mirror-filters',
  },
  networkTags: {
    file: 'network-tags.json',
    member: 'Tags',
    command: 'aws ec2 describe-tags --filters Name=resource-type,Values=vpc,subnet',
  },
};

/** Whose account it is, as `aws sts get-caller-identity` prints it. */
export const identityFile = 'caller-identity.json';

/** When and where a snapshot was taken; written last, by `automirror snapshot` alone. */
export const aboutFile = 'snapshot.json';

export interface About {
  readonly snapshot: 1;
  /** ISO time. */
  readonly takenAt: string;
  readonly region: string;
}
