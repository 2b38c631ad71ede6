import { expect, it } from 'vitest';
import { accessOf } from '../access/access.ts';
import { loadProject } from '../cli/load-project.ts';
import { guessMapping } from './guess-mapping.ts';

const model = loadProject({ projectDir: new URL('../..', import.meta.url).pathname, plugins: [] });
const system = { kind: 'system', id: null, name: 'system', roles: [], teamMates: [] } as const;

function guess(columns: readonly string[], sample: readonly (readonly string[])[] = [], entity = 'contact') {
  return guessMapping({ model, access: accessOf(model, system), entity: model.entity(entity), columns, sample });
}

it.each([
  ['name', 'Full Name'],
  ['name', 'CUSTOMER NAME'],
  ['name', 'Имя'],
  ['email', 'E-Mail'],
  ['phone', 'homePhone'],
  ['phone', 'Telefon'],
  ['birthday', 'Brithday'],
  ['city', 'Linn'],
])('%s may be called %s', (key, column) => {
  expect(guess([column])[key]).toMatchObject({ column });
});

it('uses a column once, the surest pair first, and leaves alone what is like nothing', () => {
  expect(guess(['Company name', 'Name', 'Shoe size'])).toEqual({
    name: { column: 'Name' },
    company: { column: 'Company name' },
  });
});

it('looks at what stands in a column for e-mails', () => {
  expect(guess(['email_address'], [['ann@example.com'], ['bob@example.com']])).toEqual({
    email: { column: 'email_address' },
  });
});

it('never proposes what cannot be set', () => {
  expect(guess(['total', 'createdAt', 'version'], [], 'order')).toEqual({});
});

const dates = (...values: readonly string[]) =>
  guess(
    ['birthday'],
    values.map((value) => [value]),
  )['birthday']?.format;

it.each([
  ['d.M.yyyy', ['31.03.1980', '1.12.1990']],
  ['d.M.yyyy', ['01.02.1980', '99.99.1990', '3.4.1990', '5.6.1991', '7.8.1992']],
  ['d/M/yyyy', ['31/03/1980', '01/02/1990']],
  ['M/d/yyyy H:mm', ['3/31/1980 10:15', '1/2/1990 9:05']],
  ['d-M-yy', ['31-03-80']],
  [undefined, ['01/02/1990', '03/04/1991']],
  [undefined, ['1990-02-01']],
])('dates are written as %s: %j', (format, values) => {
  expect(dates(...values)).toBe(format);
});

it('tells a decimal comma from one that parts thousands', () => {
  const decimal = (...values: readonly string[]) =>
    guess(
      ['price'],
      values.map((value) => [value]),
      'product',
    )['price']?.decimal;
  expect([decimal('12,5'), decimal('1 234,567'), decimal('1,234.50'), decimal('12.50')]).toEqual([
    ',',
    ',',
    '.',
    undefined,
  ]);
});
