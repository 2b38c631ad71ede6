import { uuidv7 } from 'uuidv7';
import { expect, it } from 'vitest';
import { findJournal } from '../core/app/upgrade/apply-plan.ts';
import { planText } from '../core/cli/plan-text.ts';
import { verifyLedger } from '../core/records/verify-ledger.ts';
import { digestDatabase } from '../core/storage/dump/dump.ts';
import { checksumOf, refuseHalfApplied } from '../core/storage/plan/journal.ts';
import { raw, sql } from '../core/storage/sql.ts';
import { eachDatabase } from './support/databases.ts';
import type { Files } from './support/definitions.ts';
import { entityFile, openLab } from './support/upgrade-lab.ts';
import type { UpgradeLab } from './support/upgrade-lab.ts';

const FIRM = {
  before: {
    ...entityFile('contact', {}),
    ...entityFile('deal', {
      source: { enum: ['site', 'phone', 'fax'] },
      note: { type: 'string', maxLength: 40 },
      price: { type: 'string', maxLength: 20 },
      customer: { 'x-field': { to: 'contact', inverse: 'deals', onDelete: 'cascade' } },
    }),
  },
  after: {
    ...entityFile('contact', { worth: { 'x-field': { type: 'money', rollup: { of: 'deals', sum: 'price' } } } }),
    ...entityFile(
      'deal',
      {
        origin: { enum: ['site', 'phone'], 'x-was': 'source' },
        note: { type: 'string', maxLength: 40 },
        price: { 'x-field': { type: 'money' } },
        customer: { 'x-field': { to: 'contact', inverse: 'deals', onDelete: 'cascade' } },
        tags: { 'x-field': { to: 'contact', many: true } },
      },
      { required: ['note'] },
    ),
  },
} satisfies Record<string, Files>;

const ANSWERS = {
  convert: ['deal.price'],
  replace: { 'deal.origin': { fax: 'phone' }, 'deal.price': { '*': '' } },
  fill: { 'deal.note': 'none' },
};

/** Deals by SQL: a tenth without a note, a tenth from the fax, a tenth with a price that is none. */
async function seedDeals(lab: UpgradeLab, count: number): Promise<string> {
  const customer = await lab.add('contact', { name: 'Ann' });
  const at = '2026-03-01T00:00:00.000Z';
  for (let from = 0; from < count; from += 500) {
    const rows = Array.from({ length: Math.min(500, count - from) }, (_, index) => {
      const n = from + index;
      const note = n % 10 === 0 ? null : `note ${n}`;
      const source = n % 10 === 1 ? 'fax' : 'site';
      const price = n % 10 === 2 ? 'dear' : String(n);
      return sql`(${uuidv7()}, 1, ${at}, ${at}, ${`d${n}`}, ${`d${n}`}, ${note}, ${note}, ${source}, ${price}, ${price}, ${customer})`;
    });
    await lab.db.transaction((tx) =>
      tx.run(sql`insert into "deal" ("id", "version", "createdAt", "updatedAt", "name", "name_f", "note", "note_f", "source", "price", "price_f", "customer")
        values ${sql.join(rows)}`),
    );
  }
  return customer;
}

async function counted(lab: UpgradeLab, where: string): Promise<number> {
  const [row] = await lab.db.read<{ count: number | string }>(
    raw(`select count(*) as "count" from "deal" where ${where}`),
  );
  return Number(row?.count);
}

