/**
 * The parameter sweepEvery in seconds, for the alarm on sweeps that do not come: Serverless resolves serverless.yml with it, and CloudFormation
 * cannot compute. What sweepEvery may be is checked in src/packaging/stack-params.ts, after this.
 */
const unitSeconds = { minute: 60, hour: 3600, day: 86_400 };

module.exports = async ({ resolveVariable }) => {
  const [, count, unit] = /^(\d+) (minute|hour|day)s?$/.exec(await resolveVariable('param:sweepEvery')) ?? [];
  return unit === undefined ? 300 : Number(count) * unitSeconds[unit];
};
