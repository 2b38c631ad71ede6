import { asSystem } from '../../context.ts';
import type { Entity } from '../../definitions/model.ts';
import type { RecordAction, RecordStepContext } from '../action-type.ts';
import { activeUsers, headsOf, idOf, presentOf, usersWithRole } from '../people.ts';
import type { Person } from '../people.ts';
import { fitTexts } from './fit-texts.ts';
import { aboutOf, inputOf, invalid, requiredText, textIn } from './input.ts';
import type { Target } from './input.ts';

/** A notice for each person meant, in his language. Made with system rights: nobody may write into another's notices himself. */
export const notifyAction: RecordAction = {
  name: 'notify',
  kind: 'record',
  input: inputOf('notify'),
  async run(step) {
    const { ctx, records, rule } = step;
    const people = await peopleMeant(step, step.input['to']);
    if (people.length === 0) step.log('Nobody to tell.');
    const entity = records.model().entity('notification');
    const about = reachable(entity, aboutOf(step), step);
    for (const person of people) {
      const input = step.inputIn(person.language);
      const values = { title: requiredText(input, 'title'), body: textIn(input, 'body'), user: person.id, about };
      await records.write(asSystem(ctx, `rule ${rule}`), {
        op: 'create',
        entity: entity.name,
        input: fitTexts(entity, values),
      });
      step.log(`Told ${person.name}.`, { user: person.id });
    }
    return { users: people.map((person) => person.id) };
  },
};

async function peopleMeant(step: RecordStepContext, to: unknown): Promise<readonly Person[]> {
  if (Array.isArray(to)) {
    const groups: Person[] = [];
    for (const part of to) groups.push(...(await peopleMeant(step, part)));
    return [...new Map(groups.map((person) => [person.id, person])).values()];
  }
  if (to === null || to === undefined || to === '') return [];
  const { role, headOf, steps } = (typeof to === 'object' ? to : {}) as {
    role?: unknown;
    headOf?: unknown;
    steps?: unknown;
  };
  if (typeof role === 'string') return usersWithRole(step, role);
  if (headOf !== undefined) return headsOf(step, idOf(headOf), typeof steps === 'number' ? steps : 1);
  const user = idOf(to);
  if (user === null) throw invalid('to', '"to" is a user, {"role": …} or {"headOf": user, "steps"?: n}.');
  const users = await activeUsers(step);
  const person = users.find(({ id }) => id === user);
  if (!person) return [];
  // Who is away reads it when he is back; his deputy reads it now.
  const deputy = presentOf(person, users);
  return deputy && deputy.id !== person.id ? [person, deputy] : [person];
}

/** What the notice leads to: the record itself where a notice may point at it, else the one the record is about. */
function reachable(notification: Entity, about: Target | null, { subject, record }: RecordStepContext): unknown {
  if (about === null) return null;
  const targets = notification.fields.get('about')?.reference?.to ?? [];
  const asReference = ({ entity, id }: Target) => (targets.length === 1 ? id : { entity, id });
  if (targets.includes(about.entity)) return asReference(about);
  const above = record['about'];
  if (about.entity !== subject?.entity || about.id !== subject.id || typeof above !== 'object' || above === null)
    return null;
  const target = { entity: String((above as Partial<Target>).entity), id: idOf(above) };
  return target.id !== null && targets.includes(target.entity)
    ? asReference({ entity: target.entity, id: target.id })
    : null;
}
