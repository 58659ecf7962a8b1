import { adviceOn } from '../advice.ts';
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
    if (reason.code === 'no-rule-matched' || reason.code === 'opted-out')
      return fail(
        because,
        `tag it: aws ec2 create-tags --resources ${instance.id} --tags Key=mirror,Value=true; or add a rule to the policy that matches it`,
      );
    return fail(
      because,
      adviceOn(reason.code) ?? 'change the tag or the policy that the reason names, if the instance shall be mirrored',
    );
  },
};
