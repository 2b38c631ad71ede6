import type { Records } from '../../records/types.ts';
import { textOf } from '../find-counterpart.ts';
import type { TakeContext } from '../find-counterpart.ts';
import { cut, takes } from '../make-lead.ts';
import type { Place } from './place-mail.ts';
import type { ReceivedMail } from './read-mail.ts';

interface Letter {
  readonly mail: ReceivedMail;
  readonly place: Place;
  readonly at: number;
  readonly contact: string | null;
  /** What the reader should know: what of it is not kept. */
  readonly notes: readonly string[];
}

/**
 * The letter as an activity. Its HTML is sanitised by its field, and left out where it is too long: cut anywhere it would be broken. The words are there in
 * any case, cut to what is taken, for nobody is there to shorten them.
 */
export async function writeLetter(records: Records, ctx: TakeContext, letter: Letter): Promise<string> {
  const { mail, place, at, contact } = letter;
  const notes = letter.notes.length === 0 ? '' : `\n\n[${letter.notes.join(' ').slice(0, 1500)}]`;
  const fields = records.model().entity('activity').fields;
  const limitOf = (key: string) => fields.get(key)?.maxLength ?? 255;
  const values: Readonly<Record<string, unknown>> = {
    kind: 'mail',
    direction: 'in',
    state: 'received',
    subject: cut(mail.subject || '–', limitOf('subject')),
    body: cut(mail.text, limitOf('body') - notes.length) + notes,
    content: mail.html !== null && takes(fields.get('content'), mail.html) ? mail.html : null,
    at: new Date(at).toISOString(),
    about: place.about,
    contact,
    counterpart: cut(mail.from?.address ?? '', 255),
    automatic: mail.nature !== 'person',
    follows: place.follows,
    assignee: place.owner,
  };
  const known = Object.entries(values).filter(([key, value]) => fields.has(key) && value !== null && value !== '');
  const made = await records.write(ctx, { op: 'create', entity: 'activity', input: Object.fromEntries(known) });
  return textOf(made['id']);
}
