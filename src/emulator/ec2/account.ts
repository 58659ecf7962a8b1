/** What operations work on: one emulated account and Region, and one call to it. */
import type { AuthorizationRequest, Caller, Host } from '../core.ts';
import type { Announcer } from './events.ts';
import type { Ec2Options } from './options.ts';
import type { Pager } from './paging.ts';
import type { Parameters } from './protocol/form.ts';
import type { World } from './world.ts';

export interface Account {
  readonly host: Host;
  readonly options: Ec2Options;
  readonly world: World;
  readonly announce: Announcer;
  readonly pager: Pager;
}

export interface Call extends Account {
  readonly caller: Caller;
  readonly requestId: string;
  /** The request as it came, without envelope. */
  readonly parameters: Parameters;
}

/**
 * One EC2 action. Methods run in the order written; each may refuse with an `AwsError`.
 * `Input` and `Output` are the shapes of the SDK's model: the decoder makes the one, the encoder writes the other.
 */
export interface Operation<Input extends object = object, Output extends object = object> {
  readonly name: string;
  readonly mutating: boolean;
  /** Looks at the request alone: ranges, forms of ids, parameters that exclude each other. */
  check?(input: Input, call: Call): void;
  /** The IAM decisions to take; left out: the action on resource `*`. */
  authorize?(input: Input, call: Call): readonly AuthorizationRequest[];
  /** How many instances the call starts, stops or terminates, for the buckets that count resources. */
  resourceTokens?(input: Input): number;
  perform(input: Input, call: Call): Output;
  /** With a ClientToken: the answer to a repeated request from how things are now, undefined when the object is gone. */
  repeat?(output: Output, call: Call): Output | undefined;
  /** CloudTrail's request parameters, where the general shape does not fit. */
  trail?(input: Input): object;
}

/** An operation whose own types only its file knows; method parameters are bivariant, so no cast is needed. */
export function operation<Input extends object, Output extends object>(spec: Operation<Input, Output>): Operation {
  return spec;
}
