import { Button, Group, Input, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { ErrorDetail } from '../../api/client.ts';
import { fieldModule } from '../../fields/registry.ts';
import { detailText } from '../../i18n/error-text.ts';
import type { ModelEntity, ModelField, RecordData } from '../../model/types.ts';
import classes from './record-form.module.css';

interface Props {
  readonly field: ModelField;
  readonly entity: ModelEntity;
  readonly record: RecordData | undefined;
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly errors: readonly ErrorDetail[] | undefined;
  readonly disabled: boolean;
  readonly autoFocus: boolean;
  /** The server's value changed while this one was edited. */
  readonly conflict: boolean;
  readonly onTakeTheirs: () => void;
}

/** One field of a form: its input, or its value where it cannot be changed. */
export function FormField(props: Props) {
  const { t } = useTranslation();
  const { field, entity, record, errors } = props;
  const { Input: FieldInput, Cell, wide } = fieldModule(field.type);
  const className = wide?.(field) ? `${classes['field']} ${classes['wide']}` : (classes['field'] ?? '');
  if ((field.readOnly || props.disabled) && record) {
    const value = record[field.key] ?? null;
    return (
      <Input.Wrapper className={className} label={field.title} labelElement="div" description={field.help}>
        <div className={classes['value']}>
          {isEmpty(value) ? (
            <Text span c="dimmed">
              —
            </Text>
          ) : (
            <Cell field={field} value={value} record={record} entity={entity} />
          )}
        </div>
      </Input.Wrapper>
    );
  }
  return (
    <div className={className}>
      <FieldInput
        field={field}
        entity={entity}
        record={record}
        value={props.value}
        onChange={props.onChange}
        disabled={props.disabled}
        autoFocus={props.autoFocus}
        error={errors?.map((error) => detailText(error, t, field.type)).join(' ')}
      />
      {props.conflict && record ? (
        <Group gap={6} mt={4} className={classes['conflict'] ?? ''} role="status" data-conflict>
          <IconAlertTriangle size={14} aria-hidden />
          <Text size="xs" inherit>
            {t('forms.changedMeanwhile')}{' '}
            <Cell field={field} value={record[field.key] ?? null} record={record} entity={entity} />
          </Text>
          <Button size="compact-xs" variant="default" onClick={props.onTakeTheirs}>
            {t('forms.takeTheirs')}
          </Button>
        </Group>
      ) : null}
    </div>
  );
}

const isEmpty = (value: unknown): boolean =>
  value === null || value === '' || (Array.isArray(value) && value.length === 0);
