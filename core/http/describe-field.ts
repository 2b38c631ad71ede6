import type { Field } from '../definitions/model.ts';
import { operatorsOf } from '../fields/reference.ts';
import type { DescribeInput } from './describe-model.ts';

/** One field for the screens; a member that does not apply is left out. */
export function describeField(input: DescribeInput, field: Field): Readonly<Record<string, unknown>> {
  const { model, access, locale } = input;
  const text = (kind: string, rest = '') =>
    model.texts.get(`entities.${field.entity}.${kind}.${field.key}${rest}`, locale);
  const isComputed = field.computed !== undefined || field.rollup !== undefined;
  const members: Readonly<Record<string, unknown>> = {
    key: field.key,
    title: text('fields') || field.title,
    type: field.type.name,
    required: field.required,
    readOnly: field.readOnly || !access.writable(field.entity, field.key),
    system: field.system,
    help: field.help === undefined ? undefined : text('help') || field.help,
    options: field.options?.map((value) => ({ value, title: optionTitle(input, field, value) })),
    maxLength: field.maxLength,
    minLength: field.minLength,
    minimum: field.minimum,
    maximum: field.maximum,
    pattern: field.pattern,
    scale: field.scale,
    currency: field.currency,
    multiline: field.multiline || undefined,
    default: field.default,
    reference: field.reference && {
      to: field.reference.to.filter((target) => access.can(target, 'read')),
      // How a value is written does not depend on which targets the caller may see.
      polymorphic: field.reference.to.length > 1,
      many: field.reference.many,
    },
    operators: operatorsOf(field),
    searchable: field.type.searchText !== undefined,
    computed: isComputed,
    rollup: field.rollup?.of.key,
  };
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

/** Stages and role names have titles of their own; other options theirs under the field. */
function optionTitle({ model, locale }: DescribeInput, field: Field, value: string): string {
  const pipelines = [...model.pipelines.values()].filter((pipeline) => pipeline.entity === field.entity);
  if (field.key === 'stage') {
    const pipeline = pipelines.find(({ stages }) => stages.some((stage) => stage.key === value));
    if (pipeline) return model.texts.get(`pipelines.${pipeline.name}.stages.${value}.title`, locale) || value;
  }
  if (field.key === 'pipeline' && pipelines.some(({ name }) => name === value)) {
    return model.texts.get(`pipelines.${value}.title`, locale) || value;
  }
  const own = model.texts.keys.has(`entities.${field.entity}.options.${field.key}.${value}`);
  if (!own && model.texts.keys.has(`roles.${value}.title`)) return model.texts.get(`roles.${value}.title`, locale);
  const title = own ? model.texts.get(`entities.${field.entity}.options.${field.key}.${value}`, locale) : undefined;
  return title || field.optionTitles[value] || value;
}
