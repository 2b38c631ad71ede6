import { createRequire } from 'node:module';
import type * as PhoneNumbers from 'libphonenumber-js/min';
import { FieldError } from './field-type.ts';

const require = createRequire(import.meta.url);

const EXTENSION = /[\s,;]*(?:;ext=|ext(?:ension)?\.?|доб\.?|lisa|вн\.?|x|#)[\s:.]*\d{1,7}\s*$/iu;
const E164 = /^\+[1-9]\d{4,14}$/;

/** True for `+37251234567`: the number was understood. False for one kept as typed. */
export function isE164(value: string): boolean {
  return E164.test(value);
}

/** Digits of a number, without a leading 00, a `tel:` or an extension. */
export function phoneDigits(text: string): string {
  return withPlus(withoutExtension(text)).replace(/\D/g, '');
}

/** True for what people type as a number or the beginning of one: digits and the signs between them, with or without an extension. */
export function looksLikePhone(text: string): boolean {
  return /^[\d\s()+./\p{Pd}]*$/u.test(withoutExtension(text));
}

/** How the number is dialled within its country: `+493012345678` gives `03012345678`. */
export function nationalDigits(e164: string): string {
  const number = understoodLast.get(e164) ?? numbers().parsePhoneNumberFromString(e164);
  return number?.formatNational().replace(/\D/g, '') ?? '';
}

/** What a number is does not change, so this is no state: a write asks for its digits soon after it has read it. */
const understoodLast = new Map<string, PhoneNumbers.PhoneNumber>();
const MOST_REMEMBERED = 1000;

function remembered(number: PhoneNumbers.PhoneNumber): string {
  if (understoodLast.size >= MOST_REMEMBERED) understoodLast.clear();
  understoodLast.set(number.number, number);
  return number.number;
}

/**
 * E.164 of a number as typed, read with the record's or the organisation's country; the text itself when it is only digits
 * that no country explains. Refuses letters (bar an extension), fewer than 5 and more than 15 digits.
 */
export function readPhone(typed: string, country: string | undefined): string {
  const bare = withoutExtension(typed);
  if (/\p{L}/u.test(bare)) throw new FieldError('format', 'A phone number must not contain letters.');
  const text = withPlus(bare);
  const digits = text.replace(/\D/g, '');
  if (digits.length < 5 || digits.length > 15) {
    throw new FieldError('format', 'A phone number must have 5 to 15 digits.', { minimum: 5, maximum: 15 });
  }
  return understood(text, digits, country) ?? typed;
}

function understood(text: string, digits: string, country: string | undefined): string | undefined {
  if (text.startsWith('+')) {
    const number = numbers().parsePhoneNumberFromString(`+${digits}`);
    return number?.isPossible() ? remembered(number) : undefined;
  }
  if (country !== undefined && numbers().isSupportedCountry(country)) {
    const number = numbers().parsePhoneNumberFromString(digits, country);
    if (number?.isValid()) return remembered(number);
  }
  return /^[78]\d{10}$/.test(digits) ? `+7${digits.slice(1)}` : undefined;
}

/** Loaded with the first number, not at boot. */
function numbers(): typeof PhoneNumbers {
  return require('libphonenumber-js/min');
}

function withPlus(text: string): string {
  return text.replace(/^[\s(]*00/, '+');
}

function withoutExtension(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/^\s*tel:/i, '')
    .replace(EXTENSION, '')
    .trim();
}
