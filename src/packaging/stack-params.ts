/** The checks of what a deployer may set (`--param=name=value`, or `params` in serverless.yml). */

export interface StackParams {
  readonly owner: string;
  readonly sweepEvery: string;
  readonly retentionDays: string;
  readonly auditRetentionDays: string;
  readonly alarmTopicArn: string;
  readonly logLevel: string;
  readonly cloudTrail: string;
}

/**
 * The only values that CloudWatch Logs takes, in days.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
 */
const retentionValues = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

const retention = (value: string): string | undefined =>
  retentionValues.map(String).includes(value) ? undefined : `must be one of ${retentionValues.join(', ')} days`;

/** Each check returns what is wrong with a value, or undefined. */
const checks: Readonly<Record<keyof StackParams, (value: string) => string | undefined>> = {
  // It becomes a tag value, part of a log group's name and a string in event patterns and IAM conditions, where * and ? are wildcards.
  owner: (value) =>
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value) ? undefined : 'must be 1 to 64 letters, digits, dots, dashes or underscores',
  sweepEvery: (value) => {
    const [, count, unit] = /^([1-9]\d*) (minutes?|hours?|days?)$/.exec(value) ?? [];
    if (count === undefined || unit === undefined) return 'must be a number and a unit, such as "5 minutes" or "1 hour"';
    // EventBridge refuses "1 minutes" and "5 minute".
    if ((count === '1') === unit.endsWith('s'))
      return 'must be singular for 1 and plural otherwise, such as "1 hour" or "2 hours"';
    // The alarm on sweeps that do not come counts them by this time, and no alarm has a longer period.
    const perDay = unit.startsWith('minute') ? 1440 : unit.startsWith('hour') ? 24 : 1;
    return Number(count) > perDay ? 'must be at most "1 day"' : undefined;
  },
  retentionDays: retention,
  auditRetentionDays: retention,
  alarmTopicArn: (value) =>
    value === '' || /^arn:aws[a-z-]*:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+$/.test(value)
      ? undefined
      : 'must be the ARN of an SNS topic, or empty',
  logLevel: (value) => (['debug', 'info', 'warn', 'error'].includes(value) ? undefined : 'must be debug, info, warn or error'),
  cloudTrail: (value) => (['true', 'false'].includes(value) ? undefined : 'must be true or false'),
};

/** Lines of text, one per wrong value: `owner: "a b" must be …`; empty when all is well. Missing and unknown names are wrong too. */
export function checkStackParams(values: Readonly<Record<string, string | number | boolean>>): string[] {
  const known = Object.entries(checks).flatMap(([name, check]) => {
    const value = values[name];
    if (value === undefined) return [`${name}: is missing`];
    const problem = check(String(value));
    return problem === undefined ? [] : [`${name}: ${JSON.stringify(value)} ${problem}`];
  });
  const unknown = Object.keys(values).filter((name) => !(name in checks));
  return [...known, ...unknown.map((name) => `${name}: is not a parameter of this stack`)];
}
