/**
 * Stands in for `@smithy/core/event-streams` in the handler's bundle: no operation of EC2 or EventBridge streams. The SDK
 * imports it lazily, and that one dynamic import would keep esbuild from dropping unused code anywhere below it.
 */

/** Throws: reached only by an operation with an event stream. */
export function eventStreamSerdeProvider(): never {
  throw new Error('event streams are not part of this bundle');
}

/** Never constructed; the provider above throws first. */
export class EventStreamSerde {}
