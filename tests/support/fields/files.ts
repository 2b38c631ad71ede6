import type { FieldFixture, Refusal } from './fixture.ts';

const NOWHERE = '018f0000-0000-7000-8000-000000000000';

const NO_FILES: readonly Refusal[] = [
  ...[5, true, ['x'], { name: 'a.pdf' }].map((given) => ({ given, code: 'type' })),
  { given: 'photo.png', code: 'format' },
  { given: NOWHERE, code: 'file' },
];

function fileFixture(type: string, name: string, media: string): FieldFixture {
  const read = { id: `@file:${name}`, name, type: media, size: '@size' };
  return {
    type,
    key: type,
    property: { 'x-field': { type } },
    values: [read],
    valid: [
      { given: `@file:${name}`, read },
      { given: { id: `@file:${name}`, name: 'evil.html', type: media, size: 1 }, read },
    ],
    invalid: type === 'file' ? NO_FILES : [...NO_FILES, { given: '@file:note.txt', code: 'format' }],
    form: false,
  };
}

export const FILES: readonly FieldFixture[] = [
  fileFixture('file', 'note.txt', 'text/plain'),
  fileFixture('image', 'photo.png', 'image/png'),
  fileFixture('signature', 'sign.png', 'image/png'),
];
