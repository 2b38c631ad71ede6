import { asSystem } from '../../context.ts';
import type { Entity } from '../../definitions/model.ts';
import { openOnly } from '../../records/hand-over.ts';
import { nextCounter } from '../../storage/rows.ts';
import type { RecordAction, RecordStepContext } from '../action-type.ts';
import { activeUsers, headsOf, idOf, presentOf, usersWithRole } from '../people.ts';
import type { Person } from '../people.ts';
import { inputOf, invalid, requiredText, textIn } from './input.ts';

/** Gives the record to somebody: in turn, to the least busy, or to one person. When nobody fits: to the head, else to an owner. */
export const assignAction: RecordAction = {
  name: 'assign',
  kind: 'record',
  input: inputOf('assign'),
  async run(step) {
    const { ctx, records, input, record, subject } = step;
    if (subject === null) throw invalid('', 'This rule has no record that could be assigned.');
    const { entity, id } = subject;
    const definition = records.model().entity(entity);
    const field = textIn(input, 'field') ?? definition.owner;
    if (field === undefined)
      throw invalid('field', `${definition.title} has no owner field; name the "field" to fill.`);
    const present = idOf(record[field]);
    if (present !== null && input['always'] !== true) {
      step.log(`Nobody assigned: ${field} is already filled.`);
      return { user: present };
    }
    const person = (await chosen(step, definition, field)) ?? (await headsOf(step, null))[0];
    if (!person) {
      step.log('Nobody assigned: there is no active user who fits, no head and no owner.');
      return { user: null };
    }
    if (person.id !== present) await records.write(ctx, { op: 'update', entity, id, input: { [field]: person.id } });
    step.log(`Assigned ${person.name} as ${field}.`, { user: person.id });
    return { user: person.id };
  },
};

async function chosen(step: RecordStepContext, entity: Entity, field: string): Promise<Person | undefined> {
  const { input } = step;
  switch (input['strategy']) {
    case 'fixed': {
      const user = idOf(input['user']);
      const users = await activeUsers(step);
      const person = users.find(({ id }) => id === user);
      return person && (presentOf(person, users) ?? person);
    }
    case 'roundRobin': {
      const people = await presentWith(step, requiredText(input, 'role'));
      if (people.length < 2) return people[0];
      const turn = await nextCounter(step.ctx.tx, `assign:${step.rule}:${step.step}`);
      return people[(turn - 1) % people.length];
    }
    case 'leastLoaded':
      return leastLoaded(step, { entity, field, people: await presentWith(step, requiredText(input, 'role')) });
    default:
      throw invalid('strategy', '"strategy" is roundRobin, leastLoaded or fixed.');
  }
}

/** Nobody who is away is given anything new. */
async function presentWith(step: RecordStepContext, role: string): Promise<readonly Person[]> {
  return (await usersWithRole(step, role)).filter(({ isAbsent }) => !isAbsent);
}

interface Candidates {
  readonly entity: Entity;
  readonly field: string;
  readonly people: readonly Person[];
}

/** Who has the fewest open records of this entity; the first by id of several. */
async function leastLoaded(
  step: RecordStepContext,
  { entity, field, people }: Candidates,
): Promise<Person | undefined> {
  if (people.length < 2) return people[0];
  const { ctx, records, rule } = step;
  const mine = { [field]: people.map((person) => person.id) };
  const rows = await records.aggregate(asSystem(ctx, `rule ${rule}`), {
    entity: entity.name,
    filter: { all: [mine, openOnly(records.model(), entity)] },
    group: [field],
    measures: ['count'],
  });
  const load = new Map(rows.map((row) => [idOf(row[field]), Number(row['count'])]));
  const loadOf = (person: Person) => load.get(person.id) ?? 0;
  return [...people].sort((a, b) => loadOf(a) - loadOf(b))[0];
}
