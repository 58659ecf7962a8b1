import { EventBridgeClient, PutEventsCommand, type PutEventsCommandInput } from '@aws-sdk/client-eventbridge';
import { mockClient } from 'aws-sdk-client-mock';
import 'aws-sdk-client-mock-vitest/extend';
import { afterEach, describe, expect, it } from 'vitest';
import { createEventBus } from '../../../src/aws/event-bus.ts';

const events = mockClient(EventBridgeClient);
afterEach(() => {
  events.reset();
});

const aBus = () => createEventBus(new EventBridgeClient({ region: 'eu-west-1' }), 'default');
const anEvent = (n: number, detail: object = { n }) => ({ detailType: 'Mirror Session Created', detail: { ...detail } });
const accepting = () =>
  events
    .on(PutEventsCommand)
    .callsFake(({ Entries = [] }: PutEventsCommandInput) => ({ Entries: Entries.map((_, n) => ({ EventId: String(n) })) }));
const sizes = () => events.calls().map(({ args }) => (args[0].input as PutEventsCommandInput).Entries?.length);

describe('the event bus port', () => {
  it('puts events of our source on the bus of that name', async () => {
    accepting();
    await expect(aBus().put([anEvent(1)])).resolves.toEqual([]);
    expect(events).toHaveReceivedCommandExactlyOnceWith(PutEventsCommand, {
      Entries: [{ EventBusName: 'default', Source: 'automirror', DetailType: 'Mirror Session Created', Detail: '{"n":1}' }],
    });
  });

  it('calls nobody for no events', async () => {
    await expect(aBus().put([])).resolves.toEqual([]);
    expect(events.calls()).toEqual([]);
  });

  it('puts at most ten events in a call, in order', async () => {
    accepting();
    await aBus().put(Array.from({ length: 25 }, (_, n) => anEvent(n)));
    expect(sizes()).toEqual([10, 10, 5]);
    const sent = events.calls().flatMap(({ args }) => (args[0].input as PutEventsCommandInput).Entries ?? []);
    expect(sent.map(({ Detail }) => Detail)).toEqual(Array.from({ length: 25 }, (_, n) => `{"n":${n}}`));
  });

  it('keeps a call below 256 KB, counted in bytes', async () => {
    accepting();
    await aBus().put(Array.from({ length: 10 }, (_, n) => anEvent(n, { text: '→'.repeat(20_000) })));
    expect(sizes()).toEqual([3, 3, 3, 1]);
  });

  it('gives back the entries that the bus refuses, with the error, and those it does not answer for', async () => {
    events
      .on(PutEventsCommand)
      .resolves({ FailedEntryCount: 1, Entries: [{ EventId: '1' }, { ErrorCode: 'ThrottlingException', ErrorMessage: 'slow' }] });
    await expect(aBus().put([anEvent(1), anEvent(2), anEvent(3)])).resolves.toEqual([
      { event: anEvent(2), error: 'ThrottlingException: slow' },
      { event: anEvent(3), error: 'the bus did not answer for the event' },
    ]);
  });

  it('sends nothing more once the time is up, and gives the rest back', async () => {
    accepting();
    const bus = createEventBus(new EventBridgeClient({ region: 'eu-west-1' }), 'default', () => events.calls().length === 2);
    const given = Array.from({ length: 25 }, (_, n) => anEvent(n));
    await expect(bus.put(given)).resolves.toEqual(given.slice(20).map((event) => ({ event, error: 'the time to send was up' })));
    expect(sizes()).toEqual([10, 10]);
  });

  it('gives back the events of a call that fails, and sends the others', async () => {
    events
      .on(PutEventsCommand)
      .rejectsOnce(Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }))
      .resolves({ Entries: Array.from({ length: 10 }, () => ({ EventId: '1' })) });
    const refused = await aBus().put(Array.from({ length: 15 }, (_, n) => anEvent(n)));
    expect(refused).toEqual(Array.from({ length: 10 }, (_, n) => ({ event: anEvent(n), error: 'TimeoutError: socket hang up' })));
  });
});
