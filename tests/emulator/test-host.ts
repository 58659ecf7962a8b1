/** A host for tests of one service: virtual time, seeded ids, every emitted event kept, everything allowed unless told otherwise. */
import { createVirtualClock, type VirtualClock } from '../../src/emulator/clock.ts';
import type { AuthorizationRequest, Authorizer, Caller, Host } from '../../src/emulator/core.ts';

export interface EmittedEvent {
  readonly source: string;
  readonly detailType: string;
  readonly resources: readonly string[];
  readonly detail: unknown;
  /** Epoch milliseconds of the host's clock. */
  readonly at: number;
}

export interface TestHost extends Host {
  readonly clock: VirtualClock;
  readonly emitted: EmittedEvent[];
  /** What the authorizer was asked, in order. */
  readonly asked: { readonly caller: Caller; readonly request: AuthorizationRequest }[];
  /** Replaces the authorizer's answer; undefined allows. */
  denyWith(answer: Authorizer['deny']): void;
}

export const testUser: Caller = {
  accountId: '111122223333',
  arn: 'arn:aws:iam::111122223333:user/tester',
  accessKeyId: 'AKIATESTTESTTESTTEST',
  principalId: 'AIDATESTTESTTESTTEST',
  kind: 'user',
};

/** A small seeded generator (mulberry32): the same seed gives the same run. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function createTestHost(seed = 1): TestHost {
  const clock = createVirtualClock(Date.UTC(2026, 10, 23, 2, 40));
  const random = seededRandom(seed);
  const hex = (digits: number): string => Array.from({ length: digits }, () => Math.floor(random() * 16).toString(16)).join('');
  const emitted: EmittedEvent[] = [];
  const asked: TestHost['asked'] = [];
  let deny: Authorizer['deny'] = () => undefined;
  return {
    clock,
    emitted,
    asked,
    accountId: '111122223333',
    region: 'eu-west-1',
    partition: 'aws',
    random,
    newId: (prefix) => `${prefix}-${hex(17)}`,
    newUuid: () => `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`,
    emit: ({ source, detailType, resources = [], detail }) => {
      emitted.push({ source, detailType, resources, detail, at: clock.now() });
    },
    authorizer: {
      deny(caller, request) {
        asked.push({ caller, request });
        return deny(caller, request);
      },
    },
    denyWith: (answer) => {
      deny = answer;
    },
  };
}
