import type { ActualSession } from '../../model/session.ts';

/** A session as EC2 holds it, in one line. */
export function sessionText({ id, eniId, targetId, filterId, sessionNumber, packetLength, vni }: ActualSession): string {
  const length = packetLength === undefined ? 'whole packets' : `${packetLength} bytes of each packet`;
  const network = vni === undefined ? '' : `, VNI ${vni}`;
  return `${id} on ${eniId} to ${targetId}, filter ${filterId}, number ${sessionNumber}, ${length}${network}`;
}
