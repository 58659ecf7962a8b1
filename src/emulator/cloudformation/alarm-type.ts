/** AWS::CloudWatch::Alarm: on one metric, or on one metric filled by metric math. */
import { z } from 'zod';
import type { AlarmDefinition } from '../cloudwatch/alarm-definition.ts';
import { inert, numeric, type ResourceContext, resourceType, text } from './resource-type.ts';
import { TemplateError } from './template.ts';

const dimensions = z
  .array(z.strictObject({ Name: text, Value: text }))
  .max(30)
  .transform((list) => Object.fromEntries(list.map(({ Name, Value }) => [Name, Value])));
const statistic = z.enum(['SampleCount', 'Sum', 'Average', 'Minimum', 'Maximum']);
const actions = z.array(text).max(5).optional();

/** `FILL(id, number)`, the one function that is understood. */
const query = z.strictObject({
  Id: text,
  Expression: z.string().optional(),
  Label: inert,
  MetricStat: z
    .strictObject({
      Metric: z.strictObject({ Namespace: text, MetricName: text, Dimensions: dimensions.optional() }),
      Period: numeric,
      Stat: statistic,
    })
    .optional(),
  ReturnData: z.boolean().optional(),
});

const shape = {
  AlarmName: text.optional(),
  AlarmDescription: text.optional(),
  Namespace: text.optional(),
  MetricName: text.optional(),
  Dimensions: dimensions.optional(),
  Statistic: statistic.optional(),
  Period: numeric.optional(),
  Metrics: z.array(query).optional(),
  EvaluationPeriods: numeric,
  DatapointsToAlarm: numeric.optional(),
  ComparisonOperator: z.enum([
    'GreaterThanThreshold',
    'GreaterThanOrEqualToThreshold',
    'LessThanThreshold',
    'LessThanOrEqualToThreshold',
  ]),
  Threshold: numeric,
  TreatMissingData: z.enum(['breaching', 'notBreaching', 'ignore', 'missing']).optional(),
  AlarmActions: actions,
  OKActions: actions,
  InsufficientDataActions: actions,
  Unit: inert,
  Tags: inert,
};
type Properties = z.output<z.ZodObject<typeof shape>>;

/** Creates the alarm; its id is its name. */
export const alarmType = resourceType(shape, (properties, context) => {
  const { cloudWatch, host } = context.emulator;
  const name = properties.AlarmName ?? context.generateName(255);
  const { AlarmDescription: description, DatapointsToAlarm: datapointsToAlarm, TreatMissingData: treatMissingData } = properties;
  cloudWatch.alarms.put({
    name,
    ...(description === undefined ? {} : { description }),
    ...watched(properties, context),
    evaluationPeriods: properties.EvaluationPeriods,
    ...(datapointsToAlarm === undefined ? {} : { datapointsToAlarm }),
    comparison: properties.ComparisonOperator,
    threshold: properties.Threshold,
    ...(treatMissingData === undefined ? {} : { treatMissingData }),
    actions: {
      ALARM: properties.AlarmActions ?? [],
      OK: properties.OKActions ?? [],
      INSUFFICIENT_DATA: properties.InsufficientDataActions ?? [],
    },
  });
  const arn = `arn:${host.partition}:cloudwatch:${host.region}:${host.accountId}:alarm:${name}`;
  return { physicalId: name, attributes: { Arn: arn }, remove: () => cloudWatch.alarms.delete(name) };
});

type Watched = Pick<AlarmDefinition, 'metric' | 'statistic' | 'periodSeconds' | 'fill'>;

function watched(properties: Properties, { logicalId }: ResourceContext): Watched {
  const { Namespace, MetricName, Dimensions = {}, Statistic, Period, Metrics } = properties;
  if (Metrics === undefined) {
    if (Namespace === undefined || MetricName === undefined || Statistic === undefined || Period === undefined)
      throw new TemplateError(`${logicalId}: give Namespace, MetricName, Statistic and Period, or Metrics`);
    return {
      metric: { namespace: Namespace, name: MetricName, dimensions: Dimensions },
      statistic: Statistic,
      periodSeconds: Period,
    };
  }
  if (MetricName !== undefined) throw new TemplateError(`${logicalId}: give either MetricName or Metrics`);
  const [, id, fill] =
    /^FILL\((\w+), *(-?\d+)\)$/.exec(Metrics.find(({ ReturnData }) => ReturnData !== false)?.Expression ?? '') ?? [];
  const stat = Metrics.find(({ Id, ReturnData }) => Id === id && ReturnData === false)?.MetricStat;
  if (stat === undefined || fill === undefined || Metrics.length !== 2)
    throw new TemplateError(`${logicalId}: Metrics must be a metric that is not returned and FILL(its id, a number)`);
  const { Metric, Stat, Period: seconds } = stat;
  return {
    metric: { namespace: Metric.Namespace, name: Metric.MetricName, dimensions: Metric.Dimensions ?? {} },
    statistic: Stat,
    periodSeconds: seconds,
    fill: Number(fill),
  };
}
