/** https://aws.amazon.com/vpc/pricing/, "Network Analysis": USD for an hour of a mirror session in us-east-1; other Regions differ. */
export const defaultPrice = 0.015;

/** What AWS's own calculator takes for a month. */
export const hoursPerMonth = 730;
