import { isInstanceId } from '../model/ids.ts';
import { excerpt, inner, type Parsers } from './parse.ts';

/** Longer texts are no ids or types of GuardDuty's. */
const textLimit = 128;

/**
 * Reads a finding on an instance; one on anything else is dropped.
 * https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html
 */
export const findingParsers: Parsers = {
  'aws.guardduty/GuardDuty Finding': ({ detail, id: eventId, at }) => {
    const trigger = { what: 'finding', ...eventId } as const;
    const { resourceType, instanceDetails } = inner(detail.resource);
    const { instanceId } = inner(instanceDetails);
    const { id, type, severity } = detail;
    if (resourceType !== 'Instance' || inner(detail.service).archived === true) {
      const what = `is archived, or about ${excerpt(String(resourceType))} and not an instance`;
      return { kind: 'drop', reason: 'event-unknown', detail: `the finding ${what}`, trigger };
    }
    if (
      typeof id !== 'string' ||
      typeof type !== 'string' ||
      typeof severity !== 'number' ||
      typeof instanceId !== 'string' ||
      !isInstanceId(instanceId)
    ) {
      return { kind: 'drop', reason: 'event-malformed', detail: 'the finding has no id, type, severity or instance', trigger };
    }
    const finding = { id: id.slice(0, textLimit), type: type.slice(0, textLimit), severity, instanceId };
    return { kind: 'finding', finding: Number.isNaN(at) ? finding : { ...finding, at }, trigger };
  },
};
