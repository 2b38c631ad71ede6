import { ActionIcon, Button, Skeleton } from '@mantine/core';
import { IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../../fields/registry.ts';
import { displayOf } from '../../../model/display.ts';
import type { ModelEntity, ModelField, ModelList, RecordData } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import { useDelete } from '../use-delete.tsx';
import { backReference, sumField, sumOf } from './child-lists.ts';
import { GridEditRow } from './grid-edit-row.tsx';
import { focusField, isEditable } from './grid-row.ts';
import classes from './line-grid.module.css';

interface Props {
  readonly list: ModelList;
  readonly entity: ModelEntity;
  readonly fields: readonly ModelField[];
  readonly owner: { readonly entity: string; readonly id: string };
  readonly records: readonly RecordData[] | undefined;
}

const NEW = 'new';

/** The parts of a record as a table edited in place: press a cell, type, Enter. */
export function LineGrid({ list, entity, fields, owner, records }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const [open, setOpen] = useState<{
    readonly id: string;
    readonly focus: string | undefined;
    readonly turn: number;
  } | null>(null);
  const back = { field: list.field, value: backReference(model, list, owner) };
  const edit = (id: string, key?: string): void => setOpen({ id, focus: focusField(fields, key), turn: Date.now() });
  const done = ({ saved, again }: { readonly saved: boolean; readonly again: boolean }): void => {
    if (saved && again) edit(NEW);
    else setOpen(null);
  };
  const canAdd = entity.can.create;
  const sum = sumField(fields);
  return (
    <div className={classes['frame']}>
      <div className={classes['scroll']}>
        <table className={classes['table']} aria-label={list.title}>
          <thead>
            <tr>
              {fields.map((field) => (
                <th
                  key={field.key}
                  scope="col"
                  data-align={fieldModule(field.type).align}
                  data-sum={(field === sum && field === fields.at(-1)) || undefined}
                  title={field.help}
                >
                  {field.title}
                </th>
              ))}
              <th className={classes['tools']} aria-label={t('card.actions')} />
            </tr>
          </thead>
          <tbody>
            {records?.map((record) =>
              open !== null && open.id === record['id'] ? (
                <GridEditRow
                  key={open.id}
                  entity={entity}
                  fields={fields}
                  record={record}
                  back={back}
                  focus={open.focus}
                  onDone={done}
                />
              ) : (
                <GridRow
                  key={String(record['id'])}
                  entity={entity}
                  fields={fields}
                  record={record}
                  onEdit={(key) => edit(String(record['id']), key)}
                />
              ),
            )}
            {open?.id === NEW ? (
              <GridEditRow
                key={open.turn}
                entity={entity}
                fields={fields}
                back={back}
                focus={open.focus}
                onDone={done}
              />
            ) : null}
          </tbody>
          {records && records.length > 0 ? <SumRow entity={entity} fields={fields} records={records} /> : null}
        </table>
        {records ? null : <Skeleton h={80} m="xs" w="auto" />}
        {records?.length === 0 && open === null ? <p className={classes['none']}>{t('list.none')}</p> : null}
      </div>
      {canAdd ? (
        <Button
          variant="subtle"
          size="compact-sm"
          m={6}
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => edit(NEW)}
        >
          {t('card.addRow', { title: entity.title })}
        </Button>
      ) : null}
    </div>
  );
}

interface RowProps {
  readonly entity: ModelEntity;
  readonly fields: readonly ModelField[];
  readonly record: RecordData;
  readonly onEdit: (key?: string) => void;
}

function GridRow({ entity, fields, record, onEdit }: RowProps) {
  const { t } = useTranslation();
  const model = useModel();
  const remove = useDelete(entity);
  const sum = sumField(fields);
  const name = displayOf(model, entity, record) || entity.title;
  const { update } = entity.can;
  return (
    <tr className={classes['row']}>
      {fields.map((field) => {
        const { Cell, align } = fieldModule(field.type);
        // A press is a shortcut; the pencil at the end of the row is the way by keyboard.
        return (
          // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
          <td
            key={field.key}
            data-align={align}
            data-sum={(field === sum && field === fields.at(-1)) || undefined}
            data-editable={(update && isEditable(field)) || undefined}
            onClick={update ? () => onEdit(field.key) : undefined}
          >
            <Cell field={field} value={record[field.key] ?? null} record={record} entity={entity} />
          </td>
        );
      })}
      <td className={classes['tools']}>
        {update ? (
          <ActionIcon size="sm" aria-label={t('card.editRow', { title: name })} onClick={() => onEdit()}>
            <IconPencil size={14} />
          </ActionIcon>
        ) : null}
        {entity.can.delete ? (
          <ActionIcon size="sm" aria-label={t('card.deleteOf', { title: name })} onClick={() => void remove(record)}>
            <IconTrash size={14} />
          </ActionIcon>
        ) : null}
      </td>
    </tr>
  );
}

function SumRow({
  entity,
  fields,
  records,
}: {
  readonly entity: ModelEntity;
  readonly fields: readonly ModelField[];
  readonly records: readonly RecordData[];
}) {
  const { t } = useTranslation();
  const field = sumField(fields);
  if (!field) return null;
  const at = fields.indexOf(field);
  const { Cell } = fieldModule(field.type);
  const after = fields.length - at;
  return (
    <tfoot>
      <tr>
        {at > 0 ? (
          <th scope="row" colSpan={at}>
            {t('card.sum')}
          </th>
        ) : null}
        <td data-align="right" data-sum={after === 1 || undefined}>
          <Cell field={field} value={sumOf(records, field.key)} record={records[0] ?? {}} entity={entity} />
        </td>
        {after > 1 ? <td colSpan={after - 1} /> : null}
        <td className={classes['tools']} />
      </tr>
    </tfoot>
  );
}
