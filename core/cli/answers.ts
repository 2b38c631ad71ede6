import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { mergeAnswers, NO_ANSWERS, parseAnswers, readOptionAnswers } from '../storage/plan/answers.ts';
import type { Answers } from '../storage/plan/answers.ts';
import { text, texts, UsageError } from './command.ts';
import type { Call, Option } from './command.ts';

/** What `plan` and `apply` take as consent. */
export const ANSWER_OPTIONS: Readonly<Record<string, Option>> = {
  fill: {
    type: 'string',
    multiple: true,
    hint: 'ENTITY.FIELD=VALUE',
    text: 'the value for records that have none, where one is required now',
  },
  replace: {
    type: 'string',
    multiple: true,
    hint: 'ENTITY.FIELD:OLD=NEW',
    text: 'NEW in place of OLD, which the field no longer takes; an empty NEW clears, * as OLD means every such value',
  },
  truncate: { type: 'string', multiple: true, hint: 'ENTITY.FIELD', text: 'cut texts to the shorter length' },
  convert: { type: 'string', multiple: true, hint: 'ENTITY.FIELD', text: 'carry the values into the new type' },
  drop: {
    type: 'string',
    multiple: true,
    hint: 'ENTITY[.FIELD]',
    text: 'delete for good what no definition speaks of any more',
  },
  answers: {
    type: 'string',
    hint: 'FILE',
    text: 'the same as JSON: {"fill": {}, "replace": {}, "truncate": [], "convert": [], "drop": []}',
  },
};

/** The answers of a call, of its options and its file together. */
export function answersOf(call: Call): Answers {
  const typed = readOptionAnswers({
    fill: texts(call, 'fill'),
    replace: texts(call, 'replace'),
    truncate: texts(call, 'truncate'),
    convert: texts(call, 'convert'),
    drop: texts(call, 'drop'),
  });
  const file = text(call, 'answers');
  return mergeAnswers(file === undefined ? NO_ANSWERS : readFile(file), typed);
}

function readFile(file: string): Answers {
  const path = resolve(file);
  try {
    return parseAnswers(JSON.parse(readFileSync(path, 'utf8')));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UsageError(`${path} is no JSON: ${error.message}`);
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
      throw new UsageError(`There is no file ${path}.`);
    throw error;
  }
}
