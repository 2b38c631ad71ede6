import { describe, expect, it } from 'vitest';
import { fieldOf } from '../../tests/support/lookup.ts';
import type { ParseEnv } from './field-type.ts';

const phone = fieldOf('phone');
const EE: ParseEnv = { currency: 'EUR', country: 'EE' };
const NOWHERE: ParseEnv = { currency: 'EUR' };

function read(text: string, env: ParseEnv = EE): unknown {
  return phone.type.parse(text, phone, env);
}

function refusal(text: string): unknown {
  try {
    return read(text);
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
}

describe('one number in many spellings', () => {
  it.each([
    ['8 (495) 123-45-67', '+74951234567'],
    ['+7 495 123 45 67', '+74951234567'],
    ['+7495 1234567', '+74951234567'],
    ['84951234567', '+74951234567'],
    ['7 495 123-45-67', '+74951234567'],
    ['007 495 123 45 67', '+74951234567'],
    ['tel:+7-495-123-45-67', '+74951234567'],
    ['8 (495) 123-45-67 доб. 12', '+74951234567'],
    ['8(495)1234567 ext 12', '+74951234567'],
    ['5123 4567', '+37251234567'],
    ['00 372 5123 4567', '+37251234567'],
    ['(+372) 51234567', '+37251234567'],
    ['+372 5123-4567 x3', '+37251234567'],
  ])('%s is %s', (typed, canonical) => {
    expect(read(typed)).toBe(canonical);
    expect(read(canonical)).toBe(canonical);
  });

  it('needs no country for international spellings', () => {
    expect(read('+371 2612 3456', NOWHERE)).toBe('+37126123456');
    expect(read('8 (495) 123-45-67', NOWHERE)).toBe('+74951234567');
    expect(read('5123 4567', NOWHERE)).toBe('5123 4567');
  });
});

it('keeps what no country explains as typed, with its digits', () => {
  expect(read(' 12-345 ')).toBe('12-345');
  expect(phone.type.cells('12-345', phone, { 'phone:typed': '12-345' })).toStrictEqual({
    '': '12-345',
    _t: '12-345',
    _c: '12345',
  });
});

it.each([
  ['CALL ME', 'A phone number must not contain letters.'],
  ['1234', 'A phone number must have 5 to 15 digits.'],
  ['1234567890123456', 'A phone number must have 5 to 15 digits.'],
])('refuses %s', (typed, message) => {
  expect(refusal(typed)).toBe(message);
});

it('keeps the spelling as typed beside the number', () => {
  expect(phone.type.companions?.(' 8 (495) 123-45-67 ', phone, EE)).toStrictEqual({
    'phone:typed': '8 (495) 123-45-67',
  });
  expect(phone.type.companions?.(null, phone, EE)).toStrictEqual({ 'phone:typed': null });
});

describe('filters compare digits', () => {
  it.each([
    ['8 (495) 123-45-67', '74951234567'],
    ['51234567', '37251234567'],
    ['12-34', '1234'],
    ['not a number', ''],
  ])('eq %s', (typed, digits) => {
    expect(phone.type.operand(typed, phone, EE)).toBe(digits);
  });

  it.each([
    ['+372 51', '37251'],
    ['00372 5', '3725'],
    ['5123 4567', '37251234567'],
    ['abc', 'abc'],
  ])('contains %s', (typed, digits) => {
    expect(phone.type.textOperand?.(typed, phone, EE)).toBe(digits);
  });
});

it('is found by its international and its national digits', () => {
  expect(phone.type.searchText?.('+37251234567', phone)).toStrictEqual(['37251234567']);
  expect(phone.type.searchText?.('+493012345678', phone)).toStrictEqual(['493012345678', '03012345678']);
});
