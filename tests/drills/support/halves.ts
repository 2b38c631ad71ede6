import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../../core/storage/sql.ts';
import type { Caller } from './caller.ts';
import type { Installation } from './installation.ts';

/** Waits until no job is due or running. Answers how many have failed for good. */
export async function settleJobs(caller: Caller, most = 120_000): Promise<number> {
  const count = async (state: string) => {
    const { status, json } = await caller({ method: 'GET', path: `/jobs?state=${state}&limit=1` });
    return status === 200 ? (json['data'] as readonly unknown[]).length : 1;
  };
  const deadline = Date.now() + most;
  while ((await count('ready')) + (await count('running')) > 0) {
    if (Date.now() > deadline) throw new Error('The jobs do not come to an end.');
    await pause(100);
  }
  return count('dead');
}

/**
 * What a write cut in the middle would leave: a record without its search rows, its job's effect missing or doubled, an order without its lines,
 * a name twice. Jobs must have settled. Answers each as a sentence.
 */
export async function findHalves(installation: Installation): Promise<readonly string[]> {
  return installation.look(async (db) => {
    const column = async (query: Parameters<typeof db.read>[0]) =>
      (await db.read<{ value: string }>(query)).map(({ value }) => value.toLowerCase());
    const contacts = await column(sql`select "id" as "value" from "contact"`);
    const names = await column(sql`select "name" as "value" from "contact"`);
    const searched = new Set(
      await column(sql`select "record" as "value" from "_search" where "entity" = ${'contact'}`),
    );
    const tasks = tally(
      await column(sql`select "about_contact" as "value" from "task" where "about_contact" is not null`),
    );
    const orders = await column(sql`select "id" as "value" from "order"`);
    const external = await column(sql`select "externalNumber" as "value" from "order"`);
    const lines = tally(await column(sql`select "order" as "value" from "orderLine"`));
    return [
      ...contacts.filter((id) => !searched.has(id)).map((id) => `contact ${id} is not in the search index`),
      ...contacts
        .filter((id) => tasks.get(id) !== 1)
        .map((id) => `contact ${id} has ${tasks.get(id) ?? 0} tasks of its rule, not 1`),
      ...orders.filter((id) => lines.get(id) !== 2).map((id) => `order ${id} has ${lines.get(id) ?? 0} lines, not 2`),
      ...doubles(names).map((name) => `contact "${name}" exists twice`),
      ...doubles(external).map((number) => `order ${number} exists twice`),
    ];
  });
}

function tally(values: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}

function doubles(values: readonly string[]): readonly string[] {
  return [...tally(values)].flatMap(([value, count]) => (count > 1 ? [value] : []));
}
