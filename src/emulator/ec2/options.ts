/** Every setting of the emulated EC2, with its default; all of them may be changed while it runs. */

/** Millisecond delays, latencies and lags are on the host's clock. */
export interface Ec2Options {
  /** Whether the default VPC with a subnet in each of three zones exists from the start. */
  startNetwork: boolean;

  /** Instance transitions: pending to running, stopping to stopped, shutting-down to terminated. */
  pendingMs: number;
  stoppingMs: number;
  shuttingDownMs: number;
  /** From the warning to the interruption of a Spot Instance; a hibernation begins at once. */
  spotNoticeMs: number;
  /** Attaching to attached, and detaching to free. */
  attachMs: number;
  detachMs: number;
  /** After `terminated`: when the instance loses its tags, and when it is no longer described. */
  terminatedTagsMs: number;
  terminatedVisibleMs: number;

  /** How long after a change describes still show what was before. */
  createLagMs: number;
  modifyLagMs: number;
  deleteLagMs: number;
  tagLagMs: number;
  /** Whether calls that name an id also miss what describes do not show yet. */
  lagOnCommands: boolean;

  /** Items on a page when the request names no `MaxResults`; 0: everything. */
  defaultPageSize: number;
  /** Items on a page at most, whatever `MaxResults` says; 0: as many as it says. */
  largestPageSize: number;
  /** The page, counted from 1, that comes empty but with a token; 0: none. */
  emptyPage: number;
  /** Lists come in an order made from this seed; 0: oldest first. */
  shuffleSeed: number;
  invalidTokenCode: 'InvalidNextToken' | 'InvalidPaginationToken';
  unknownFilterCode: 'InvalidFilter' | 'InvalidParameterValue';

  /** Token buckets per action by the published tables; `throttleScale` multiplies bucket sizes and refill rates. */
  throttling: boolean;
  throttleScale: number;

  /** Whether `tag:KEY` and `tag-key` work on the mirror describes: on all, on targets only (as seen), on none. */
  mirrorTagFilters: 'match' | 'targets' | 'refuse';
  /** The errors page and the wire spell the mirror codes differently. */
  errorSpelling: 'documented' | 'observed';
  duplicateSessionNumberCode: string;
  targetDestinationCode: string;
  /** A ClientToken whose object has been deleted: the old answer, or a new object. */
  tokenAfterDeletion: 'stale' | 'create';

  sessionsPerAccount: number;
  targetsPerAccount: number;
  filtersPerAccount: number;
  sessionsPerInterface: number;
  rulesPerFilter: number;
  rulesPerFilterScope: 'total' | 'direction';
  sourcesPerInterfaceTarget: number;
  /** Where the target's instance is of a type that allows more. */
  sourcesPerLargeInterfaceTarget: number;
  sourcesCountedAs: 'sessions' | 'interfaces';
  virtualNetworkIdMax: number;
  ruleNumberMax: number;
  /** Overrides of which instance types can be sources, by type (`t2.micro`) or family (`t2`). */
  sourceTypes: Readonly<Record<string, boolean>>;
  /** The Network Load Balancers that exist, by ARN; `any`: whatever has the form of one of this account and Region. */
  loadBalancers: 'any' | readonly string[];

  /** Whether tags given in a create call make a tag event, and whether mirror objects make tag events at all. */
  tagEventsOnCreate: boolean;
  tagEventsForMirror: boolean;
  stateEventLatencyMs: number;
  tagEventLatencyMs: number;
  cloudTrail: boolean;
  cloudTrailLatencyMs: number;
}

export const defaultEc2Options: Readonly<Ec2Options> = {
  startNetwork: true,
  pendingMs: 150,
  stoppingMs: 150,
  shuttingDownMs: 150,
  spotNoticeMs: 120_000,
  attachMs: 75,
  detachMs: 75,
  terminatedTagsMs: 600_000,
  terminatedVisibleMs: 3_600_000,
  createLagMs: 0,
  modifyLagMs: 0,
  deleteLagMs: 0,
  tagLagMs: 0,
  lagOnCommands: false,
  defaultPageSize: 0,
  largestPageSize: 0,
  emptyPage: 0,
  shuffleSeed: 0,
  invalidTokenCode: 'InvalidNextToken',
  unknownFilterCode: 'InvalidFilter',
  throttling: false,
  throttleScale: 1,
  mirrorTagFilters: 'targets',
  errorSpelling: 'observed',
  duplicateSessionNumberCode: 'InvalidParameterValue',
  targetDestinationCode: 'InvalidInput',
  tokenAfterDeletion: 'stale',
  sessionsPerAccount: 10_000,
  targetsPerAccount: 10_000,
  filtersPerAccount: 10_000,
  sessionsPerInterface: 3,
  rulesPerFilter: 10,
  rulesPerFilterScope: 'total',
  sourcesPerInterfaceTarget: 10,
  sourcesPerLargeInterfaceTarget: 100,
  sourcesCountedAs: 'sessions',
  virtualNetworkIdMax: 16_777_215,
  ruleNumberMax: 32_766,
  sourceTypes: {},
  loadBalancers: 'any',
  tagEventsOnCreate: true,
  tagEventsForMirror: false,
  stateEventLatencyMs: 0,
  tagEventLatencyMs: 0,
  cloudTrail: true,
  cloudTrailLatencyMs: 500,
};
