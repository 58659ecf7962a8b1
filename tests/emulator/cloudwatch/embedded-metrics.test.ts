import { describe, expect, it } from 'vitest';
import { readEmbeddedMetrics } from '../../../src/emulator/cloudwatch/embedded-metrics.ts';

const now = Date.UTC(2026, 10, 23, 2, 40);
const hourMs = 3_600_000;

interface Document {
  readonly Timestamp?: unknown;
  readonly Namespace?: unknown;
  readonly Dimensions?: unknown;
  readonly Metrics?: unknown;
  readonly root?: Record<string, unknown>;
}

function aLine(document: Document = {}): string {
  const { Timestamp = now, root = { Owner: 'o', Reason: 'denied', Failed: 2, Times: [1, 2, 3] }, ...rest } = document;
  const Metrics = [{ Name: 'Failed', Unit: 'Count' }];
  const directive = { Namespace: 'n', Dimensions: [['Owner']], Metrics, ...rest };
  return JSON.stringify({ _aws: { Timestamp, CloudWatchMetrics: [directive] }, ...root });
}

describe('a log line in the embedded metric format', () => {
  it('gives each metric for each set of dimensions', () => {
    const line = aLine({
      Dimensions: [['Owner'], ['Owner', 'Reason'], []],
      Metrics: [{ Name: 'Failed', Unit: 'Count' }, { Name: 'Times' }],
    });
    const failed = { namespace: 'n', name: 'Failed', timestamp: now, values: [2], unit: 'Count' };
    const times = { namespace: 'n', name: 'Times', timestamp: now, values: [1, 2, 3] };
    const byOwner = { dimensions: { Owner: 'o' } };
    const byReason = { dimensions: { Owner: 'o', Reason: 'denied' } };
    const whole = { dimensions: {} };
    expect(readEmbeddedMetrics(line, now)).toEqual({
      data: [
        { ...failed, ...byOwner },
        { ...times, ...byOwner },
        { ...failed, ...byReason },
        { ...times, ...byReason },
        { ...failed, ...whole },
        { ...times, ...whole },
      ],
    });
  });

  it.each([
    ['text', 'REPORT "_aws"'],
    ['other JSON', '{"level":"INFO","note":"\\"_aws\\""}'],
    ['JSON that is no object', '["_aws"]'],
  ])('is not what %s is', (_what, line) => {
    expect(readEmbeddedMetrics(line, now)).toBeUndefined();
  });

  it.each<[string, Document, string]>([
    ['without a timestamp', { Timestamp: 'now' }, 'Timestamp'],
    ['of three hours ahead', { Timestamp: now + 3 * hourMs }, 'two hours ahead'],
    ['of a month ago', { Timestamp: now - 720 * hourMs }, '14 days past'],
    ['without a namespace', { Namespace: '' }, 'Namespace'],
    ['with an unknown unit', { Metrics: [{ Name: 'Failed', Unit: 'Pieces' }] }, 'Unit'],
    ['with a metric that is not there', { Metrics: [{ Name: 'Gone' }] }, 'the metric Gone is no number'],
    ['with a metric that is text', { Metrics: [{ Name: 'Owner' }] }, 'the metric Owner is no number'],
    ['with a dimension that is not there', { Dimensions: [['Stage']] }, 'the dimension Stage is no text'],
    ['with a dimension that is a number', { Dimensions: [['Failed']] }, 'the dimension Failed is no text'],
    ['with 31 dimensions', { Dimensions: [Array.from({ length: 31 }, (_, n) => `d${n}`)] }, 'Dimensions'],
    ['with 101 metrics', { Metrics: Array.from({ length: 101 }, () => ({ Name: 'Failed' })) }, 'Metrics'],
  ])('is refused whole %s', (_what, document, reason) => {
    expect(readEmbeddedMetrics(aLine(document), now)).toEqual({ refused: expect.stringContaining(reason) });
  });
});
