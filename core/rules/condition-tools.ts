import { ALWAYS, NEVER } from './condition.ts';
import type { Condition } from './condition.ts';

/** AND, flattened, without constants: nothing left is always true. */
export function all(...conditions: readonly Condition[]): Condition {
  return join('all', conditions);
}

/** OR, flattened, without constants: nothing left is never true. */
export function any(...conditions: readonly Condition[]): Condition {
  return join('any', conditions);
}

export function not(condition: Condition): Condition {
  if (condition.kind === 'constant') return condition.value ? NEVER : ALWAYS;
  return condition.kind === 'not' ? condition.of : { kind: 'not', of: condition };
}

/** The same condition with constants worked out and groups flattened. */
export function simplify(condition: Condition): Condition {
  return mapCondition(condition, (node) => node);
}

/**
 * Rebuilds a condition from the leaves up: `change` sees each compare, related and constant after its inner condition was
 * mapped. Groups are joined by `all`, `any` and `not`, so constants disappear.
 */
export function mapCondition(condition: Condition, change: (leaf: Condition) => Condition): Condition {
  switch (condition.kind) {
    case 'all':
    case 'any':
      return join(
        condition.kind,
        condition.of.map((part) => mapCondition(part, change)),
      );
    case 'not':
      return not(mapCondition(condition.of, change));
    case 'related':
      return simplifyRelated(change({ ...condition, of: mapCondition(condition.of, change) }));
    default:
      return change(condition);
  }
}

function join(kind: 'all' | 'any', conditions: readonly Condition[]): Condition {
  const deciding = kind === 'any';
  const parts: Condition[] = [];
  for (const condition of conditions) {
    if (condition.kind === 'constant') {
      if (condition.value === deciding) return deciding ? ALWAYS : NEVER;
    } else if (condition.kind === kind) {
      parts.push(...condition.of);
    } else {
      parts.push(condition);
    }
  }
  const [first] = parts;
  if (!first) return deciding ? NEVER : ALWAYS;
  return parts.length === 1 ? first : { kind, of: parts };
}

function simplifyRelated(condition: Condition): Condition {
  if (condition.kind !== 'related' || condition.of.kind !== 'constant') return condition;
  const { quantifier, of } = condition;
  if (quantifier === 'every' && of.value) return ALWAYS;
  if (quantifier === 'some' && !of.value) return NEVER;
  return quantifier === 'none' && !of.value ? ALWAYS : condition;
}
