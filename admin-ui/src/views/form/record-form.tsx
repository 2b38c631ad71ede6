import { Alert, Button, Group, Text, Title } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { type FormEvent, type KeyboardEvent, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { detailText, errorText } from '../../i18n/error-text.ts';
import type { ModelEntity, RecordData } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import { FormField } from './form-field.tsx';
import { formGroups } from './form-state.ts';
import { LeaveGuard } from './leave-guard.tsx';
import classes from './record-form.module.css';
import { useRecordForm } from './use-record-form.ts';

export interface RecordFormProps {
  readonly entity: ModelEntity;
  /** The record as fetched (expanded references are fine); absent for a new one. */
  readonly record?: RecordData;
  /** Values of a new record; those of fields not shown are sent too. Keep the object stable between renders. */
  readonly values?: RecordData;
  /** Only these fields; default: the groups of the entity's form view. Keep the array stable between renders. */
  readonly fields?: readonly string[];
  /** Fields that may not be left empty here though the definition lets them, such as those a stage asks for. */
  readonly required?: readonly string[];
  readonly onSaved?: (record: RecordData) => void;
  readonly onCancel?: () => void;
  /** Saves in another way than create or update: a move with its `set`, for one. */
  readonly save?: (values: RecordData) => Promise<RecordData>;
  readonly submitLabel?: string;
  /** `page`: the save bar appears with the first change and leaving asks; `dialog`: buttons always. */
  readonly layout?: 'page' | 'dialog';
  readonly readOnly?: boolean;
}

/** The fields of an entity in groups, with the server's errors on their fields and a sticky bar to save. Ctrl/Cmd+Enter saves. */
export function RecordForm(props: RecordFormProps) {
  const { entity, record, layout = 'page' } = props;
  const model = useModel();
  const isNew = !record;
  const groups = useMemo(() => {
    const found = formGroups(entity, { view: model.formView(entity.name), fields: props.fields, isNew });
    if (!props.required) return found;
    const asked = new Set(props.required);
    return found.map((group) => ({
      ...group,
      fields: group.fields.map((field) => (asked.has(field.key) ? { ...field, required: true } : field)),
    }));
  }, [entity, model, props.fields, props.required, isNew]);
  const fields = useMemo(() => groups.flatMap((group) => group.fields), [groups]);
  const form = useRecordForm({
    entity,
    fields,
    record,
    values: props.values,
    onSaved: props.onSaved,
    save: props.save,
  });
  const formRef = useShowTrouble(form.failure);
  const readOnly = props.readOnly ?? !(isNew ? entity.can.create : entity.can.update);
  const firstField = isNew || layout === 'dialog' ? fields.find((field) => !field.readOnly)?.key : undefined;

  const submit = (event?: FormEvent): void => {
    event?.preventDefault();
    // A dialog's form may stand inside another form of the page: its submit is not that one's.
    event?.stopPropagation();
    if (!form.busy) void form.submit();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
  };
  const showBar = !readOnly && (layout === 'dialog' || isNew || form.dirty);
  return (
    // Keys pressed in any input arrive here; the form itself is no control.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form
      ref={formRef}
      noValidate
      onSubmit={submit}
      onKeyDown={onKeyDown}
      className={classes['form']}
      aria-label={entity.title}
    >
      {groups.map((group) => (
        <section key={group.key} className={classes['group']} aria-label={group.title || undefined}>
          {group.title ? (
            <Title order={3} className={classes['groupTitle'] ?? ''}>
              {group.title}
            </Title>
          ) : null}
          <div className={classes['grid']}>
            {group.fields.map((field) => (
              <FormField
                key={field.key}
                field={field}
                entity={entity}
                record={record}
                value={form.valueOf(field.key)}
                onChange={(value) => form.change(field.key, value)}
                errors={form.errors.byField[field.key]}
                disabled={readOnly}
                autoFocus={field.key === firstField}
                conflict={form.conflicts.has(field.key)}
                onTakeTheirs={() => form.discard(field.key)}
              />
            ))}
          </div>
        </section>
      ))}
      {showBar ? (
        <SaveBar form={form} isNew={isNew} layout={layout} label={props.submitLabel} onCancel={props.onCancel} />
      ) : null}
      {layout === 'page' ? <LeaveGuard dirty={form.dirty && !form.busy} /> : null}
    </form>
  );
}

interface SaveBarProps {
  readonly form: ReturnType<typeof useRecordForm>;
  readonly isNew: boolean;
  readonly layout: 'page' | 'dialog';
  readonly label: string | undefined;
  readonly onCancel: (() => void) | undefined;
}

/** The buttons, with the reason of a refusal right above them: it is seen wherever a long form is scrolled to. */
function SaveBar({ form, isNew, layout, label, onCancel }: SaveBarProps) {
  const { t } = useTranslation();
  return (
    <div className={layout === 'page' ? classes['bar'] : classes['buttons']}>
      {form.failure ? (
        <div className={classes['failure']}>
          <FormFailure form={form} />
        </div>
      ) : null}
      {layout === 'page' && form.dirty ? (
        <Text size="sm" c="dimmed" me="auto">
          {t('forms.unsaved')}
        </Text>
      ) : null}
      <Group gap="xs">
        <Button
          variant="default"
          disabled={form.busy}
          onClick={() => {
            form.reset();
            onCancel?.();
          }}
        >
          {t('common.cancel')}
        </Button>
        <Button type="submit" loading={form.busy}>
          {label ?? t(isNew ? 'common.create' : 'common.save')}
        </Button>
      </Group>
    </div>
  );
}

/** After a refusal the first field it is about comes into view, ready to be put right. */
function useShowTrouble(failure: unknown) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (!failure) return;
    const field = form.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    const trouble = field ?? form.current?.querySelector<HTMLElement>('[data-conflict]');
    trouble?.scrollIntoView({ block: 'center' });
    field?.focus({ preventScroll: true });
  }, [failure]);
  return form;
}

/** What concerns no single field; a refusal whose reasons all stand on fields says only that. */
function FormFailure({ form }: { readonly form: ReturnType<typeof useRecordForm> }) {
  const { t } = useTranslation();
  const { rest, byField } = form.errors;
  const onFields = Object.keys(byField).length;
  const lines = rest.map((detail) => detailText(detail, t));
  if (onFields > 0) lines.unshift(t('forms.seeFields', { count: onFields }));
  else if (form.failure?.code === 'CONFLICT' && form.failure.status === 412) lines.unshift(t('forms.conflict'));
  else if (lines.length === 0) lines.push(errorText(form.failure, t));
  return (
    <Alert color="red" variant="light" icon={<IconAlertCircle size={18} aria-hidden />} role="alert" py="xs">
      {lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </Alert>
  );
}
