import type { Check } from '../check.ts';
import { fail, pass, unknown, whenRead } from '../finding.ts';
import { sessionsOn } from '../sessions-on.ts';

export const mirrorMetrics: Check = {
  id: 'metrics',
  title: 'EC2 has mirrored packets',
  expects:
    'CloudWatch shows bytes mirrored in the last hour (NetworkMirrorIn, NetworkMirrorOut), and none skipped (NetworkSkipMirrorIn, NetworkSkipMirrorOut)',
  about: 'instance',
  examine({ instance, decision }, facts) {
    const hasSession = instance.networkInterfaces.some(({ id }) => sessionsOn(facts, id).length > 0);
    if (decision.outcome !== 'mirror' || !hasSession) return undefined;
    return whenRead('CloudWatch metrics', facts.metrics, (value) => {
      const { mirroredIn, mirroredOut, skippedIn = 0, skippedOut = 0 } = value[instance.id] ?? {};
      if (mirroredIn === undefined && mirroredOut === undefined)
        return unknown(
          'CloudWatch has no figures of mirroring for the last hour',
          'wait ten minutes after the session was made, and ask again; EC2 reports every five minutes while there is traffic',
        );
      const told = `in the last hour ${bytes(mirroredIn)} in and ${bytes(mirroredOut)} out were mirrored`;
      if ((mirroredIn ?? 0) + (mirroredOut ?? 0) === 0)
        return fail(told, 'look whether the instance has traffic that the filter accepts; then at the checks of the way above');
      if (skippedIn + skippedOut > 0)
        return fail(
          `${told}, but ${bytes(skippedIn)} in and ${bytes(skippedOut)} out were skipped, because production traffic comes first`,
          'the instance is short of bandwidth: mirror less (a narrower filter, a shorter packetLength), or take a larger type',
        );
      return pass(told);
    });
  },
};

function bytes(count: number | undefined): string {
  return count === undefined ? 'an unknown number of bytes' : `${count.toLocaleString('en-US')} bytes`;
}
