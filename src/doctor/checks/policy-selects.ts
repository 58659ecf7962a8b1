import type { Check } from '../check.ts';
import { fail, pass } from '../finding.ts';

export const policySelects: Check = {
  id: 'policy',
  title: 'Policy selects the instance',
  expects: 'the policy decides to mirror the instance',
  about: 'instance',
  examine({ instance, decision }) {
    const { outcome, reason } = decision;
    const because = `${reason.code}: ${reason.detail}`;
    if (outcome === 'mirror') return pass(because);
    return fail(because, outcome === 'refuse' ? 'remove what the reason names' : adviceFor(reason.code, instance.id));
  },
};

function adviceFor(code: string, instanceId: string): string {
  switch (code) {
    case 'no-rule-matched':
    case 'opted-out':
      return `tag it: aws ec2 create-tags --resources ${instanceId} --tags Key=mirror,Value=true; or add a rule to the policy that matches it`;
    case 'never-mirrored':
      return "the policy's never list wins over tags: change the list, if the instance may be mirrored";
    case 'until-passed':
      return 'set the tag mirror-until to a later time, or remove it';
    case 'instance-stopped':
      return 'start the instance';
    default:
      return 'change the tag or the policy that the reason names, if the instance shall be mirrored';
  }
}
