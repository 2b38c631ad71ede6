import { Button, Group, Stack, Text } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSave } from '../../../api/hooks.ts';
import { fieldModule } from '../../../fields/registry.ts';
import { errorText } from '../../../i18n/error-text.ts';
import { useMe, useModel } from '../../../model/use-model.ts';
import { aboutValue, type Target } from './composer-target.ts';
import { ModelInput } from './model-input.tsx';
import { WhenChips } from './when-chips.tsx';

/** A quick task about the record: what, until when, for whom. */
export function TaskForm({ target, onClose }: { readonly target: Target; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const model = useModel();
  const { user } = useMe();
  const save = useSave('task');
  const [values, setValues] = useState<Readonly<Record<string, unknown>>>(() => ({
    title: '',
    dueAt: null,
    assignee: [{ entity: 'user', id: user.id }],
  }));
  const set = (key: string) => (value: unknown) => setValues((known) => ({ ...known, [key]: value }));
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const given = Object.entries(values).flatMap(([key, value]) => {
      const field = model.field('task', key);
      return field && !field.readOnly ? [[key, fieldModule(field.type).fromForm(value, field)] as const] : [];
    });
    try {
      await save.mutateAsync({ values: { ...Object.fromEntries(given), about: aboutValue(model, 'task', target) } });
      onClose();
    } catch {
      // Shown below the fields.
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} noValidate>
      <Stack gap="xs">
        <ModelInput entity="task" field="title" value={values['title']} onChange={set('title')} autoFocus />
        <div>
          <ModelInput entity="task" field="dueAt" value={values['dueAt']} onChange={set('dueAt')} />
          <WhenChips onChoose={set('dueAt')} />
        </div>
        <ModelInput entity="task" field="assignee" value={values['assignee']} onChange={set('assignee')} />
        {save.error ? (
          <Text size="sm" c="var(--tone-bad)" role="alert">
            {errorText(save.error, t)}
          </Text>
        ) : null}
        <Group gap="xs" justify="flex-end">
          <Button size="xs" variant="default" disabled={save.isPending} onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button size="xs" type="submit" loading={save.isPending} disabled={String(values['title']).trim() === ''}>
            {t('common.create')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
