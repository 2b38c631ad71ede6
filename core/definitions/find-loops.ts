import { fieldsRead } from '../rules/condition-reads.ts';
import type { Condition } from '../rules/condition.ts';
import type { Linking } from './linking.ts';
import { effectsOf, setsOff } from './rule-effects.ts';
import type { Effect } from './rule-effects.ts';
import type { Automation } from './model.ts';

/** Rules that set one another off without an end, whoever begins. */
export interface Loop {
  /** Their names, in their order. */
  readonly rules: readonly string[];
  readonly message: string;
}

interface Edge {
  readonly from: Automation;
  readonly to: Automation;
  readonly effect: Effect;
}

/**
 * The circles of rules that nothing in them can stop: each does, under no condition, what sets the next one off. A condition counts as a
 * stop unless it asks the rule's own record for nothing that a rule of the circle changes. Circles that may stop are watched when they run.
 */
export function findLoops(linking: Linking, automations: ReadonlyMap<string, Automation>): readonly Loop[] {
  const edges = edgesOf(
    linking,
    [...automations.values()].filter((rule) => rule.enabled),
  );
  const loops = new Map<string, Loop>();
  for (const start of new Set(edges.map(({ from }) => from))) {
    const circle = shortestCircle(edges, start);
    if (!circle) continue;
    const rules = circle.map(({ from }) => from.name);
    const name = [...rules].sort().join(' ');
    if (!loops.has(name)) loops.set(name, { rules, message: messageOf(circle) });
  }
  return [...loops.values()];
}

function edgesOf(linking: Linking, rules: readonly Automation[]): readonly Edge[] {
  return rules.flatMap((from) =>
    effectsOf(linking, from)
      .filter((effect) => !effect.settles)
      .flatMap((effect) =>
        rules.filter((to) => setsOff(effect, to.on, from.on)).map((to): Edge => ({ from, to, effect })),
      ),
  );
}

/** The shortest way from a rule back to itself that nothing stops. */
function shortestCircle(edges: readonly Edge[], start: Automation): readonly Edge[] | undefined {
  let paths: readonly (readonly Edge[])[] = edges.filter(({ from }) => from === start).map((edge) => [edge]);
  const seen = new Set<Automation>();
  while (paths.length > 0) {
    const closed = paths.find((path) => path.at(-1)?.to === start && !mayStop(path));
    if (closed) return closed;
    const open = few(paths.filter((path) => path.at(-1)?.to !== start && !seen.has(path.at(-1)!.to)));
    for (const path of open) seen.add(path.at(-1)!.to);
    paths = open.flatMap((path) => edges.filter(({ from }) => from === path.at(-1)?.to).map((edge) => [...path, edge]));
  }
  return undefined;
}

/** Of many ways to one rule those with the fewest conditions: more of them tell nothing new. */
function few(paths: readonly (readonly Edge[])[]): readonly (readonly Edge[])[] {
  const met = new Map<Automation, number>();
  const conditions = (path: readonly Edge[]) => path.reduce((sum, { effect }) => sum + effect.conditions.length, 0);
  return [...paths]
    .sort((a, b) => conditions(a) - conditions(b))
    .filter((path) => {
      const { to } = path.at(-1)!;
      met.set(to, (met.get(to) ?? 0) + 1);
      return met.get(to)! <= WAYS;
    });
}

const WAYS = 3;

function mayStop(circle: readonly Edge[]): boolean {
  const conditions = circle.flatMap(({ to, effect }) => [...effect.conditions, ...conditionsOf(to)]);
  if (conditions.length === 0) return false;
  // Two conditions may exclude each other, and what is asked of another record may change.
  const isOne = new Set(conditions.map(textOf)).size === 1;
  if (!isOne || circle.some(({ effect }) => !effect.isOwn || effect.kind !== 'updated')) return true;
  const read = fieldsRead(conditions[0]!);
  return read === null || circle.some(({ effect }) => effect.fields.some((field) => read.has(field)));
}

function conditionsOf({ when }: Automation): readonly Condition[] {
  return when.kind === 'constant' && when.value ? [] : [when];
}

/** Fields are named, not spelt out: they are the same objects of the same model. */
function textOf(condition: Condition): string {
  return JSON.stringify(condition, (key, value: unknown) =>
    key === 'field' && typeof value === 'object' && value !== null ? (value as { key?: unknown }).key : value,
  );
}

function messageOf(circle: readonly Edge[]): string {
  const names = [...circle.map(({ from }) => from.name), circle[0]!.from.name];
  const links = circle.map(({ from, to, effect }) => `${from.name} ${effect.says}, which sets off ${to.name}`);
  return `A circle without an end: ${names.join(' → ')}. ${links.join('; ')}. Give one of them a "when" that stops it, or name the "fields" it is meant for.`;
}
