import type { Difference } from '../../audit/verification.ts';
import type { Verification } from '../commands/audit-verify.ts';
import { counted } from './numbers.ts';

/** The comparison of the trail with EC2, for people. */
export function verificationText({ equal, trail, functionLog, sessions, missing, extra }: Verification): string {
  const known = missing.filter(({ why }) => why === 'interface-gone' || why === 'replaced');
  const count = (why: Difference['why']) => known.filter((one) => one.why === why).length;
  const line =
    (what: string) =>
    ({ sessionId, eniId, instanceId, detail }: Difference) =>
      `${what} ${sessionId} on ${eniId ?? 'an interface that no record names'}${instanceId === undefined ? '' : ` of ${instanceId}`}\n      ${detail}`;
  const of = (differences: readonly Difference[], ...whys: readonly Difference['why'][]) =>
    differences.filter(({ why }) => whys.includes(why));
  return [
    `${counted(trail.records, 'record')} in ${trail.group}${trail.begins === null ? '' : `, from ${trail.begins} on`}.`,
    `Sessions of ours: ${sessions.byTrail} by the trail, ${sessions.inEc2} in EC2.`,
    ...(known.length === 0
      ? []
      : [
          `Ended without a deletion of ours: ${count('interface-gone')} with their interface, ${count('replaced')} by somebody else and put back.`,
        ]),
    ...of(missing, 'interrupted').map(line('  - deleted, and not told of:')),
    ...of(extra, 'interrupted').map(line('  + made, and not told of:')),
    ...of(missing, 'unrecorded').map(line('  - missing in EC2:')),
    ...of(extra, 'unrecorded').map(line('  + not in the trail:')),
    ...(functionLog?.error === undefined
      ? []
      : [`The function's log ${functionLog.group} may tell more, and could not be read: ${functionLog.error}`]),
    equal ? 'Every session is accounted for.' : 'The trail and EC2 differ.',
    '',
  ].join('\n');
}
