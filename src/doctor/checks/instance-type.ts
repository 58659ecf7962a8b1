import { instanceTypesAsOf, sourceSupport } from '../../policy/instance-types.ts';
import type { Check } from '../check.ts';
import { fail, pass, unknown } from '../finding.ts';
import { sessionsOn } from '../sessions-on.ts';

export const instanceType: Check = {
  id: 'instance-type',
  title: 'Instance type is supported',
  expects:
    'Traffic Mirroring supports the instance type as a source; a session on another type exists, is billed and carries nothing',
  about: 'instance',
  examine({ instance: { type, networkInterfaces } }, facts) {
    switch (sourceSupport(type)) {
      case 'listed':
        return pass(`${type} is on AWS's list of sources (table of ${instanceTypesAsOf})`);
      case 'never':
        return fail(
          `${type} was never supported as a source`,
          'change the instance to a supported type, such as m5, c5, r5 or t3',
        );
      case 'unlisted': {
        const has = networkInterfaces.some(({ id }) => sessionsOn(facts, id).length > 0);
        return unknown(
          `${type} is not on AWS's list of sources (table of ${instanceTypesAsOf})${has ? '; its session may be older than its type' : ''}`,
          'look the type up in the Traffic Mirroring guide; if it is not there, change the instance to a supported type',
        );
      }
    }
  },
};
