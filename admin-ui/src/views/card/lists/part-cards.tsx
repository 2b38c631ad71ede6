import { Button, Modal, UnstyledButton } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { Fragment, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../../fields/registry.ts';
import { displayOf } from '../../../model/display.ts';
import { useOpenRecordDialog } from '../../../model/record-dialog.ts';
import type { ModelEntity, ModelField, ModelList, RecordData } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import { formGroups } from '../../form/form-state.ts';
import { RecordForm } from '../../form/record-form.tsx';
import { useDelete } from '../use-delete.tsx';
import { backReference, sumField, sumOf } from './child-lists.ts';
import classes from './line-grid.module.css';

interface Props {
  readonly list: ModelList;
  readonly entity: ModelEntity;
  readonly fields: readonly ModelField[];
  readonly owner: { readonly entity: string; readonly id: string };
  readonly records: readonly RecordData[] | undefined;
}

/** The parts of a record on a phone: one press opens the whole part as a form. */
export function PartCards({ list, entity, fields, owner, records }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const openDialog = useOpenRecordDialog();
  const [opened, setOpened] = useState<string | null>(null);
  const record = records?.find((one) => one['id'] === opened);
  const sum = sumField(fields);
  const keys = useMemo(
    () =>
      formGroups(entity, { view: model.formView(entity.name), isNew: false })
        .flatMap((group) => group.fields.map((field) => field.key))
        .filter((key) => key !== list.field),
    [entity, model, list.field],
  );
  return (
    <div className={classes['frame']}>
      <ul className={classes['cards']}>
        {records?.map((one) => (
          <li key={String(one['id'])}>
            <UnstyledButton className={classes['card'] ?? ''} onClick={() => setOpened(String(one['id']))}>
              <PartSummary entity={entity} fields={fields} record={one} sum={sum} />
            </UnstyledButton>
          </li>
        ))}
      </ul>
      {records && records.length > 0 && sum ? (
        <div className={classes['card']}>
          <span className={classes['cardHead']}>
            {t('card.sum')}
            <Value field={sum} record={{ [sum.key]: sumOf(records, sum.key) }} entity={entity} />
          </span>
        </div>
      ) : null}
      {records?.length === 0 ? <p className={classes['none']}>{t('list.none')}</p> : null}
      {entity.can.create ? (
        <Button
          variant="subtle"
          m={4}
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() =>
            openDialog({
              entity: entity.name,
              values: { [list.field]: backReference(model, list, owner) },
              fields: keys,
            })
          }
        >
          {t('card.addRow', { title: entity.title })}
        </Button>
      ) : null}
      {record ? <PartDialog entity={entity} record={record} keys={keys} onClose={() => setOpened(null)} /> : null}
    </div>
  );
}

const isFilled = (value: unknown): boolean => value !== null && value !== undefined && value !== '' && value !== false;

function Value({
  field,
  record,
  entity,
}: {
  readonly field: ModelField;
  readonly record: RecordData;
  readonly entity: ModelEntity;
}) {
  const { Cell } = fieldModule(field.type);
  return <Cell field={field} value={record[field.key] ?? null} record={record} entity={entity} />;
}

interface SummaryProps {
  readonly entity: ModelEntity;
  readonly fields: readonly ModelField[];
  readonly record: RecordData;
  readonly sum: ModelField | undefined;
}

function PartSummary({ entity, fields, record, sum }: SummaryProps) {
  const model = useModel();
  const named = new Set(entity.display.flatMap((part) => ('field' in part ? [part.field] : [])));
  const facts = fields
    .filter((field) => field !== sum && !named.has(field.key) && isFilled(record[field.key]))
    .slice(0, 6);
  const name = displayOf(model, entity, record);
  const [first, ...others] = facts;
  return (
    <>
      <span className={classes['cardHead']}>
        <span>{name || (first ? <Plain field={first} record={record} entity={entity} /> : entity.title)}</span>
        {sum ? <Value field={sum} record={record} entity={entity} /> : null}
      </span>
      <span className={classes['cardFacts']}>
        {(name ? facts : others).map((field, index) => (
          <Fragment key={field.key}>
            {index > 0 ? ' · ' : ''}
            {field.type === 'boolean' ? field.title : <Plain field={field} record={record} entity={entity} />}
          </Fragment>
        ))}
      </span>
    </>
  );
}

/** The words of a value: a link cannot stand inside a button. */
function Plain({
  field,
  record,
  entity,
}: {
  readonly field: ModelField;
  readonly record: RecordData;
  readonly entity: ModelEntity;
}) {
  const model = useModel();
  const value = record[field.key];
  const target = field.reference?.to[0];
  if (field.reference && target)
    return (
      <>
        {typeof value === 'object' && value !== null && !Array.isArray(value)
          ? displayOf(model, target, value as RecordData)
          : ''}
      </>
    );
  return <Value field={field} record={record} entity={entity} />;
}

interface DialogProps {
  readonly entity: ModelEntity;
  readonly record: RecordData;
  readonly keys: readonly string[];
  readonly onClose: () => void;
}

function PartDialog({ entity, record, keys, onClose }: DialogProps) {
  const { t } = useTranslation();
  const model = useModel();
  const remove = useDelete(entity);
  return (
    <Modal
      opened
      onClose={onClose}
      fullScreen
      title={displayOf(model, entity, record) || entity.title}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <RecordForm entity={entity} record={record} fields={keys} layout="dialog" onSaved={onClose} onCancel={onClose} />
      {entity.can.delete ? (
        <Button
          variant="subtle"
          color="red"
          mt="md"
          onClick={() => {
            onClose();
            void remove(record);
          }}
        >
          {t('card.delete')}
        </Button>
      ) : null}
    </Modal>
  );
}
