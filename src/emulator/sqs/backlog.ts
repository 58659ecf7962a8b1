/** Which messages of a queue may be received next, and in what order. */
import type { Message } from './message.ts';

export interface Backlog {
  add(message: Message): void;
  remove(message: Message): void;
  /** Tells that `message.state` has changed from `before`. */
  changed(message: Message, before: Message['state']): void;
  /** Ready messages in the order they may be handed out. The caller may take or remove each one while walking. */
  receivable(): Iterable<Message>;
  /** Whether this message, or for FIFO another one of its group, could be received now. */
  isReceivable(message: Message): boolean;
}

/** Standard queue: every ready message, oldest return or arrival first. */
export function createStandardBacklog(): Backlog {
  const ready = new Set<Message>();
  return {
    add(message) {
      if (message.state === 'ready') ready.add(message);
    },
    remove(message) {
      ready.delete(message);
    },
    changed(message) {
      if (message.state === 'ready') ready.add(message);
      else ready.delete(message);
    },
    receivable: () => ready,
    isReceivable: (message) => ready.has(message),
  };
}

interface MessageGroup {
  /** In order of arrival, including those in flight. */
  readonly messages: Message[];
  inFlight: number;
}

/**
 * FIFO queue: order within a message group; nothing of a group while one of its messages is in flight. As many messages as possible
 * of one group come first, then the next group's (SQS FIFO-queues-understanding-logic.html).
 */
export function createFifoBacklog(): Backlog {
  const groups = new Map<string, MessageGroup>();
  const groupOf = (message: Message): MessageGroup | undefined => groups.get(message.groupId ?? '');

  function* receivable(): Iterable<Message> {
    for (const [id, group] of groups) {
      if (group.inFlight > 0) continue;
      try {
        let at = 0;
        for (let message = group.messages[at]; message?.state === 'ready'; message = group.messages[at]) {
          yield message;
          // A message that was given up on has left the group; the next one stands in its place.
          if (group.messages[at] === message) at += 1;
        }
      } finally {
        // A group that was served goes to the end of the line; this walk meets it there again, locked, and passes it by.
        if (groups.get(id) === group && group.inFlight > 0 && groups.delete(id)) groups.set(id, group);
      }
    }
  }

  return {
    add(message) {
      const id = message.groupId ?? '';
      const group = groups.get(id) ?? { messages: [], inFlight: 0 };
      group.messages.push(message);
      groups.set(id, group);
    },
    remove(message) {
      const group = groupOf(message);
      if (group === undefined) return;
      const at = group.messages.indexOf(message);
      if (at < 0) return;
      group.messages.splice(at, 1);
      if (message.state === 'in-flight') group.inFlight -= 1;
      if (group.messages.length === 0) groups.delete(message.groupId ?? '');
    },
    changed(message, before) {
      const group = groupOf(message);
      if (group === undefined) return;
      group.inFlight += Number(message.state === 'in-flight') - Number(before === 'in-flight');
    },
    receivable,
    isReceivable(message) {
      const group = groupOf(message);
      return group !== undefined && group.inFlight === 0 && group.messages[0]?.state === 'ready';
    },
  };
}
