import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../../api/client.ts';
import { useSave } from '../../../api/hooks.ts';
import { detailText, errorText } from '../../../i18n/error-text.ts';
import { useMe } from '../../../model/use-model.ts';
import type { ModelEntity, ModelField, RecordData, Value } from '../../../model/types.ts';
import { newRecord, sortErrors, toFormValues } from '../../form/form-state.ts';
import { type RowEdits, rowPatch } from './grid-row.ts';

interface Options {
  readonly entity: ModelEntity;
  readonly fields: readonly ModelField[];
  /** Absent for a new row. */
  readonly record: RecordData | undefined;
  readonly back: { readonly field: string; readonly value: Value };
  readonly onDone: (saved: boolean) => void;
}

/** One row being changed: what was typed, how it is saved, what the server said against it. */
export function useGridRow({ entity, fields, record, back, onDone }: Options) {
  const { t } = useTranslation();
  const { user } = useMe();
  const saving = useSave(entity.name);
  const [start] = useState(() => record ?? newRecord(entity, user.id));
  const [edits, setEdits] = useState<RowEdits>({});
  const [failure, setFailure] = useState<ApiError | null>(null);
  const base = record ?? start;
  const initial = toFormValues(fields, base);
  const errors = sortErrors(failure?.errors ?? [], new Set(fields.map((field) => field.key)));

  /** True when the row is saved or there was nothing to save. */
  const commit = async (): Promise<boolean> => {
    const patch = rowPatch(fields, base, edits);
    if (Object.keys(patch).length === 0) {
      onDone(false);
      return true;
    }
    setFailure(null);
    const version = record?.['version'];
    try {
      await saving.mutateAsync(
        record
          ? { id: String(record['id']), version: typeof version === 'number' ? version : undefined, values: patch }
          : { values: { ...start, ...patch, [back.field]: back.value } },
      );
      onDone(true);
      return true;
    } catch (error) {
      setFailure(
        error instanceof ApiError ? error : new ApiError({ status: 500, code: 'INTERNAL', detail: String(error) }),
      );
      return false;
    }
  };
  const stale = failure?.code === 'CONFLICT' && failure.status === 412;
  return {
    valueOf: (key: string): unknown => (Object.hasOwn(edits, key) ? edits[key] : initial[key]),
    change: (key: string, value: unknown): void => setEdits((known) => ({ ...known, [key]: value })),
    errorOf: (field: ModelField): string | undefined =>
      errors.byField[field.key]?.map((error) => detailText(error, t, field.type)).join(' '),
    message:
      failure === null
        ? ''
        : stale
          ? t('forms.conflict')
          : failure.errors.length > 0
            ? errors.rest.map((error) => detailText(error, t)).join(' ')
            : errorText(failure, t),
    commit,
    busy: saving.isPending,
  };
}
