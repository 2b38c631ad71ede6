import { referencing } from '../storage/rows.ts';
import type { Member } from './hold-family.ts';
import type { WriteScope } from './write-scope.ts';

/** What a deletion does to others: all that goes in the end, the record itself first, and what then points to less. */
export interface Reach {
  readonly going: ReadonlyMap<string, Member>;
  readonly losing: readonly Member[];
}

export async function reachOf(scope: WriteScope, of: { readonly entity: string; readonly id: string }): Promise<Reach> {
  const going = new Map([[`${of.entity}/${of.id}`, memberOf(scope, of)]]);
  const losing: Member[] = [];
  const next = [of];
  for (let at = next.pop(); at; at = next.pop()) {
    for (const { entity, field, ids } of await referencing(scope.tx, scope.model, at)) {
      const onDelete = field.reference?.onDelete;
      for (const id of ids.filter((one) => !going.has(`${entity}/${one}`))) {
        if (onDelete === 'clear')
          losing.push({ ...memberOf(scope, { entity, id }), hold: 'change', input: { [field.key]: null } });
        if (onDelete !== 'cascade') continue;
        going.set(`${entity}/${id}`, memberOf(scope, { entity, id }));
        next.push({ entity, id });
      }
    }
  }
  return { going, losing };
}

function memberOf(scope: WriteScope, { entity, id }: { readonly entity: string; readonly id: string }): Member {
  return { entity: scope.model.entity(entity), id, hold: 'remove' };
}
