import { CHOICES } from './choices.ts';
import { FILES } from './files.ts';
import type { FieldFixture } from './fixture.ts';
import { LINKS } from './links.ts';
import { NUMBERS } from './numbers.ts';
import { TEXTS } from './texts.ts';
import { TIMES } from './times.ts';

/** One or more for every field type a definition can name. */
export const FIXTURES: readonly FieldFixture[] = [...TEXTS, ...NUMBERS, ...TIMES, ...CHOICES, ...LINKS, ...FILES];
