import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Context } from '../../core/context.ts';
import { CasementError } from '../../core/errors.ts';
import type { RecordData } from '../../core/fields/field-type.ts';
import type { FollowedChange } from '../../core/records/changes-since.ts';
import { sql } from '../../core/storage/sql.ts';
import { rightsOf } from './access-oracle.ts';
import type { Asker, Rights, World } from './access-oracle.ts';
import { questionsOf } from './access-queries.ts';
import type { Question } from './access-queries.ts';
import type { AccessWorld } from './access-world.ts';
import { expectedFigures, expectedList, expectedOne } from './oracle-answers.ts';
import type { Expected } from './oracle-answers.ts';

export interface Asked {
  readonly person: number;
  readonly roles: readonly number[];
  readonly question: Question;
}

/** Who asks what: one of the people with one to three of the roles. */
export function askedOf(world: AccessWorld): fc.Arbitrary<Asked> {
  return fc.record({
    person: fc.nat(world.people.length - 1),
    roles: fc.uniqueArray(fc.nat(world.roles.length - 1), { minLength: 1, maxLength: 3 }),
    question: questionsOf(world),
  });
}

/** Compares the product's answer with the oracle's; throws where they differ. */
export async function createDifferential(world: AccessWorld): Promise<(asked: Asked) => Promise<number>> {
  const truth = await wholeWorld(world);
  const history = await wholeHistory(world);
  return async ({ person, roles, question }) => {
    const asker: Asker = { ...world.people[person]!, roles: roles.map((index) => world.roles[index]!) };
    const ctx = world.firm.as({
      id: asker.id,
      name: 'x',
      roles: asker.roles.map(({ name }) => name),
      teamMates: asker.teamMates,
    });
    const rights = rightsOf(truth, asker);
    const expected = expectation(truth, rights, { question, history });
    const is = await answered(world, ctx, question);
    expect(is, JSON.stringify({ asker, question })).toEqual(expected);
    return expected.status;
  };
}

export async function wholeWorld({ firm }: AccessWorld): Promise<World> {
  const system = firm.as({ kind: 'system', reason: 'test' });
  const records = new Map<string, ReadonlyMap<string, RecordData>>();
  for (const entity of firm.model.entities.keys()) {
    const { data } = await firm.records.list(system, { entity, limit: 1000, deleted: 'with' });
    records.set(entity, new Map(data.map((record) => [String(record['id']), record])));
  }
  return { model: firm.model, records, now: firm.clock.now() };
}

interface History {
  readonly changes: readonly FollowedChange[];
  /** By change: `entity/record` of every timeline it stands on. */
  readonly subjects: ReadonlyMap<number, ReadonlySet<string>>;
}

async function wholeHistory({ firm }: AccessWorld): Promise<History> {
  const [counted] = await firm.db.read<{ count: number | string }>(sql`select count(*) as "count" from "_changes"`);
  let { changes } = await firm.records.changesSince();
  // Transactions of other databases of the cluster hold followers back, too.
  while (changes.length < Number(counted?.count)) {
    await pause(20);
    ({ changes } = await firm.records.changesSince());
  }
  const rows = await firm.db.read<{ seq: number | string; entity: string; record: string }>(
    sql`select * from "_subjects"`,
  );
  const subjects = new Map<number, Set<string>>();
  for (const { seq, entity, record } of rows)
    subjects.set(Number(seq), (subjects.get(Number(seq)) ?? new Set()).add(`${entity}/${record}`));
  return { changes, subjects };
}

function expectation(
  truth: World,
  rights: Rights,
  { question, history }: { question: Question; history: History },
): Expected<unknown> {
  switch (question.kind) {
    case 'list':
      return expectedList(truth, rights, question.query);
    case 'one':
      return expectedOne(truth, rights, question.query);
    case 'figures':
      return expectedFigures(truth, rights, question.query);
    default:
      return expectedHistory(truth, rights, { question, history });
  }
}

/** What the changes tell is cut by present rights; a field he sees on some rows only has no history. */
function expectedHistory(
  truth: World,
  rights: Rights,
  { question, history }: { question: Extract<Question, { kind: 'history' }>; history: History },
): Expected<unknown> {
  const sees = (entity: string, id: string) => {
    const record = truth.records.get(entity)!.get(id);
    return record !== undefined && rights.mayRead(entity) && rights.sees(entity, record);
  };
  if (!sees(question.entity, question.id)) return { status: 404 };
  const leads = (entity: string) =>
    [...truth.model.entity(entity).fields.values()]
      .filter(({ reference }) => reference?.timeline && reference.to.includes(question.entity))
      .every(({ key }) => rights.readability(entity, key) === 'always');
  const own = (change: FollowedChange) => change.entity === question.entity && change.record === question.id;
  const told = history.changes.filter(
    (change) =>
      (own(change) ||
        (question.timeline &&
          history.subjects.get(change.seq)!.has(`${question.entity}/${question.id}`) &&
          leads(change.entity))) &&
      sees(change.entity, change.record),
  );
  const seen = told.map(({ derived: _derived, ...change }) => {
    const fields = Object.entries(change.fields).filter(
      ([key]) => rights.readability(change.entity, key.replace(/:.*/, '')) === 'always',
    );
    return { ...change, fields: Object.fromEntries(fields) };
  });
  return { status: 200, is: seen.toSorted((a, b) => b.seq - a.seq) };
}

async function answered(world: AccessWorld, ctx: Context, question: Question): Promise<Expected<unknown>> {
  try {
    return { status: 200, is: await answerOf(world, ctx, question) };
  } catch (error) {
    if (!(error instanceof CasementError)) throw error;
    return { status: error.status as 400 | 403 | 404 };
  }
}

async function answerOf({ firm: { records } }: AccessWorld, ctx: Context, question: Question): Promise<unknown> {
  switch (question.kind) {
    case 'list':
      return allPages(question.page, async (after) =>
        records.list(ctx, { ...question.query, limit: question.page, count: 'exact', ...after }),
      );
    case 'one':
      return records.get(ctx, question.query);
    case 'figures':
      return (await records.aggregate(ctx, question.query)).map((line) => JSON.stringify(line)).sort();
    default:
      return allPages(3, async (after) => records.changes(ctx, { ...question, limit: 3, ...after }));
  }
}

interface Page {
  readonly data: readonly unknown[];
  readonly next: string | null;
  readonly total?: number;
}

async function allPages(
  limit: number,
  read: (after: { after?: string }) => Promise<Page>,
): Promise<readonly unknown[]> {
  const found: unknown[] = [];
  for (let after: string | null | undefined; after !== null;) {
    const page = await read(after === undefined ? {} : { after });
    found.push(...page.data);
    after = page.next;
    if (after !== null) expect(page.data).toHaveLength(limit);
    if (after === null && page.total !== undefined) expect(page.total).toBe(found.length);
  }
  return found;
}
