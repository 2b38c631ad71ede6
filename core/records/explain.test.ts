import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { idOf, openRecordFirm, outcomeOf, statusOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';
import type { Action } from '../definitions/model.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { ExplainQuery } from './explain-types.ts';

const ROLES = ['boss', 'seller', 'reader', 'intern', 'bookkeeper', 'ownDeals', 'bareDeals', 'noTargets', 'viewer'];
const LEVELS = ['readOwn', 'readTeam', 'readCondition', 'readNone', 'updateOwn', 'updateCondition', 'deleteTeam'];
const ENTITIES = ['client', 'deal', 'line', 'task'] as const;
const PEOPLE = ['mia', 'max', 'sue'] as const;
const ACTIONS: readonly Action[] = ['read', 'update', 'delete', 'assign', 'create'];

type Person = (typeof PEOPLE)[number];

describe.each(DIALECTS)('explain on %s', (dialect) => {
  let firm: RecordFirm;
  const all: Record<string, readonly RecordData[]> = {};

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    const tag = await firm.add('tag', { name: 'tag' });
    for (const owner of PEOPLE) {
      for (const city of ['Riga', 'Tartu', undefined]) {
        const assignee = city === undefined ? null : firm.people[owner];
        const name = city === 'Riga' ? 'Open' : 'Shut';
        const client = await firm.add('client', { name, secret: 'x', rank: 1, phone: '+3725551234', assignee });
        const lines = [{ name: 'l', amount: '3' }];
        const deal = {
          name: 'D',
          ...(city ? { city } : {}),
          customer: client,
          margin: '1',
          assignee,
          tags: [tag],
          lines,
        };
        const id = await firm.add('deal', deal);
        await firm.add('task', { name: 'T', client, deal: id, about: { entity: 'deal', id }, assignee });
      }
    }
    const binned = await firm.add('client', { name: 'Open', assignee: firm.people.mia });
    await firm.records.write(firm.system, { op: 'delete', entity: 'client', id: binned });
    for (const entity of ENTITIES)
      all[entity] = (await firm.records.list(firm.system, { entity, limit: 1000, deleted: 'with' })).data;
  });
  afterAll(() => firm.close());

  /**
   * Whether the work went through; what it wrote is taken back. That a record is still used, or that its new owner is somebody one may not see,
   * is no question of rights on it.
   */
  async function isDone(ctx: Context, work: (ctx: Context) => Promise<unknown>): Promise<boolean> {
    let outcome: unknown;
    const done = new Error('done');
    await firm.records
      .transaction(ctx, async (inside) => {
        outcome = await outcomeOf(work(inside));
        throw done;
      })
      .catch((error: unknown) => {
        if (error !== done) throw error;
      });
    const { status, errors } = outcome as { status?: number; errors?: readonly string[] };
    const isForValue = status === 422 && errors?.every((error) => error.endsWith(' reference'));
    return typeof status !== 'number' || status === 409 || isForValue === true;
  }

  interface Case {
    readonly person: Person;
    readonly roles: readonly string[];
    readonly entity: string;
    readonly record: RecordData;
    readonly key: string | undefined;
    readonly action: Action;
  }

  const OTHER: Readonly<Record<Person, Person>> = { mia: 'sue', max: 'mia', sue: 'max' };

  async function shown(ctx: Context, of: { entity: string; id: string; key: string }): Promise<readonly unknown[]> {
    const read = await outcomeOf(firm.records.get(ctx, { ...of, fields: [of.key], deleted: 'with' }));
    const value = (read as RecordData)[of.key];
    return Array.isArray(value) ? value : [];
  }

  async function really({ person, roles, entity, record, key, action }: Case): Promise<boolean> {
    const ctx = firm.be(person, ...roles);
    const id = idOf(record);
    const owner = firm.model.entity(entity).owner;
    switch (action) {
      case 'read': {
        const there = (await statusOf(firm.records.get(ctx, { entity, id, deleted: 'with' }))) === 200;
        if (key === undefined || !there) return there;
        // Whom a list points to is shown; whether it is empty counts only those he may see.
        if (firm.model.field(entity, key)?.reference?.many) return (await shown(ctx, { entity, id, key })).length > 0;
        const filter = { all: [{ id }, { [key]: { empty: false } }] };
        const list = await outcomeOf(firm.records.list(ctx, { entity, filter, deleted: 'with' }));
        return ((list as { data?: readonly unknown[] }).data?.length ?? 0) === 1;
      }
      case 'create':
        return (await statusOf(firm.records.write(ctx, { op: 'create', entity, input: { nonsense: 1 } }))) !== 403;
      case 'delete':
        return isDone(ctx, (inside) => firm.records.write(inside, { op: 'delete', entity, id }));
      default: {
        if (action === 'assign' && owner === undefined) return false;
        const field = action === 'assign' ? owner! : (key ?? 'name');
        const value = field === owner ? firm.people[OTHER[person]] : record[field];
        const changes = field !== owner || value !== record[field];
        const input = { [field]: changes ? value : null };
        return isDone(ctx, (inside) => firm.records.write(inside, { op: 'update', entity, id, input }));
      }
    }
  }

  const queryOf = ({ person, roles, entity, record, key, action }: Case): ExplainQuery => ({
    subject: firm.be(person, ...roles).principal,
    isActive: true,
    entity,
    action,
    ...(action === 'create' ? {} : { id: idOf(record) }),
    ...(key !== undefined && (action === 'read' || action === 'update') ? { field: key } : {}),
  });

  test('R-15: explain says what reads and writes really do, for 1,000 random people, records, fields and actions', async () => {
    const filled = (record: RecordData) =>
      Object.keys(record).filter((key) => !key.includes(':') && record[key] !== null && String(record[key]) !== '');
    const cases = fc
      .record({
        person: fc.constantFrom(...PEOPLE),
        roles: fc.uniqueArray(fc.constantFrom(...ROLES, ...LEVELS), { maxLength: 3 }),
        entity: fc.constantFrom(...ENTITIES),
        action: fc.constantFrom(...ACTIONS),
        at: fc.nat(),
        field: fc.option(fc.nat(), { nil: undefined }),
      })
      .map(({ at, field, ...rest }): Case => {
        const records = all[rest.entity]!;
        const record = records[at % records.length]!;
        const keys = filled(record);
        return { ...rest, record, key: field === undefined ? undefined : keys[field % keys.length] };
      });
    const seen = { yes: 0, no: 0 };
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const said = await firm.records.explain(firm.system, queryOf(one));
        const real = await really(one);
        seen[real ? 'yes' : 'no'] += 1;
        expect({ allowed: said.allowed, sentence: said.sentence.includes(' may not ') }).toEqual({
          allowed: real,
          sentence: !real,
        });
      }),
      { numRuns: 1000 },
    );
    expect(Math.min(seen.yes, seen.no)).toBeGreaterThan(200);
  }, 300_000);

  const said = (asker: Context, query: Partial<ExplainQuery> & { readonly subject: Context['principal'] }) =>
    firm.records.explain(asker, { isActive: true, entity: 'deal', action: 'read', ...query });
  const deal = (owner: Person, city: string) =>
    idOf(all['deal']!.find((one) => one['assignee'] === firm.people[owner] && one['city'] === city)!);

  test('names the rule of each role, whether it holds, and the way over another record', async () => {
    const subject = firm.be('mia', 'seller', 'readCondition').principal;
    const own = await said(firm.system, { subject, id: deal('mia', 'Riga') });
    expect(own).toMatchObject({
      allowed: true,
      row: { allowed: true },
      because: [
        {
          role: 'readCondition',
          about: 'row',
          action: 'read',
          entry: 'deal',
          rule: { city: 'Riga' },
          matches: true,
          file: 'base/schemas/roles/readCondition.json',
        },
        { role: 'seller', rule: 'own', matches: true },
      ],
      sentence: 'mia may see this deal: readCondition says {"city":"Riga"}, which holds; seller says own, which holds.',
    });
    const foreign = await said(firm.system, { subject, id: deal('sue', 'Tartu') });
    expect([foreign.allowed, foreign.because.map(({ matches }) => matches)]).toEqual([false, [false, false]]);
    expect(foreign.sentence).toBe(
      'mia may not see this deal: no role grants it here: readCondition says {"city":"Riga"}, which does not hold; seller says own, which does not hold.',
    );
    const line = all['line']!.find((one) => one['deal'] === deal('mia', 'Tartu'))!;
    const seller = firm.be('mia', 'seller').principal;
    expect(
      await said(firm.system, { subject: seller, entity: 'line', id: idOf(line), action: 'update' }),
    ).toMatchObject({
      allowed: true,
      because: [
        {
          action: 'read',
          rule: 'via',
          entry: null,
          via: [{ field: 'deal', entity: 'deal', action: 'read', rule: 'own' }],
        },
        { action: 'update', rule: 'via', via: [{ field: 'deal', entity: 'deal', action: 'update', rule: 'own' }] },
      ],
    });
  });

  test('tells why a field is hidden: named, computed from what is hidden, summed up from what is not read in full', async () => {
    const subject = firm.be('mia', 'seller').principal;
    const why = async (entity: string, id: string, field: string) => {
      const { allowed, because } = await said(firm.system, { subject, entity, id, field });
      return [allowed, because.at(-1)?.level, because.at(-1)?.why];
    };
    const own = deal('mia', 'Riga');
    expect(await why('deal', own, 'margin')).toEqual([false, 'hidden', 'the role names it hidden']);
    expect(await why('deal', own, 'markup')).toEqual([
      false,
      'hidden',
      'it is computed from margin and so as hidden as its strictest input',
    ]);
    expect(await why('client', idOf(all['client']![0]!), 'dealSum')).toEqual([
      false,
      'hidden',
      'it sums up deals, which the role does not read in full',
    ]);
    expect(await why('deal', own, 'city')).toEqual([true, 'write', 'the role says nothing against it']);
    const total = await said(firm.system, { subject, id: own, field: 'total', action: 'update' });
    expect(total).toMatchObject({
      allowed: false,
      field: { limit: '"total" is set by the system and cannot be given.' },
    });
  });

  test('speaks of records in general when none is named, and of closed accounts', async () => {
    const subject = firm.be('mia', 'seller').principal;
    const general = await said(firm.system, { subject, action: 'delete' });
    expect(general).toMatchObject({ allowed: true, id: null, because: [{ matches: null }, { matches: null }] });
    expect((await said(firm.system, { subject, entity: 'tag', action: 'create' })).allowed).toBe(false);
    const never = await said(firm.system, { subject: firm.be('mia', 'ownDeals').principal, action: 'delete' });
    expect(never.sentence).toBe('mia may not delete deals: no role grants it here: ownDeals says none.');
    const closed = await said(firm.system, { subject, isActive: false });
    expect([closed.allowed, closed.sentence]).toEqual([false, 'mia may not see deals: the account is not active.']);
    const bare = await said(firm.system, { subject: firm.be('mia').principal });
    expect(bare.sentence).toBe('mia may not see deals: there is no role.');
  });

  test('R-05, R-15: tells the asker nothing of what he may not see', async () => {
    const mia = firm.be('mia', 'seller');
    const subject = mia.principal;
    const unknown = '018f0000-0000-7000-8000-000000000000';
    const missing = await outcomeOf(said(mia, { subject, id: unknown }));
    expect(await outcomeOf(said(mia, { subject, id: deal('sue', 'Riga') }))).toEqual(missing);
    expect(missing).toEqual({ status: 404, code: 'NOT_FOUND' });
    const refusal = async (field: string) => said(mia, { subject, field }).catch((error: Error) => error.message);
    expect(await refusal('margin')).toBe('deal has no field "margin".');
    expect(await refusal('markup')).toBe('deal has no field "markup".');
    for (const entity of ['organisation', 'nothing'])
      expect(await outcomeOf(said(mia, { subject, entity }))).toEqual({ status: 404, code: 'NOT_FOUND' });
    // A rule that looks at a field hidden from the asker is neither shown nor tried.
    const boss = firm.be('sue', 'bySecret').principal;
    const client = idOf(all['client']!.find((one) => one['secret'] === 'x')!);
    const hidden = await said(mia, { subject: boss, entity: 'client', id: client });
    expect(hidden.because).toMatchObject([{ role: 'bySecret', rule: 'condition', matches: null }]);
    expect(JSON.stringify(hidden)).not.toContain('secret');
    expect((await said(firm.system, { subject: boss, entity: 'client', id: client })).because).toMatchObject([
      { rule: { secret: 'x' }, matches: true },
    ]);
  });

  test('R-67: asking leaves nothing behind', async () => {
    const before = await firm.digest();
    await said(firm.system, { subject: firm.be('mia', 'seller').principal, id: deal('mia', 'Riga') });
    expect(await firm.digest()).toBe(before);
  });
});
