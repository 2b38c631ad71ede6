import { asSystem, instant } from '../../context.ts';
import type { Context } from '../../context.ts';
import { CasementError, validationError } from '../../errors.ts';
import type { RecordData } from '../../fields/field-type.ts';
import { PermanentJobError } from '../../jobs/permanent-error.ts';
import type { JobHandler, Jobs } from '../../jobs/types.ts';
import type { Records } from '../../records/types.ts';
import type { Channels } from '../create-channels.ts';
import { textOf } from '../find-counterpart.ts';
import { noteKnown } from '../known-things.ts';
import { cut } from '../make-lead.ts';

export interface StartCallDeps {
  readonly records: Records;
  readonly channels: Channels;
  readonly jobs: Pick<Jobs, 'handle' | 'enqueue'>;
}

export interface CallRequest {
  readonly entity: string;
  readonly id: string;
  /** The field with the number. */
  readonly field: string;
}

export const CALL_JOB = 'call';
const CHANNEL = 'telephony';

/**
 * Calls the number on a card: the caller's own phone rings first. Answers the activity, which goes on as the exchange tells. With the caller's rights
 * throughout: a number he may not read cannot be called. VALIDATION when one of the two phones is missing; UNAVAILABLE without telephony.
 */
export async function startCall(deps: StartCallDeps, ctx: Context, asked: CallRequest): Promise<RecordData> {
  const { records, channels, jobs } = deps;
  if (!channels.get(CHANNEL)?.call)
    throw new CasementError('UNAVAILABLE', 'Calls cannot be started here yet: TELEPHONY_URL is not set.');
  const { entity, id, field } = asked;
  if (records.model().entities.get(entity)?.fields.get(field)?.type.name !== 'phone')
    throw validationError([
      { path: '/field', code: 'unknown', message: `There is no phone "${field.slice(0, 60)}" there.` },
    ]);
  const card = await records.get(ctx, { entity, id });
  const to = textOf(card[field]);
  if (!/^\+?\d{3,20}$/.test(to)) throw missing('/field', 'There is no number to call.');
  const self =
    ctx.principal.id === null
      ? null
      : await records.get(asSystem(ctx, 'the phone of who calls'), { entity: 'user', id: ctx.principal.id });
  const from = textOf(self?.['phone']);
  if (from === '') throw missing('/from', 'Your own card has no phone. Fill it in: it rings first.');
  return records.transaction(ctx, async (inside) => {
    const about = records.model().entities.get('activity')?.fields.get('about')?.reference?.to.includes(entity);
    const input = {
      kind: 'call',
      direction: 'out',
      state: 'ringing',
      subject: cut(textOf(card['name']) || textOf(card['title']) || to, 200),
      counterpart: to,
      at: instant(ctx.clock),
      ...(about ? { about: { entity, id } } : {}),
      ...(entity === 'contact' ? { contact: id } : {}),
      assignee: ctx.principal.id,
    };
    const activity = await records.write(inside, { op: 'create', entity: 'activity', input });
    const key = textOf(activity['id']);
    await noteKnown(inside, 'call', { id: `${CHANNEL}:${key}`, entity: 'activity', record: key });
    // A call that could not be made now is not made later by itself.
    await jobs.enqueue(inside.tx, {
      kind: CALL_JOB,
      key: `call:${key}`,
      payload: { activity: key, from, to },
      attempts: 1,
    });
    return activity;
  });
}

/** Hands the call to the exchange, once; what goes wrong stands on the activity. */
export function callHandler({ records, channels }: StartCallDeps, context: () => Context): JobHandler {
  return async (run) => {
    const { activity, from, to } = run.job.payload as { activity: string; from: string; to: string };
    const channel = channels.get(CHANNEL);
    if (!channel?.call) throw new PermanentJobError('Calls cannot be started here: TELEPHONY_URL is not set.');
    const start = channel.call.bind(channel);
    try {
      const { id } = await channels.watch(CHANNEL, () => start({ key: activity, from, to }));
      await run.commit(
        (tx) =>
          noteKnown({ ...context(), tx }, 'call', { id: `${CHANNEL}:${id}`, entity: 'activity', record: activity }),
        { done: true },
      );
    } catch (error) {
      const outcome = cut(error instanceof Error ? error.message : String(error), 500);
      await run.commit(
        (tx) =>
          records.write(
            { ...context(), tx },
            { op: 'update', entity: 'activity', id: activity, input: { state: 'failed', outcome } },
          ),
        { done: true },
      );
    }
  };
}

function missing(path: string, message: string): CasementError {
  return validationError([{ path, code: 'required', message }]);
}
