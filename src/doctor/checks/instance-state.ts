import type { Check } from '../check.ts';
import { fail, pass } from '../finding.ts';

export const instanceState: Check = {
  id: 'instance-state',
  title: 'Instance runs',
  expects: 'the instance is running: nothing else sends or receives packets',
  about: 'instance',
  examine({ instance: { id, state } }) {
    if (state === 'running') return pass(`${id} is running`);
    return fail(
      `${id} is ${state}`,
      state === 'pending' ? 'wait until it runs' : 'start the instance, or leave it: it has no traffic to mirror',
    );
  },
};
