import { ActionIcon, Loader } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { type FocusEvent, type KeyboardEvent, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../../fields/registry.ts';
import type { ModelEntity, ModelField, RecordData, Value } from '../../../model/types.ts';
import { sumField } from './child-lists.ts';
import { isEditable } from './grid-row.ts';
import classes from './line-grid.module.css';
import { useGridRow } from './use-grid-row.ts';

interface Props {
  readonly entity: ModelEntity;
  readonly fields: readonly ModelField[];
  readonly record?: RecordData | undefined;
  readonly back: { readonly field: string; readonly value: Value };
  readonly focus: string | undefined;
  /** `again`: the reader pressed Enter in a new row and will want another. */
  readonly onDone: (how: { readonly saved: boolean; readonly again: boolean }) => void;
}

/** A row as inputs. Enter or leaving it saves, Escape leaves it as it was. */
export function GridEditRow({ entity, fields, record, back, focus, onDone }: Props) {
  const { t } = useTranslation();
  const element = useRef<HTMLTableRowElement>(null);
  const again = useRef(false);
  const sum = sumField(fields);
  const row = useGridRow({ entity, fields, record, back, onDone: (saved) => onDone({ saved, again: again.current }) });

  const leave = (event: FocusEvent): void => {
    const next = event.relatedTarget;
    // Lists and calendars of an input lie elsewhere in the page, yet belong to the row.
    if (next instanceof Element && (element.current?.contains(next) || next.closest('[data-portal]'))) return;
    setTimeout(() => {
      const active = document.activeElement;
      const isInside = element.current?.contains(active) || active?.closest('[data-portal]');
      if (element.current && !isInside && document.hasFocus() && !row.busy) void row.commit();
    }, 120);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const isOpen = event.target instanceof Element && event.target.getAttribute('aria-expanded') === 'true';
    if (
      event.key === 'Enter' &&
      !isOpen &&
      !(event.target instanceof HTMLTextAreaElement) &&
      !(event.target instanceof HTMLButtonElement)
    ) {
      event.preventDefault();
      again.current = !record;
      void row.commit();
    }
    if (event.key === 'Escape' && !isOpen) {
      event.stopPropagation();
      onDone({ saved: false, again: false });
    }
  };
  return (
    <>
      {/* Keys pressed in any input of the row arrive here; the row itself is no control. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions */}
      <tr ref={element} className={classes['editing']} onBlur={leave} onKeyDown={onKeyDown}>
        {fields.map((field) => (
          <td
            key={field.key}
            data-align={fieldModule(field.type).align}
            data-type={field.type}
            data-sum={(field === sum && field === fields.at(-1)) || undefined}
          >
            <EditCell field={field} entity={entity} record={record} row={row} autoFocus={field.key === focus} />
          </td>
        ))}
        <td className={classes['tools']}>
          {row.busy ? (
            <Loader size={14} aria-label={t('common.loading')} />
          ) : (
            <>
              <ActionIcon size="sm" color="pine" aria-label={t('common.save')} onClick={() => void row.commit()}>
                <IconCheck size={16} />
              </ActionIcon>
              <ActionIcon
                size="sm"
                aria-label={t('common.cancel')}
                onClick={() => onDone({ saved: false, again: false })}
              >
                <IconX size={16} />
              </ActionIcon>
            </>
          )}
        </td>
      </tr>
      {row.message ? (
        <tr>
          <td colSpan={fields.length + 1} className={classes['problem']} role="alert">
            {row.message}
          </td>
        </tr>
      ) : null}
    </>
  );
}

interface CellProps {
  readonly field: ModelField;
  readonly entity: ModelEntity;
  readonly record: RecordData | undefined;
  readonly row: ReturnType<typeof useGridRow>;
  readonly autoFocus: boolean;
}

function EditCell({ field, entity, record, row, autoFocus }: CellProps) {
  const { Input, Cell } = fieldModule(field.type);
  if (!isEditable(field)) {
    return record ? (
      <span className={classes['counted']}>
        <Cell field={field} value={record[field.key] ?? null} record={record} entity={entity} />
      </span>
    ) : null;
  }
  return (
    <Input
      field={field}
      entity={entity}
      record={record}
      value={row.valueOf(field.key)}
      onChange={(value) => row.change(field.key, value)}
      error={row.errorOf(field)}
      autoFocus={autoFocus}
      bare
    />
  );
}
