import { describe, expect, it } from 'vitest';
import type { Change } from '../../../model/types.ts';
import { idsByEntity, ruleText, systemReason, timelineItems, toldFields, valuesAfter } from './timeline-items.ts';

let seq = 0;
const change = (given: Partial<Change>): Change => ({
  seq: ++seq,
  id: `c${seq}`,
  at: '2026-11-20T10:00:00.000Z',
  entity: 'ship',
  record: 's1',
  kind: 'updated',
  fields: {},
  by: { id: 'u1', name: 'Anna', kind: 'user' },
  door: 'api',
  version: 1,
  ...given,
});
const set = (after: string) => ({ before: null, after });
const subject = { entity: 'ship', id: 's1', parts: new Set(['crate']) };

describe('timelineItems', () => {
  it('tells the record’s own changes from those of others', () => {
    const items = timelineItems(
      [change({ kind: 'moved' }), change({ entity: 'task', record: 't1', kind: 'created' })],
      subject,
    );
    expect(items.map((item) => [item.kind, item.isOwn])).toEqual([
      ['moved', true],
      ['created', false],
    ]);
  });

  it('leaves out what rules note for themselves, unless something else changed with it', () => {
    const inner = { ...subject, isInner: (_entity: string, key: string) => key === 'stageTask' };
    const noted = change({ record: 's1', fields: { stageTask: set('t1') } });
    const seen = change({ record: 's1', fields: { stageTask: set('t1'), name: set('Rope') } });
    expect(timelineItems([noted, seen], inner).map((item) => item.change)).toEqual([seen]);
    expect(timelineItems([noted], subject)).toHaveLength(1);
  });

  it('tells parts added in one go together, but not what another hand or another hour did', () => {
    const crate = (record: string, given: Partial<Change> = {}) =>
      change({ entity: 'crate', record, kind: 'created', ...given });
    const items = timelineItems(
      [
        crate('a'),
        crate('b'),
        crate('c', { at: '2026-11-20T08:00:00.000Z' }),
        crate('d', { by: { id: 'u2', name: 'Mark', kind: 'user' } }),
        crate('e', { kind: 'deleted' }),
      ],
      subject,
    );
    expect(items.map((item) => item.changes.map((one) => one.record))).toEqual([['a', 'b'], ['c'], ['d'], ['e']]);
  });

  it('does not tell the same document or mail twice', () => {
    const document = change({ entity: 'document', record: 'd1', kind: 'created' });
    const mail = change({ entity: 'activity', record: 'm1', kind: 'created', fields: { kind: set('mail') } });
    const items = timelineItems(
      [
        change({ kind: 'document.generated', fields: { document: set('d1') } }),
        document,
        change({ kind: 'mail.sent', at: '2026-11-20T10:00:02.000Z' }),
        mail,
        change({ kind: 'mail.sent', at: '2026-11-19T10:00:00.000Z' }),
      ],
      subject,
    );
    expect(items.map((item) => [item.change.entity, item.kind])).toEqual([
      ['document', 'created'],
      ['activity', 'created'],
      ['ship', 'event'],
    ]);
  });
});

describe('toldFields', () => {
  const isCounted = (key: string): boolean => key === 'total';
  it('leaves out what was counted and the spelling of phones', () => {
    expect(
      toldFields(
        change({ fields: { total: set('5'), phone: set('+1'), 'phone:typed': set('1'), version: set('2') } }),
        isCounted,
      ),
    ).toEqual(['phone']);
  });
  it('tells counted fields when nothing else changed', () => {
    expect(toldFields(change({ fields: { total: set('5') } }), isCounted)).toEqual(['total']);
  });
});

it('words rules, reasons and values', () => {
  expect(ruleText('callBackNewDeal')).toBe('call back new deal');
  expect(systemReason('system: first data')).toBe('first data');
  expect(valuesAfter(change({ fields: { a: set('x') } }))).toEqual({ a: 'x' });
});

it('gathers what to fetch, each once, without the record itself', () => {
  const found = idsByEntity(
    [
      change({}),
      change({ entity: 'task', record: 't2' }),
      change({ entity: 'task', record: 't1' }),
      change({ entity: 'task', record: 't2' }),
    ],
    { id: 's1' },
  );
  expect([...found]).toEqual([['task', ['t1', 't2']]]);
});
