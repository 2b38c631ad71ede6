import { booleanType } from './boolean.ts';
import { dateTimeType } from './date-time.ts';
import { dateType } from './date.ts';
import { createMoneyType, decimalType } from './decimal.ts';
import { durationType } from './duration.ts';
import { emailType } from './email.ts';
import type { FieldType, JsonSchema } from './field-type.ts';
import { fileType, imageType, signatureType } from './file.ts';
import { idType } from './id.ts';
import { integerType } from './integer.ts';
import { jsonType } from './json.ts';
import { numberType } from './number.ts';
import { phoneType } from './phone.ts';
import { referenceType } from './reference.ts';
import { richTextType } from './rich-text.ts';
import { multiSelectType, selectType } from './select.ts';
import { addressType, sequenceType, textType } from './text.ts';
import { urlType } from './url.ts';

const TYPES: readonly FieldType[] = [
  textType,
  richTextType,
  integerType,
  numberType,
  decimalType,
  booleanType,
  dateType,
  dateTimeType,
  durationType,
  selectType,
  multiSelectType,
  emailType,
  phoneType,
  urlType,
  addressType,
  referenceType,
  fileType,
  imageType,
  signatureType,
  sequenceType,
  jsonType,
  idType,
];

/**
 * Every field type by name: those of core, the system type `id`, and what plugins add. Throws when a name comes twice.
 * One registry belongs to one app.
 */
export function createFieldTypes(extra: readonly FieldType[] = []): ReadonlyMap<string, FieldType> {
  const byName = new Map<string, FieldType>();
  for (const type of [...TYPES, createMoneyType(), ...extra]) {
    if (byName.has(type.name))
      throw new Error(`The field type "${type.name}" is registered twice: rename one of them.`);
    byName.set(type.name, type);
  }
  return byName;
}

/** The type that a property's plain JSON Schema decides for, without `x-field.type`; undefined when none does. */
export function inferFieldType(types: ReadonlyMap<string, FieldType>, schema: JsonSchema): FieldType | undefined {
  return [...types.values()].find((type) => type.infer?.(schema));
}
