/** Seeded randomness and ids, and who the callers of an emulated account are. */
import type { Caller } from './core.ts';

/** Uniform in [0, 1) by mulberry32: the same seed gives the same run. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface Ids {
  newId(prefix: string): string;
  newUuid(): string;
}

export function seededIds(random: () => number): Ids {
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) {
      text += Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    }
    return text.slice(0, digits);
  };
  return {
    newId: (prefix) => `${prefix}-${hex(17)}`,
    newUuid: () => {
      const variant = '89ab'.charAt(Math.floor(random() * 4));
      return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
    },
  };
}

export interface RoleSession {
  readonly accessKeyId: string;
  /** `arn:aws:iam::ACCOUNT:role/[path/]name` */
  readonly roleArn: string;
  readonly sessionName: string;
}

export interface Callers {
  register(session: RoleSession): Caller;
  /** The role session with this key, otherwise the account's administrator. */
  callerOf(accessKeyId: string | undefined): Caller;
}

export function createCallers(account: { readonly accountId: string; readonly partition: string }, ids: Ids): Callers {
  const { accountId, partition } = account;
  const sessions = new Map<string, Caller>();
  const roleIds = new Map<string, string>();
  const roleIdOf = (roleArn: string): string => {
    const known = roleIds.get(roleArn) ?? `AROA${ids.newUuid().replaceAll('-', '').slice(0, 17).toUpperCase()}`;
    roleIds.set(roleArn, known);
    return known;
  };
  return {
    register({ accessKeyId, roleArn, sessionName }) {
      const roleName = roleArn.slice(roleArn.lastIndexOf('/') + 1);
      const caller: Caller = {
        accountId,
        arn: `arn:${partition}:sts::${accountId}:assumed-role/${roleName}/${sessionName}`,
        accessKeyId,
        principalId: `${roleIdOf(roleArn)}:${sessionName}`,
        kind: 'role',
        roleArn,
      };
      sessions.set(accessKeyId, caller);
      return caller;
    },
    callerOf: (accessKeyId) =>
      sessions.get(accessKeyId ?? '') ?? {
        accountId,
        arn: `arn:${partition}:iam::${accountId}:user/local`,
        accessKeyId: accessKeyId ?? 'AKIALOCALLOCALLOCAL1',
        principalId: 'AIDALOCALLOCALLOCAL1',
        kind: 'user',
      },
  };
}
