import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { describe, expect, it } from 'vitest';
import { createEventBus } from '../../src/aws/event-bus.ts';
import { createBusWorld, received, rule, to } from '../emulator/eventbridge/bus-world.ts';
import { inProcess } from '../emulator/front/in-process-handler.ts';

interface Arrived {
  readonly detail: { readonly n: number };
  readonly 'detail-type': string;
}

function setUp() {
  const world = createBusWorld();
  const queue = world.openQueue('q');
  world.bus.putRule(rule([to(queue)], { eventPattern: { source: ['automirror'] } }));
  const port = createEventBus(new EventBridgeClient(inProcess(world.bus)), 'default');
  const arrived = async () => {
    await world.host.clock.advance(1_000);
    const messages: Arrived[] = [];
    for (;;) {
      const some = received(queue) as Arrived[];
      if (some.length === 0) return messages;
      messages.push(...some);
    }
  };
  return { world, port, arrived };
}

const anEvent = (n: number) => ({ detailType: 'Mirror Session Created', detail: { n, text: 'ü\n"' } });

describe('the EventBus port on EventBridge', () => {
  it('delivers what it puts, whole', async () => {
    const { port, arrived } = setUp();
    await expect(port.put([anEvent(1)])).resolves.toEqual([]);
    expect(await arrived()).toMatchObject([
      { source: 'automirror', 'detail-type': 'Mirror Session Created', detail: { n: 1, text: 'ü\n"' } },
    ]);
  });

  it('delivers more events than one request may hold', async () => {
    const { port, arrived } = setUp();
    await port.put(Array.from({ length: 23 }, (_, n) => anEvent(n)));
    const numbers = (await arrived()).map(({ detail }) => detail.n).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 23 }, (_, n) => n));
  });

  it('gives back an event that the bus refuses, and delivers its neighbours', async () => {
    const { port, arrived } = setUp();
    const refused = await port.put([anEvent(1), { detailType: '', detail: {} }, anEvent(2)]);
    expect(refused).toMatchObject([{ event: { detailType: '' }, error: expect.stringMatching(/^InvalidArgument/) as string }]);
    expect((await arrived()).map(({ detail }) => detail.n).sort((a, b) => a - b)).toEqual([1, 2]);
  });

  it('gives everything back when IAM does not allow the call', async () => {
    const { world, port } = setUp();
    world.host.denyWith(() => 'no');
    await expect(port.put([anEvent(1), anEvent(2)])).resolves.toMatchObject([
      { event: anEvent(1), error: expect.stringMatching(/^AccessDeniedException/) as string },
      { event: anEvent(2) },
    ]);
  });
});
