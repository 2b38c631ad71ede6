import type { Entity } from '../../definitions/model.ts';

/** Cuts texts that a rule has put together to the length of their field: nobody is there to shorten them. */
export function fitTexts(entity: Entity, values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const fitted = Object.entries(values).map(([key, value]) => {
    const field = entity.fields.get(key);
    const limit = field?.type.name === 'text' ? field.maxLength : undefined;
    return [key, typeof value === 'string' && limit !== undefined ? cut(value, limit) : value];
  });
  return Object.fromEntries(fitted) as Record<string, unknown>;
}

function cut(text: string, limit: number): string {
  const characters = Array.from(text);
  return characters.length <= limit ? text : `${characters.slice(0, limit - 1).join('')}…`;
}
