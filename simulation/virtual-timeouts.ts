/** Time limits on virtual time: the product asks `AbortSignal.timeout` for them, which knows the machine's time alone, and the SDK ends its pauses by them. */
import type { VirtualClock } from '../src/emulator/clock.ts';

const real = AbortSignal.timeout.bind(AbortSignal);

/** From now on every time limit of this process runs on the clock, until the answer is called. */
export function limitBy(clock: VirtualClock): () => void {
  AbortSignal.timeout = (ms) => {
    const controller = new AbortController();
    clock.after(ms, () => controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError')));
    return controller.signal;
  };
  return () => {
    AbortSignal.timeout = real;
  };
}
