/** https://docs.aws.amazon.com/vpc/latest/mirroring/traffic-mirroring-quotas.html: of each account and Region, not adjustable. */
export const accountQuotas = { sessions: 10_000, targets: 10_000, filters: 10_000 } as const;
