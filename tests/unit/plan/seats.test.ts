import { describe, expect, it } from 'vitest';
import { slotTag } from '../../../src/model/ownership.ts';
import type { ActualSession, DesiredSession } from '../../../src/model/session.ts';
import { seat } from '../../../src/plan/seats.ts';

function aWish(slot: number, onlyIfPresent = false): DesiredSession {
  return {
    eniId: 'eni-1',
    instanceId: 'i-1',
    slot,
    rule: 'opt-in',
    target: { pool: 'default' },
    filter: { name: 'all-traffic' },
    sessionNumber: 10,
    name: 'i-1',
    onlyIfPresent,
  };
}

function aSession(id: number, slot: string | undefined, sessionNumber = id): ActualSession {
  const tags = slot === undefined ? {} : { [slotTag]: slot };
  return { id: `tms-${id}`, eniId: 'eni-1', targetId: 'tmt-1', filterId: 'tmf-1', sessionNumber, tags };
}

function seating(wishes: readonly DesiredSession[], own: readonly ActualSession[], room = 3) {
  const { seats, noRoom, unwanted, duplicates } = seat(wishes, own, room);
  const text = ({ desired, session }: (typeof seats)[number]) => `${desired.slot}:${session?.id ?? 'new'}`;
  const ids = (sessions: readonly ActualSession[]) => sessions.map(({ id }) => id).sort();
  return { seats: seats.map(text), noRoom: noRoom.map(text), unwanted: ids(unwanted), duplicates: ids(duplicates) };
}

describe('seat', () => {
  it('matches wishes with sessions by slot, in slot order', () => {
    expect(seating([aWish(2), aWish(0), aWish(1)], [aSession(1, '2'), aSession(2, '0')])).toEqual({
      seats: ['0:tms-2', '1:new', '2:tms-1'],
      noRoom: [],
      unwanted: [],
      duplicates: [],
    });
  });

  it('keeps of two for one slot the lower number, and of those the lower id', () => {
    const byNumber = seating([aWish(0)], [aSession(1, '0', 20), aSession(2, '0', 10)]);
    expect(byNumber).toMatchObject({ seats: ['0:tms-2'], duplicates: ['tms-1'] });
  });

  it('takes both sessions of a slot that nobody wants for unwanted', () => {
    expect(seating([], [aSession(1, '0'), aSession(2, '0')])).toMatchObject({ unwanted: ['tms-1', 'tms-2'], duplicates: [] });
  });

  it.each([undefined, '', '?', '-1', '1.5', '1000', ' 1'])(
    'lets a session with slot tag %j serve a wish that nobody serves',
    (slot) => {
      expect(seating([aWish(0), aWish(1)], [aSession(1, '0'), aSession(2, slot)])).toMatchObject({
        seats: ['0:tms-1', '1:tms-2'],
        unwanted: [],
      });
    },
  );

  it('takes a session without a slot for unwanted when every wish is served', () => {
    expect(seating([aWish(0)], [aSession(1, '?'), aSession(2, '0')])).toMatchObject({ seats: ['0:tms-2'], unwanted: ['tms-1'] });
  });

  it('gives the last slots up where there is not room for all, with their sessions', () => {
    expect(seating([aWish(0), aWish(1), aWish(2)], [aSession(3, '2')], 1)).toEqual({
      seats: ['0:new'],
      noRoom: ['1:new', '2:tms-3'],
      unwanted: ['tms-3'],
      duplicates: [],
    });
  });

  it('seats nobody where others have all the room', () => {
    expect(seating([aWish(0)], [], 0)).toMatchObject({ seats: [], noRoom: ['0:new'] });
  });

  it('passes over a wish that is good only for a session that exists, and gives its room to the next', () => {
    expect(seating([aWish(0, true), aWish(1)], [], 1)).toMatchObject({ seats: ['1:new'], noRoom: [] });
    expect(seating([aWish(0, true), aWish(1)], [aSession(1, '0')], 1)).toMatchObject({ seats: ['0:tms-1'], noRoom: ['1:new'] });
  });
});
