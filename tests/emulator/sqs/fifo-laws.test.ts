import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSqs } from '../../../src/emulator/sqs/sqs.ts';
import { createTestHost } from '../test-host.ts';

const step = fc.oneof(
  fc.record({ kind: fc.constant('send' as const), group: fc.constantFrom('a', 'b', 'c') }),
  fc.record({ kind: fc.constant('receive' as const), max: fc.integer({ min: 1, max: 10 }) }),
  fc.record({ kind: fc.constant('delete' as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant('release' as const), pick: fc.nat() }),
  fc.record({ kind: fc.constant('wait' as const), seconds: fc.integer({ min: 0, max: 12 }) }),
);

test('whatever happens, a FIFO queue keeps order in a group, locks groups in flight, and loses nothing', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const host = createTestHost();
      const sqs = createSqs(host, { endpoint: () => 'http://emulator.invalid' });
      const queue = sqs.createQueue('q.fifo', { fifo: true, contentBasedDeduplication: true, visibilityTimeoutSeconds: 10 });
      // The model: bodies not yet deleted, by group in order of sending; and who is in flight until when.
      const waiting = new Map<string, string[]>();
      const inFlight = new Map<string, { handle: string; group: string; until: number }>();
      let sent = 0;

      const receive = (max: number): number => {
        for (const [body, { until }] of inFlight) if (until <= host.clock.now()) inFlight.delete(body);
        const locked = new Set([...inFlight.values()].map(({ group }) => group));
        const messages = queue.receive({ max });
        const taken = new Map<string, number>();
        for (const { body, receiptHandle, attributes } of messages) {
          const group = attributes.MessageGroupId ?? '';
          const position = taken.get(group) ?? 0;
          expect(locked.has(group)).toBe(false);
          expect(body).toBe(waiting.get(group)?.[position]);
          taken.set(group, position + 1);
          inFlight.set(body, { handle: receiptHandle, group, until: host.clock.now() + 10_000 });
        }
        const free = [...waiting].filter(([group]) => !locked.has(group)).reduce((sum, [, bodies]) => sum + bodies.length, 0);
        expect(messages).toHaveLength(Math.min(max, free));
        return messages.length;
      };
      const remove = (body: string, handle: string, group: string): void => {
        queue.delete(handle);
        inFlight.delete(body);
        waiting.set(group, waiting.get(group)?.filter((other) => other !== body) ?? []);
      };

      for (const one of steps) {
        const chosen = 'pick' in one ? [...inFlight].filter(([, { until }]) => until > host.clock.now()) : [];
        const [body, flight] = ('pick' in one ? chosen[one.pick % Math.max(1, chosen.length)] : undefined) ?? [];
        if (one.kind === 'send') {
          sent += 1;
          queue.send({ body: `m${sent}`, groupId: one.group });
          waiting.set(one.group, [...(waiting.get(one.group) ?? []), `m${sent}`]);
        } else if (one.kind === 'receive') receive(one.max);
        else if (one.kind === 'wait') await host.clock.advance(one.seconds * 1000);
        else if (body !== undefined && flight !== undefined) {
          if (one.kind === 'delete') remove(body, flight.handle, flight.group);
          else {
            queue.changeVisibility(flight.handle, 0);
            inFlight.delete(body);
          }
        }
      }

      // Everything that was sent and not deleted can still be received and deleted, in order.
      await host.clock.advance(10_000);
      while (receive(10) > 0) for (const [body, { handle, group }] of Array.from(inFlight)) remove(body, handle, group);
      expect([...waiting.values()].flat()).toEqual([]);
      expect(queue.counts()).toEqual({ visible: 0, inFlight: 0, delayed: 0 });
    }),
    { seed: 20_261_123, numRuns: 150 },
  );
});
