import type { Decision } from '../model/decision.ts';
import type { Instance } from '../model/instance.ts';
import type { ActualSession } from '../model/session.ts';
import type { Facts } from './facts.ts';
import type { Finding } from './finding.ts';
import type { Flow } from './flow.ts';

export interface InstanceSubject {
  readonly instance: Instance;
  readonly decision: Decision;
}

/** One session of ours on an interface of the instance. */
export interface SessionSubject extends InstanceSubject {
  readonly session: ActualSession;
  /** The traffic that the caller asks about, if any. */
  readonly flow?: Flow;
}

interface CheckNames {
  /** Stable: it stands in JSON output and in the documentation. */
  readonly id: string;
  readonly title: string;
  /** What must be so for packets to arrive. */
  readonly expects: string;
}

/** One thing that must be right. It is pure: the same facts give the same finding, and undefined means that it does not concern the subject. */
export type Check = CheckNames &
  (
    | {
        readonly about: 'instance';
        readonly examine: (subject: InstanceSubject, facts: Facts) => Finding | undefined;
      }
    | {
        readonly about: 'session';
        readonly examine: (subject: SessionSubject, facts: Facts) => Finding | undefined;
      }
  );