eachDatabase((open) => {
  it('renames a field, narrows an enum and requires a field on 10,000 records, and goes back byte for byte (D-2)', async () => {
    const lab = await openLab(await open(), FIRM.before);
    const customer = await seedDeals(lab, 10_000);
    const next = await lab.redefine(FIRM.after);
    const before = await digestDatabase(lab.db);
    const told = planText(await next.plan());
    expect(told).toContain('rename deal.source to deal.origin');
    expect(told).toContain('deal.origin has 1,000 records with values that it no longer takes: "fax" ×1000');
    expect(told).toContain('--replace deal.origin:fax=NEW');
    expect(told).toContain('deal.note is required and 1,000 records have no value');
    expect(told).toContain('--fill deal.note=VALUE');
    expect(told).toContain('deal.price has 1,000 records with values that have no meaning there: "dear" ×1000');
    await expect(next.apply({ convert: ['deal.price'] })).rejects.toMatchObject({ code: 'CONFLICT' });
    expect((await digestDatabase(lab.db)).sha256).toBe(before.sha256);
    await next.apply(ANSWERS);
    const now = await lab.redefine(FIRM.after);
    expect((await now.plan()).steps).toEqual([]);
    expect(await counted(now, `"note" = 'none'`)).toBe(1000);
    expect(await counted(now, `"origin" = 'phone'`)).toBe(1000);
    expect(await counted(now, `"price" is null`)).toBe(1000);
    expect(await counted(now, `"customer" is not null`)).toBe(10_000);
    expect(await now.values('contact', 'worth')).toEqual(['44998000.00']);
    const { data } = await now.records.list(now.ctx, { entity: 'deal', limit: 1, sort: ['id'] });
    const { data: history } = await now.records.changes(now.ctx, { entity: 'deal', id: String(data[0]?.['id']) });
    expect(history[0]).toMatchObject({
      door: 'cli',
      by: { kind: 'system', name: 'system: changed definitions' },
      fields: { note: { before: null, after: 'none' }, price: { before: '0', after: '0.00' } },
    });
    const { data: moved } = await now.records.changes(now.ctx, { entity: 'contact', id: customer });
    expect(moved.map(({ kind }) => kind)).toEqual(['updated', 'created']);
    await now.rollback();
    expect((await digestDatabase(lab.db)).sha256).toBe(before.sha256);
    expect((await (await lab.redefine(FIRM.before)).plan()).steps).toEqual([]);
  }, 180_000);

  it('is cut off after every step and finished by the next call (R-70)', async () => {
    const lab = await openLab(await open(), FIRM.before);
    await seedDeals(lab, 600);
    const next = await lab.redefine(FIRM.after);
    let cuts = 0;
    const cut = () => {
      cuts += 1;
      throw new Error('cut off');
    };
    await expect(next.apply(ANSWERS, { onCommit: cut })).rejects.toThrow('cut off');
    for (let begun = await findJournal(lab.db); begun; begun = await findJournal(lab.db)) {
      const found = begun;
      expect(() => refuseHalfApplied(found)).toThrow('Run "casement apply" again to finish it');
      expect(await counted(lab, 'true')).toBe(600);
      await expect(next.apply({}, { onCommit: cut })).rejects.toThrow('cut off');
    }
    expect(cuts).toBeGreaterThan(12);
    const now = await lab.redefine(FIRM.after);
    expect((await now.plan()).steps).toEqual([]);
    expect([await counted(now, `"note" = 'none'`), await counted(now, `"price" is null`)]).toEqual([60, 60]);
    const twice = await lab.db.read(
      sql`select "record" from "_changes" where "entity" = 'deal' group by "record" having count(*) > 1`,
    );
    expect(twice).toEqual([]);
  });

  it('goes back from the middle, too (R-70)', async () => {
    const lab = await openLab(await open(), FIRM.before);
    await seedDeals(lab, 300);
    const before = await digestDatabase(lab.db);
    const next = await lab.redefine(FIRM.after);
    const stop = ({ cursor }: { cursor: string | null }) => {
      if (cursor !== null) throw new Error('cut off');
    };
    await expect(next.apply(ANSWERS, { onCommit: stop })).rejects.toThrow('cut off');
    await next.rollback();
    expect((await digestDatabase(lab.db)).sha256).toBe(before.sha256);
    expect(await findJournal(lab.db)).toBeUndefined();
  });

  it('refuses other definitions in the middle, another plan than the one looked at, and answers nobody asked for', async () => {
    const lab = await openLab(await open(), FIRM.before);
    await seedDeals(lab, 20);
    const next = await lab.redefine(FIRM.after);
    await expect(next.apply({ ...ANSWERS, truncate: ['deal.note'] })).rejects.toThrow(
      'No step asks for --truncate deal.note',
    );
    await expect(next.apply(ANSWERS, { checksum: 'aaaaaaaaaaaa' })).rejects.toThrow('Run "casement plan" again');
    const checksum = checksumOf(await next.plan(ANSWERS));
    const stop = () => {
      throw new Error('cut off');
    };
    await expect(next.apply(ANSWERS, { checksum, onCommit: stop })).rejects.toThrow('cut off');
    const other = await lab.redefine(FIRM.before);
    await expect(other.apply()).rejects.toThrow('the definitions have changed since');
    await next.apply();
    expect((await next.plan()).steps).toEqual([]);
  });

  it('refuses to go back over changes made since, unless told', async () => {
    const lab = await openLab(await open(), FIRM.before);
    await seedDeals(lab, 20);
    await expect(lab.rollback()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await (await lab.redefine(FIRM.after)).apply(ANSWERS);
    const now = await lab.redefine(FIRM.after);
    await now.add('contact', { name: 'Later' });
    await expect(now.rollback()).rejects.toThrow('1 change was made since');
    await now.rollback(true);
    const back = await lab.redefine(FIRM.before);
    expect(await back.values('contact', 'name')).toEqual(['Ann']);
  });

  it('keeps what is dropped, brings it back, and lets it go only when told', async () => {
    const withColour = entityFile('thing', { colour: { type: 'string', maxLength: 20 } }, { required: ['colour'] });
    const without = entityFile('thing', {});
    const lab = await openLab(await open(), withColour);
    await lab.add('thing', { name: 'a', colour: 'red' });
    const dropped = await lab.redefine(without);
    await dropped.apply();
    await dropped.add('thing', { name: 'b' });
    expect((await dropped.plan()).retired).toEqual([{ place: 'thing.colour', count: 1 }]);
    const back = await lab.redefine(withColour);
    await back.apply({ fill: { 'thing.colour': 'blue' } });
    expect(await (await lab.redefine(withColour)).values('thing', 'colour')).toEqual(['red', 'blue']);
    const gone = await lab.redefine(without);
    await expect(back.apply({ drop: ['thing.colour'] })).rejects.toThrow('No step asks for --drop thing.colour');
    await gone.apply({ drop: ['thing.colour'] });
    const [column] = await lab.db.read(sql`select * from "thing" limit 1`);
    expect(Object.keys(column ?? {})).not.toContain('colour');
    expect((await gone.plan()).retired).toEqual([]);
    await gone.rollback();
    expect((await (await lab.redefine(without)).plan()).retired).toEqual([{ place: 'thing.colour', count: 2 }]);
  });

  it('lets a whole entity go when told, with what pointed to it', async () => {
    const both = {
      ...entityFile('box', {}),
      ...entityFile('thing', { box: { 'x-field': { to: 'box' } }, boxes: { 'x-field': { to: 'box', many: true } } }),
    };
    const lab = await openLab(await open(), both);
    const box = await lab.add('box', { name: 'box' });
    await lab.add('thing', { name: 'a', box, boxes: [box] });
    const alone = await lab.redefine(entityFile('thing', {}));
    await alone.apply();
    await alone.apply({ drop: ['box'] });
    expect(await (await lab.redefine(entityFile('thing', {}))).values('thing', 'name')).toEqual(['a']);
    expect((await alone.plan()).retired.map(({ place }) => place)).not.toContain('box');
  });

  it('shows the history under today’s names, over two renames, and restores what was deleted before them', async () => {
    const lab = await openLab(await open(), {
      ...entityFile('thing', { colour: { enum: ['red', 'blue'] } }),
      ...entityFile('part', { of: { 'x-field': { to: 'thing', inverse: 'parts', onDelete: 'cascade' } } }),
    });
    const thing = await lab.add('thing', { name: 'a', colour: 'red' });
    await lab.add('part', { name: 'p', of: thing });
    await lab.records.write(lab.ctx, { op: 'delete', entity: 'thing', id: thing });
    const part = (to: string) =>
      entityFile('part', { of: { 'x-field': { to, inverse: 'parts', onDelete: 'cascade' } } });
    const second = {
      ...entityFile(
        'item',
        { tone: { enum: ['crimson', 'blue'], 'x-was': 'colour', 'x-field': { 'x-was': { crimson: 'red' } } } },
        { 'x-was': 'thing' },
      ),
      ...part('item'),
    };
    await (await lab.redefine(second)).apply();
    const third = {
      ...entityFile('good', { hue: { enum: ['crimson', 'blue'], 'x-was': 'tone' } }, { 'x-was': 'item' }),
      ...part('good'),
    };
    await (await lab.redefine(third)).apply();
    const now = await lab.redefine(third);
    await now.records.write(now.ctx, { op: 'restore', entity: 'good', id: thing });
    expect(await now.read('good', ['name', 'hue'])).toEqual([{ name: 'a', hue: 'crimson' }]);
    expect(await now.values('part', 'of')).toEqual([thing]);
    const { data } = await now.records.changes(now.ctx, { entity: 'good', id: thing });
    expect(data.map(({ entity, kind, fields }) => [entity, kind, fields['hue']?.after])).toEqual([
      ['good', 'restored', undefined],
      ['good', 'deleted', undefined],
      ['good', 'created', 'crimson'],
    ]);
    expect(await verifyLedger(now.db, now.model, { values: true })).toMatchObject({ records: 2, faults: [] });
    expect((await now.plan()).steps).toEqual([]);
  });

  it('refuses a value no field would take before anything is changed', async () => {
    const lab = await openLab(await open(), entityFile('thing', {}));
    await lab.add('thing', { name: 'a' });
    const dated = await lab.redefine(
      entityFile('thing', { on: { type: 'string', format: 'date' } }, { required: ['on'] }),
    );
    await expect(dated.apply({ fill: { 'thing.on': 'yesterday' } })).rejects.toThrow(
      'Nothing was changed. --fill thing.on=yesterday: Must be a date',
    );
    const other = { 'x-field': { to: 'box' } };
    const pointing = await lab.redefine({
      ...entityFile('box', {}),
      ...entityFile('thing', { other }, { required: ['other'] }),
    });
    const nobody = uuidv7();
    await expect(pointing.apply({ fill: { 'thing.other': nobody } })).rejects.toThrow('There is no box yet');
    expect(await findJournal(lab.db)).toBeUndefined();
  });

  it('does not take the values of something retired for those of what is renamed to its name', async () => {
    const lab = await openLab(
      await open(),
      entityFile('thing', { tone: { type: 'string' }, colour: { type: 'string' } }),
    );
    await lab.add('thing', { name: 'a', tone: 'old', colour: 'red' });
    await (await lab.redefine(entityFile('thing', { colour: { type: 'string' } }))).apply();
    const renamed = await lab.redefine(entityFile('thing', { tone: { type: 'string', 'x-was': 'colour' } }));
    await expect(renamed.apply()).rejects.toThrow('thing.colour cannot become thing.tone');
  });

  it('counts days in the organisation’s zone, and sets timers anew without letting a rule follow', async () => {
    const firm = (format: string): Files => ({
      ...entityFile('organisation', { zone: { type: 'string', maxLength: 40 } }, { 'x-entity': { single: true } }),
      ...entityFile('thing', { on: { type: 'string', format } }),
      'schemas/automations/remind.json': {
        name: 'remind',
        on: { trigger: 'due', entity: 'thing', field: 'on', offset: '0s' },
        do: [{ key: 'note', action: 'update', with: { set: { name: 'late' } } }],
      },
      'schemas/automations/follow.json': {
        name: 'follow',
        on: { trigger: 'updated', entity: 'thing', fields: ['on'] },
        do: [{ key: 'note', action: 'update', with: { set: { name: 'followed' } } }],
      },
    });
    const lab = await openLab(await open(), firm('date'));
    await lab.add('organisation', { name: 'Firm', zone: 'Europe/Tallinn' });
    const id = await lab.add('thing', { name: 'a', on: '2026-07-01' });
    await (await lab.redefine(firm('date-time'))).apply({ convert: ['thing.on'] });
    const now = await lab.redefine(firm('date-time'));
    expect(await now.values('thing', 'on')).toEqual(['2026-06-30T21:00:00.000Z']);
    const jobs = await lab.db.read<{ due: string | number; payload: string; grp: string | null }>(
      sql`select "due", "payload", "grp" from "_jobs" where "state" = 'ready'`,
    );
    expect(jobs.map(({ due, grp }) => [Number(due), grp])).toEqual([
      [Date.parse('2026-06-30T21:00:00.000Z'), `remind:${id}`],
    ]);
    expect(jobs[0]?.payload).toContain('"value":"2026-06-30T21:00:00.000Z"');
  });

  it('stays still where `x-was` was applied long ago', async () => {
    const renamed = entityFile(
      'item',
      { tone: { enum: ['z'], 'x-was': 'colour', 'x-field': { 'x-was': { z: 'a' } } } },
      { 'x-was': 'thing' },
    );
    const lab = await openLab(await open(), renamed);
    await lab.add('item', { name: 'a', tone: 'z' });
    expect((await lab.plan()).steps).toEqual([]);
  });
});
