import { step } from './definition-errors.ts';
import type { EntityDraft, Linking } from './linking.ts';
import type { MergedEntity } from './merge-entities.ts';
import type { Field } from './model.ts';

/**
 * Circles between entities that nothing could ever leave: rights that come from one another, and records that each need another one first.
 */
export function checkEntityCycles(linking: Linking, merged: readonly MergedEntity[]): void {
  const sources = new Map(merged.map((source) => [source.name, source]));
  const tell = (source: MergedEntity, pointer: string, message: string): void =>
    linking.errors.add(source.file, pointer, message);
  for (const circle of circlesOf(linking.entities, accessTargets)) {
    const source = sources.get(circle[0] ?? '');
    if (source)
      tell(
        source,
        '/x-entity/access/via',
        `The rights come from one another in a circle: ${circle.join(' → ')}. One of them needs rights of its own.`,
      );
  }
  for (const circle of circlesOf(linking.entities, neededTargets)) {
    const [name = '', next = ''] = circle;
    const source = sources.get(name);
    const field = [...(linking.entities.get(name)?.fields.values() ?? [])].find(
      (one) => isNeeded(one) && one.reference?.to[0] === next,
    );
    const at = source?.properties.get(field?.key ?? '')?.at;
    if (source && field)
      linking.errors.add(
        at?.file ?? source.file,
        at?.pointer ?? `/properties${step(field.key)}`,
        `No record can ever be the first, because each needs another one: ${circle.join(' → ')}. Let one of these references be empty.`,
      );
  }
}

type Targets = (entity: EntityDraft) => readonly string[];

function accessTargets(entity: EntityDraft): readonly string[] {
  const via = entity.fields.get(entity.accessVia ?? '');
  return via?.reference?.to ?? [];
}

function neededTargets(entity: EntityDraft): readonly string[] {
  return [...entity.fields.values()].filter(isNeeded).flatMap((field) => field.reference?.to ?? []);
}

type NeedyField = Pick<Field, 'required' | 'system' | 'default' | 'reference'>;

/** A reference to one entity that must be filled by whoever makes the record. */
function isNeeded(field: NeedyField): boolean {
  return (
    field.required &&
    !field.system &&
    field.default === undefined &&
    field.reference !== undefined &&
    field.reference.to.length === 1 &&
    !field.reference.many
  );
}

/** Each circle once, from its first name in the order of the model back to it. */
function circlesOf(entities: ReadonlyMap<string, EntityDraft>, targets: Targets): readonly (readonly string[])[] {
  const circles: string[][] = [];
  const done = new Set<string>();
  const walk = (name: string, trail: readonly string[]): void => {
    const start = trail.indexOf(name);
    if (start !== -1) {
      circles.push([...trail.slice(start), name]);
      return;
    }
    const entity = entities.get(name);
    if (!entity || done.has(name)) return;
    for (const target of targets(entity)) walk(target, [...trail, name]);
    done.add(name);
  };
  for (const name of entities.keys()) walk(name, []);
  return circles;
}
