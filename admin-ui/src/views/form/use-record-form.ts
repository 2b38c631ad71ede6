import { useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { ApiError, type ErrorDetail } from '../../api/client.ts';
import { useSave } from '../../api/hooks.ts';
import type { ModelEntity, ModelField, RecordData } from '../../model/types.ts';
import { useMe } from '../../model/use-model.ts';
import { type FormValues, fromFormValues, newRecord, sameFormValue, sortErrors, toFormValues } from './form-state.ts';

interface Options {
  readonly entity: ModelEntity;
  readonly fields: readonly ModelField[];
  /** The record as the server has it now; absent for a new one. */
  readonly record?: RecordData | undefined;
  /** Values a new record begins with; those of fields not shown are sent too. */
  readonly values?: RecordData | undefined;
  readonly onSaved?: ((record: RecordData) => void) | undefined;
  /** Saves in another way, such as a move; default: create or update. */
  readonly save?: ((values: RecordData) => Promise<RecordData>) | undefined;
}

interface Edit {
  readonly value: unknown;
  /** What the field held when it was first touched: differs from the server's now = somebody else changed it. */
  readonly base: unknown;
}

/**
 * The state of a form. Only touched fields are kept, so that live changes of the others come through and a save sends
 * nothing it did not mean. A conflict keeps every edit.
 */
export function useRecordForm({ entity, fields, record, values, onSaved, save }: Options) {
  const { user } = useMe();
  const client = useQueryClient();
  const saving = useSave(entity.name);
  const [edits, setEdits] = useState<Readonly<Record<string, Edit>>>({});
  const [errors, setErrors] = useState<readonly ErrorDetail[]>([]);
  const [failure, setFailure] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const start = useMemo(() => record ?? newRecord(entity, user.id, values), [record, entity, user.id, values]);
  const initial = useMemo(() => toFormValues(fields, start), [fields, start]);
  const keys = useMemo(() => new Set(fields.map((field) => field.key)), [fields]);

  const change = (key: string, value: unknown): void => {
    setErrors((known) => known.filter((error) => !error.path.startsWith(`/${key}`)));
    setEdits((known) => {
      const base = Object.hasOwn(known, key) ? known[key]?.base : initial[key];
      if (!sameFormValue(value, base)) return { ...known, [key]: { value, base } };
      const { [key]: _same, ...others } = known;
      return others;
    });
  };
  /** Forgets the edit of one field: what the server has stands. */
  const discard = (key: string): void => setEdits(({ [key]: _dropped, ...others }) => others);
  const reset = (): void => {
    setEdits({});
    setErrors([]);
    setFailure(null);
  };
  const dirty = Object.keys(edits).length > 0;
  const conflicts = new Set(
    record ? Object.entries(edits).flatMap(([key, edit]) => (sameFormValue(edit.base, initial[key]) ? [] : [key])) : [],
  );

  const submit = async (): Promise<void> => {
    const edited: FormValues = Object.fromEntries(Object.entries(edits).map(([key, edit]) => [key, edit.value]));
    const changed = fromFormValues(fields, edited);
    const version = record?.['version'];
    const command = record
      ? { id: String(record['id']), version: typeof version === 'number' ? version : undefined, values: changed }
      : { values: { ...bareReferences(start, entity), ...changed } };
    setBusy(true);
    setErrors([]);
    setFailure(null);
    try {
      const saved = await (save ? save(command.values) : saving.mutateAsync(command));
      setEdits({});
      onSaved?.(saved);
    } catch (error) {
      const problem =
        error instanceof ApiError ? error : new ApiError({ status: 500, code: 'INTERNAL', detail: String(error) });
      setErrors(problem.errors);
      setFailure(problem);
      // The newer record comes in under the edits; saving again is then a choice made knowingly.
      if (problem.code === 'CONFLICT') await client.invalidateQueries({ queryKey: ['record', entity.name] });
    } finally {
      setBusy(false);
    }
  };

  return {
    valueOf: (key: string): unknown => (Object.hasOwn(edits, key) ? edits[key]?.value : initial[key]),
    change,
    discard,
    reset,
    submit,
    dirty,
    busy,
    failure,
    conflicts,
    errors: sortErrors(errors, keys),
  };
}

/** A new record's given values in the API's spelling: expanded references are sent as what they point to. */
function bareReferences(record: RecordData, entity: ModelEntity): RecordData {
  const fields = entity.fields.filter((field) => field.reference && Object.hasOwn(record, field.key));
  return { ...record, ...fromFormValues(fields, toFormValues(fields, record)) };
}
