import { Temporal } from 'temporal-polyfill';
import { expressionError } from './cel-values.ts';
import type { ValueEnv, ValueTemplate } from './value.ts';

const DAY = 86_400_000;

/**
 * The JSON value of a template. `renderText` fills `{{…}}` texts from the scope. Throws FieldError with code `expression`.
 */
export function evaluateValue(
  template: ValueTemplate,
  env: ValueEnv,
  renderText: (source: string, scope: Readonly<Record<string, unknown>>) => string,
): unknown {
  switch (template.kind) {
    case 'literal':
      return template.value;
    case 'expression':
      return template.expression.evaluate(env.scope);
    case 'text':
      return renderText(template.source, env.scope);
    case 'workingTime':
      return new Date(env.addWorkingTime(env.base, template.duration, template.calendar)).toISOString();
    case 'after':
      return new Date(env.base + template.duration).toISOString();
    case 'date':
      return dateAfter(env, template.duration);
    case 'ref':
      return readRef(env, template.key);
    case 'list':
      return template.items.map((item) => evaluateValue(item, env, renderText));
    default:
      return Object.fromEntries(
        Object.entries(template.members).map(([key, item]) => [key, evaluateValue(item, env, renderText)]),
      );
  }
}

/** Whole days are counted on the calendar, so that a day of 23 or 25 hours does not shift the date. */
function dateAfter({ base, zone }: ValueEnv, duration: number): string {
  const time = Temporal.Instant.fromEpochMilliseconds(base).toZonedDateTimeISO(zone);
  const days = Math.trunc(duration / DAY);
  return time
    .add({ days })
    .add({ milliseconds: duration - days * DAY })
    .toPlainDate()
    .toString();
}

function readRef(env: ValueEnv, key: string): string {
  const id = Object.hasOwn(env.refs, key) ? env.refs[key] : undefined;
  if (id === undefined) throw expressionError(`No record with the key "${key}" was made before.`);
  return id;
}
