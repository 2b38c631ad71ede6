import type { FieldTypeName } from '../model/types.ts';
import { address } from './address.tsx';
import { boolean } from './boolean.tsx';
import { dateTime } from './date-time.tsx';
import { date } from './date.tsx';
import { decimal } from './decimal.tsx';
import { duration } from './duration.tsx';
import { email } from './email.tsx';
import type { FieldModule } from './field-module.ts';
import { file } from './file.tsx';
import { image } from './image.tsx';
import { integer } from './integer.tsx';
import { json } from './json.tsx';
import { money } from './money.tsx';
import { multiSelect } from './multi-select.tsx';
import { number } from './number.tsx';
import { phone } from './phone.tsx';
import { reference } from './reference.tsx';
import { richText } from './rich-text.tsx';
import { select } from './select.tsx';
import { sequence } from './sequence.tsx';
import { signature } from './signature.tsx';
import { text } from './text.tsx';
import { url } from './url.tsx';

export type { FieldModule } from './field-module.ts';

const MODULES: Readonly<Record<FieldTypeName, FieldModule>> = {
  text,
  richText,
  integer,
  number,
  decimal,
  money,
  boolean,
  date,
  dateTime,
  duration,
  select,
  multiSelect,
  email,
  phone,
  url,
  address,
  reference,
  file,
  image,
  signature,
  sequence,
  json,
};

/** How a field type is drawn; a type the UI does not know (a plugin's without a UI of its own) is shown as text. */
export const fieldModule = (type: string): FieldModule =>
  Object.hasOwn(MODULES, type) ? MODULES[type as FieldTypeName] : text;

export const FIELD_TYPES = Object.keys(MODULES) as readonly FieldTypeName[];
