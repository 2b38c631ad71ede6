import { asSystem, instant } from '../../context.ts';
import type { Context, Transaction } from '../../context.ts';
import type { RecordData, Value } from '../../fields/field-type.ts';
import type { OutwardAction, RecordStepContext, StepContext } from '../action-type.ts';
import { idOf } from '../people.ts';
import { fitTexts } from './fit-texts.ts';
import { requiredAbout, inputOf, invalid, requiredText, textIn } from './input.ts';
import type { Target } from './input.ts';

export interface Letter {
  /** Stable: a repetition carries the same Message-ID. */
  readonly key: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** Ids of files. */
  readonly attachments: readonly string[];
  readonly about: Target;
}

/** What the action needs of the mail channel: resolves when the server has accepted the letter. */
export interface MailService {
  send(ctx: Context, letter: Letter): Promise<{ readonly messageId: string }>;
  /** Told in the transaction that notes the letter, so that what comes back about it finds the activity. */
  sent?(
    ctx: Context & { readonly tx: Transaction },
    letter: { readonly messageId: string; readonly activity: string },
  ): Promise<void>;
}

/** Sends a letter; once accepted it stands on the record as the event `mail.sent` and as an activity. */
export function mailAction(mail: MailService): OutwardAction {
  return {
    name: 'mail',
    kind: 'outward',
    input: inputOf('mail'),
    async run(step) {
      const letter = await letterOf(step);
      const { messageId } = await mail.send(step.ctx, letter);
      step.log(`Mail "${letter.subject}" accepted for ${letter.to}.`, { messageId });
      const { to, subject, text, attachments, about } = letter;
      return { messageId, to, subject, text, attachments, about: { ...about } };
    },
    settle: (step, result) => noteAsSent(mail, step, result),
  };
}

async function letterOf(step: StepContext): Promise<Letter> {
  const input = step.inputIn(textIn(step.input, 'language'));
  const to = textIn(input, 'to');
  if (to === null)
    throw invalid(
      'to',
      'There is no address to send the mail to. Fill it in and run the job again, or give the step a "when".',
    );
  return {
    key: step.key,
    to,
    subject: requiredText(input, 'subject'),
    text: requiredText(input, 'body'),
    attachments: await filesOf(step, input['attach']),
    about: requiredAbout(step),
  };
}

/** The files of the documents to attach. */
async function filesOf({ ctx, records, rule }: StepContext, attach: unknown): Promise<readonly string[]> {
  const documents = (Array.isArray(attach) ? attach : [attach]).map(idOf).filter((id) => id !== null);
  const files: string[] = [];
  for (const id of documents) {
    const document = await records.get(asSystem(ctx, `rule ${rule}`), { entity: 'document', id });
    const file = idOf(document['file']);
    if (file === null) throw invalid('attach', `Document ${id} has no file.`);
    files.push(file);
  }
  return files;
}

async function noteAsSent(mail: MailService, step: RecordStepContext, result: Value): Promise<void> {
  const { messageId = null, to = null, subject = null, text = null, about } = result as RecordData;
  const ctx = asSystem(step.ctx, `rule ${step.rule}`);
  const target = about as unknown as Target;
  await step.records.event(ctx, { ...target, kind: 'mail.sent', data: { to, subject, messageId } });
  const activity = step.records.model().entities.get('activity');
  const targets = activity?.fields.get('about')?.reference?.to ?? [];
  if (!activity || !targets.includes(target.entity)) return;
  const reference = targets.length === 1 ? target.id : { ...target };
  const values = { kind: 'mail', subject, body: text, at: instant(ctx.clock), about: reference };
  const more = { direction: 'out', state: 'sent', counterpart: to };
  const known = Object.entries({ ...values, ...more }).filter(([key]) => activity.fields.has(key));
  const input = fitTexts(activity, Object.fromEntries(known));
  const made = await step.records.write(ctx, { op: 'create', entity: activity.name, input });
  const id = idOf(made['id']);
  if (id !== null && typeof messageId === 'string') await mail.sent?.(ctx, { messageId, activity: id });
}
