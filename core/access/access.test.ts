import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRecordFirm, idOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import { DIALECTS } from '../../tests/support/databases.ts';
import type { RecordData } from '../fields/field-type.ts';
import { conditionEnv } from '../records/environment.ts';
import { evaluate } from '../rules/evaluate.ts';
import { accessOf } from './access.ts';

const ROLES = [
  'boss',
  'seller',
  'reader',
  'intern',
  'bookkeeper',
  'readOwn',
  'readTeam',
  'readCondition',
  'readNone',
] as const;

/** the verdict in memory and the list that the database gives are one. */
describe.each(DIALECTS)('access on %s', (dialect) => {
  let firm: RecordFirm;
  const all: Record<'client' | 'deal' | 'task', readonly RecordData[]> = { client: [], deal: [], task: [] };

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    for (const owner of ['mia', 'max', 'sue'] as const) {
      for (const city of ['Riga', 'Tartu', null]) {
        const assignee = firm.people[owner];
        const client = await firm.add('client', {
          name: city === 'Riga' ? 'Open' : 'Shut',
          secret: 'x',
          rank: 1,
          assignee,
        });
        await firm.add('deal', {
          name: 'D',
          city,
          customer: client,
          margin: '1',
          assignee: city === null ? null : assignee,
        });
        await firm.add('task', { name: 'T', client, assignee });
      }
    }
    for (const entity of ['client', 'deal', 'task'] as const) {
      all[entity] = (await firm.records.list(firm.system, { entity, limit: 1000 })).data;
    }
  });

  afterAll(() => firm.close());

  const roleSets = fc.uniqueArray(fc.constantFrom(...ROLES), { maxLength: 3 });
  const people = fc.constantFrom('mia' as const, 'max' as const, 'sue' as const);
  const entities = fc.constantFrom('client' as const, 'deal' as const, 'task' as const);

  test('rows and masked fields are the same in memory and in the list', async () => {
    await fc.assert(
      fc.asyncProperty(roleSets, people, entities, async (roles, person, entity) => {
        const ctx = firm.be(person, ...roles);
        const access = accessOf(firm.model, ctx.principal);
        const env = conditionEnv(ctx, firm.records.organisation());
        const expected = all[entity]
          .filter((record) => evaluate(access.rows(entity, 'read'), record, env))
          .map((record) =>
            Object.fromEntries(
              Object.entries(record)
                .filter(([key]) => {
                  const shown = access.readable(entity, key.replace(/:.*$/, ''));
                  return shown.kind !== 'constant' || shown.value;
                })
                .map(([key, value]) => [
                  key,
                  evaluate(access.readable(entity, key.replace(/:.*$/, '')), record, env) ? value : null,
                ]),
            ),
          );
        const listed = access.can(entity, 'read') ? (await firm.records.list(ctx, { entity, limit: 1000 })).data : [];
        expect(listed).toEqual(expected);
      }),
      { numRuns: 60 },
    );
  });

  test('R-01: without roles, with unknown roles and as the public nothing is granted', () => {
    const nobodies = [[], ['nope'], ['*'], ['system'], ['constructor']].map(
      (roles) => firm.be('mia', ...roles).principal,
    );
    for (const principal of [...nobodies, { ...firm.be('mia', 'boss').principal, kind: 'public' as const }]) {
      const access = accessOf(firm.model, principal);
      for (const entity of firm.model.entities.keys()) {
        for (const action of ['read', 'create', 'update', 'delete', 'assign'] as const) {
          expect(access.can(entity, action)).toBe(false);
        }
        expect(access.lookup.field(entity, 'id')).toBeUndefined();
      }
    }
  });

  test('R-01: the order of roles makes no difference, and the rights of one set are worked out once', () => {
    const [a, b] = [
      accessOf(firm.model, firm.be('mia', 'boss', 'seller').principal),
      accessOf(firm.model, firm.be('sue', 'seller', 'boss').principal),
    ];
    expect(a).toBe(b);
  });

  test('R-02: computed fields are as hidden as their inputs, rollups as their children', () => {
    const seller = accessOf(firm.model, firm.be('mia', 'seller').principal);
    expect(seller.lookup.field('deal', 'margin')).toBeUndefined();
    expect(seller.lookup.field('deal', 'markup')).toBeUndefined();
    expect(seller.lookup.field('deal', 'half')).toBeDefined();
    expect(seller.lookup.field('client', 'dealSum')).toBeUndefined();
    expect(accessOf(firm.model, firm.be('mia', 'reader').principal).lookup.field('client', 'dealSum')).toBeDefined();
  });

  test('R-10: a field may be set only where one role grants both the row and the field', () => {
    const settable = (...roles: readonly string[]) =>
      accessOf(firm.model, firm.be('mia', ...roles).principal).settable('client', 'rank', 'update');
    expect(settable('seller')).toEqual({ kind: 'constant', value: false });
    expect(settable('seller', 'reader')).toEqual({ kind: 'constant', value: false });
    expect(settable('boss')).toEqual({ kind: 'constant', value: true });
    expect(settable('seller', 'bookkeeper').kind).toBe('compare');
    const open = all.client.filter((record) => record['name'] === 'Open').map(idOf);
    const env = conditionEnv(firm.be('mia'), firm.records.organisation());
    const granted = all.client.filter((record) => evaluate(settable('seller', 'bookkeeper'), record, env));
    expect(granted.map(idOf)).toEqual(open);
  });
});
