import type { Field } from '../../core/definitions/model.ts';
import type { RecordData } from '../../core/fields/field-type.ts';
import { columnsOf } from '../../core/storage/columns.ts';
import { sql } from '../../core/storage/sql.ts';
import { wholeWorld } from './access-differential.ts';
import { rightsOf } from './access-oracle.ts';
import type { Rights, World } from './access-oracle.ts';
import type { Question } from './access-queries.ts';
import type { HttpWorld } from './access-http-world.ts';
import type { RoleDocument } from './access-roles.ts';
import type { Caller } from './http-app.ts';
import type { Random } from './random.ts';

/** A value the caller may not see, and another in its place. */
export interface Secret {
  readonly entity: string;
  readonly id: string;
  readonly key: string;
}

type Cells = Readonly<Record<string, unknown>>;

/** Every question as one request and what of the answer can be told apart: status, headers and body. */
export async function told(world: HttpWorld, caller: Caller, question: Question): Promise<string> {
  const { method, path, body } = requestOf(world, question);
  return toldBy(caller, { method, path, body });
}

export async function toldBy(
  caller: Caller,
  request: { method: string; path: string; body?: unknown },
): Promise<string> {
  const reply = await caller(request.method, request.path, request.body);
  const headers = [...reply.headers].filter(
    ([name]) => !['date', 'x-request-id', 'keep-alive', 'connection'].includes(name),
  );
  // The request id is chance; nothing else of an answer is.
  const text = reply.text.replace(/"requestId":"[^"]*"/, '');
  return JSON.stringify([reply.status, headers, text]);
}

function requestOf(
  { firm: { model } }: HttpWorld,
  question: Question,
): { method: string; path: string; body?: unknown } {
  const plural = (entity: string) => `/api/${model.entity(entity).plural}`;
  switch (question.kind) {
    case 'list': {
      const { entity, filter, sort, fields, expand, search, deleted } = question.query;
      const rest = {
        filter: filter === undefined ? undefined : JSON.stringify(filter),
        sort: sort?.join(),
        fields: fields?.join() || undefined,
        expand: expand?.join(),
        search,
        deleted,
      };
      return {
        method: 'GET',
        path: `${plural(entity)}?${queryOf({ ...rest, limit: String(question.page), count: 'exact' })}`,
      };
    }
    case 'one':
      return {
        method: 'GET',
        path: `${plural(question.query.entity)}/${question.query.id}?${queryOf({ expand: question.query.expand?.join() })}`,
      };
    case 'figures': {
      const { entity, filter, group, measures } = question.query;
      const rest = {
        filter: filter === undefined ? undefined : JSON.stringify(filter),
        group: group.join() || undefined,
        measures: measures.join(),
      };
      return { method: 'GET', path: `${plural(entity)}/aggregate?${queryOf(rest)}` };
    }
    default:
      return {
        method: 'GET',
        path: `${plural(question.entity)}/${question.id}/changes?${queryOf({ timeline: String(question.timeline) })}`,
      };
  }
}

function queryOf(members: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(members).flatMap(([key, value]) =>
    value === undefined ? [] : [`${key}=${encodeURIComponent(value)}`],
  );
  return given.join('&');
}

/** Names that decide what the roles grant: a value under one of them is no secret from them. */
function decisive(roles: readonly RoleDocument[]): ReadonlySet<string> {
  const names = new Set(['assignee', 'createdBy', 'about', 'trade', 'line']);
  const collect = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      for (const name of key.split('.')) names.add(name);
      if (key === '$field') names.add(String(inner));
      collect(inner);
    }
  };
  for (const role of roles)
    for (const entity of Object.values(role.entities))
      collect([entity.read, entity.create, entity.update, entity.delete]);
  return names;
}

/** Hides and shows again: each secret is one value of one record that these roles do not show the caller. */
export async function createSecrets(world: HttpWorld, roles: readonly RoleDocument[]) {
  const truth = await wholeWorld(world);
  const rights = rightsOf(truth, { ...world.people[0]!, roles });
  const secrets = secretsOf(truth, rights, decisive(roles));
  return {
    count: secrets.length,
    pick: (random: Random) => random.pick(secrets),
    /** Puts another value in its place, past the one write; answers how to put it back. */
    flip: (secret: Secret, random: Random) => flip(world, truth, { secret, random }),
  };
}

function secretsOf(truth: World, rights: Rights, excepted: ReadonlySet<string>): readonly Secret[] {
  const found: Secret[] = [];
  for (const [entity, records] of truth.records) {
    if (['user', 'organisation', 'team'].includes(entity)) continue;
    for (const field of truth.model.entity(entity).fields.values()) {
      if (field.system || excepted.has(field.key) || columnsOf(field).length === 0 || field.type.name === 'file')
        continue;
      for (const record of records.values()) {
        const isHidden = !rights.sees(entity, record) || isMasked(rights, { entity, record }, field);
        if (isHidden) found.push({ entity, id: String(record['id']), key: field.key });
      }
    }
  }
  return found;
}

function isMasked(rights: Rights, { entity, record }: { entity: string; record: RecordData }, field: Field): boolean {
  const level = rights.readability(entity, field.key);
  return level === 'never' || (level === 'some' && !rights.shows(entity, record, field.key));
}

async function flip(
  world: HttpWorld,
  truth: World,
  { secret, random }: { secret: Secret; random: Random },
): Promise<() => Promise<void>> {
  const { db, model } = world.firm;
  const field = model.entity(secret.entity).fields.get(secret.key)!;
  const others = [...truth.records.get(secret.entity)!.values()].map((record) => record[secret.key] ?? null);
  const before = truth.records.get(secret.entity)!.get(secret.id)![secret.key] ?? null;
  // A value of another record, so that the flip moves equalities, orders and groups; a unique one cannot be there twice.
  const candidates = field.unique
    ? [`z${random.below(1e9)}@oak.ee`]
    : [...others, field.required ? 'zed' : null].filter((other) => other !== null || !field.required);
  const value = random.pick(candidates.filter((other) => JSON.stringify(other) !== JSON.stringify(before)));
  const cells = field.type.cells(value ?? null, field, {});
  const columns = columnsOf(field).map(({ name, suffix }) => [name, cells[suffix] ?? null] as const);
  const names = sql.join(columns.map(([name]) => sql.id(name)));
  const [old] = await db.read<Cells>(sql`select ${names} from ${sql.id(secret.entity)} where "id" = ${secret.id}`);
  const set = (values: readonly (readonly [string, unknown])[]) =>
    db.transaction(async (tx) => {
      await tx.run(
        sql`update ${sql.id(secret.entity)} set ${sql.join(values.map(([name, cell]) => sql`${sql.id(name)} = ${cell}`))} where "id" = ${secret.id}`,
      );
    });
  const body = (text: string) =>
    db.transaction((tx) =>
      tx.run(sql`update "_search" set "body" = ${text} where "record" = ${secret.id} and "field" = ${secret.key}`),
    );
  const [found] = await db.read<{ body: string }>(
    sql`select "body" from "_search" where "record" = ${secret.id} and "field" = ${secret.key}`,
  );
  await set(columns);
  if (found) await body(' oak pine gold red');
  return async () => {
    await set(Object.entries(old!));
    if (found) await body(found.body);
  };
}
