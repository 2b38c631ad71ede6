import { Group, Pill } from '@mantine/core';
import { IconExternalLink } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { displayOf, isPolymorphic, type ReferenceValue, referencesOf } from '../model/display.ts';
import type { RecordData } from '../model/types.ts';
import { useModel } from '../model/use-model.ts';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { ReferenceFilter } from './filters/reference-filter.tsx';
import { inputProps } from './input-props.ts';
import { RecordLink } from './record-link.tsx';
import { useReferenceTitle } from './reference-options.ts';
import { ReferencePicker } from './reference-picker.tsx';
import classes from './reference.module.css';

const formOf = (value: unknown): readonly ReferenceValue[] =>
  Array.isArray(value) ? (value as readonly ReferenceValue[]) : [];

function ReferenceInput(props: FieldInputProps) {
  const { t } = useTranslation();
  const { required: _required, name: _name, ...shared } = inputProps(props);
  const chosen = formOf(props.value);
  if (props.field.reference?.many) {
    return (
      <div>
        <ReferencePicker
          {...shared}
          field={props.field}
          value={null}
          creates
          placeholder={t('fields.addReference')}
          onChange={(reference) => {
            if (reference && !chosen.some((one) => one.id === reference.id)) props.onChange([...chosen, reference]);
          }}
        />
        <Group gap={4} mt={chosen.length > 0 ? 6 : 0}>
          {chosen.map((one) => (
            <ReferencePill
              key={one.id}
              reference={one}
              onRemove={() => props.onChange(chosen.filter((other) => other.id !== one.id))}
            />
          ))}
        </Group>
      </div>
    );
  }
  const current = chosen[0] ?? null;
  return (
    <div className={classes['single']}>
      <ReferencePicker
        {...shared}
        field={props.field}
        value={current}
        creates
        onChange={(reference) => props.onChange(reference ? [reference] : [])}
      />
      {current && !props.bare ? (
        <Link
          className={classes['open']}
          to="/$entity/$id"
          params={{ entity: current.entity, id: current.id }}
          aria-label={t('fields.openReference', { title: props.field.title })}
        >
          <IconExternalLink size={14} aria-hidden />
        </Link>
      ) : null}
    </div>
  );
}

function ReferencePill({ reference, onRemove }: { readonly reference: ReferenceValue; readonly onRemove: () => void }) {
  const { t } = useTranslation();
  const title = useReferenceTitle(reference) || '…';
  return (
    <Pill
      withRemoveButton
      onRemove={onRemove}
      removeButtonProps={{ 'aria-label': t('fields.removeReference', { title }), tabIndex: 0, 'aria-hidden': false }}
    >
      {title}
    </Pill>
  );
}

/** A referenced record by its name, as a link to its card. */
export function ReferenceLink({ reference }: { readonly reference: ReferenceValue }) {
  const model = useModel();
  const known = reference.record ? displayOf(model, reference.entity, reference.record) : '';
  return known ? <TitledLink reference={reference} title={known} /> : <FetchedLink reference={reference} />;
}

/** One that did not come expanded: asked for by itself. */
function FetchedLink({ reference }: { readonly reference: ReferenceValue }) {
  const title = useReferenceTitle(reference);
  return title ? <TitledLink reference={reference} title={title} /> : null;
}

function TitledLink({ reference, title }: { readonly reference: ReferenceValue; readonly title: string }) {
  return (
    <RecordLink entity={reference.entity} id={reference.id} className={classes['link']}>
      {title}
    </RecordLink>
  );
}

function ReferenceCell({ field, value }: FieldCellProps) {
  const references = referencesOf(value, field);
  return (
    <>
      {references.map((reference, index) => (
        <span key={reference.id}>
          {index > 0 ? ', ' : ''}
          <ReferenceLink reference={reference} />
        </span>
      ))}
    </>
  );
}

/** In the form always a list of `{entity, id, record?}`, of one at most for a single reference. */
export const reference: FieldModule = {
  Input: ReferenceInput,
  Cell: ReferenceCell,
  Filter: ReferenceFilter,
  toForm: (value, field) => referencesOf(value, field),
  fromForm: (value, field): RecordData[string] => {
    const ids = formOf(value).map((one) => (isPolymorphic(field) ? { entity: one.entity, id: one.id } : one.id));
    return field.reference?.many ? ids : (ids[0] ?? null);
  },
  width: 160,
};
