import type { Condition } from './condition.ts';

/** The fields of its own record that a condition asks for; null when it also asks for other records, the time or who asks. */
export function fieldsRead(condition: Condition): ReadonlySet<string> | null {
  switch (condition.kind) {
    case 'constant':
      return new Set();
    case 'all':
    case 'any':
      return condition.of.map(fieldsRead).reduce(join, new Set());
    case 'not':
      return fieldsRead(condition.of);
    case 'compare': {
      const { path, operand } = condition;
      if (path.hops.length > 0) return null;
      if (operand.kind === 'value') return new Set([path.field.key]);
      if (operand.kind !== 'field' || operand.path.hops.length > 0) return null;
      return new Set([path.field.key, operand.path.field.key]);
    }
    default:
      return null;
  }
}

function join(one: ReadonlySet<string> | null, other: ReadonlySet<string> | null): ReadonlySet<string> | null {
  return one && other ? new Set([...one, ...other]) : null;
}
