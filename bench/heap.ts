/** How much of this process's heap is in use. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Follows what is in use beyond what is so now; each look collects garbage first, which takes time. */
export class HeapPeak {
  readonly #before: number;
  #peak: number;

  constructor() {
    collect();
    this.#before = process.memoryUsage().heapUsed;
    this.#peak = this.#before;
  }

  look(): void {
    collect();
    this.#peak = Math.max(this.#peak, process.memoryUsage().heapUsed);
  }

  get megabytes(): number {
    return (this.#peak - this.#before) / 1_000_000;
  }
}
