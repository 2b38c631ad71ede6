import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openRuleBench } from '../../tests/support/rule-bench.ts';
import type { RuleBench } from '../../tests/support/rule-bench.ts';
import type { Context } from '../context.ts';
import { CasementError } from '../errors.ts';

const rule = (name: string, as: 'system' | 'owner') => ({
  [`schemas/automations/${name}.json`]: {
    name,
    title: name,
    on: { trigger: 'created', entity: 'task' },
    when: { title: name },
    load: ['about'],
    do: [
      {
        key: 'note',
        action: 'update',
        with: {
          entity: 'company',
          id: { $expr: 'record.about.id' },
          set: { notes: 'Seen by {{record.title}}' },
        },
      },
    ],
    as,
  },
});

/** Whoever sets a rule off gives it the record it works on: with what rights does it work there? */
describe.each(DIALECTS)('the principal of a rule on %s (R-13)', (dialect) => {
  let bench: RuleBench;
  let anna: Context;
  let own: string;
  let foreign: string;

  beforeAll(async () => {
    const never = () => Promise.reject(new Error('No rule here sends anything.'));
    bench = await openRuleBench({
      dialect,
      start: Date.UTC(2026, 2, 6, 9),
      project: { ...rule('bySystem', 'system'), ...rule('byOwner', 'owner') },
      services: () => ({ documents: { generate: never }, mail: { send: never }, outbound: { send: never } }),
    });
    const user = async (name: string) =>
      bench.add('user', { name, email: `${name}@example.com`, roles: ['manager'], active: true });
    const [annaId, markId] = [await user('anna'), await user('mark')];
    anna = bench.as(annaId);
    anna = { ...anna, principal: { ...anna.principal, roles: ['manager'], teamMates: [annaId] } };
    own = await bench.add('company', { name: 'Own', assignee: annaId });
    foreign = await bench.add('company', { name: 'Foreign', assignee: markId });
  });
  afterAll(() => bench.close());

  const notes = async (id: string) => (await bench.all('company', { filter: { id } }))[0]?.['notes'];
  const task = (title: string, id: string) => bench.add('task', { title, about: { entity: 'company', id } }, anna);

  test.each(['bySystem', 'byOwner'])('%s cannot be steered at a record its user cannot reach', async (name) => {
    const jobs = (await bench.jobs.listJobs({ limit: 100 })).length;
    await expect(task(name, foreign)).rejects.toSatisfy(
      (error) => error instanceof CasementError && error.errors[0]?.path === '/about',
    );
    await bench.jobs.drain();
    expect((await bench.jobs.listJobs({ limit: 100 })).length).toBe(jobs);
    expect(await notes(foreign)).toBeNull();
  });

  test.each(['bySystem', 'byOwner'])('%s does its work where its user may', async (name) => {
    await task(name, own);
    await bench.jobs.drain();
    expect(await notes(own)).toBe(`Seen by ${name}`);
    const { data } = await bench.records.changes(bench.as(), { entity: 'company', id: own });
    const by = name === 'bySystem' ? { kind: 'system', name: 'system: rule bySystem' } : { kind: 'user', name: 'anna' };
    expect(data[0]).toMatchObject({ door: 'automation', by, cause: { rule: name } });
  });

  test('a rule that works as the owner ends where his rights end, even on a record he was once given', async () => {
    const id = await bench.add('company', { name: 'Handed over', assignee: anna.principal.id });
    await task('byOwner', id);
    await bench.set('company', id, { assignee: null });
    await bench.set('company', id, { assignee: (await bench.all('user', { filter: { name: 'mark' } }))[0]?.['id'] });
    await bench.jobs.drain();
    expect(await notes(id)).toBeNull();
  });
});
