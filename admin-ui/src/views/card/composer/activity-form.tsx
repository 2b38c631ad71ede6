import { Button, Group, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { type FormEvent, type KeyboardEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSave } from '../../../api/hooks.ts';
import { fieldModule } from '../../../fields/registry.ts';
import { errorText } from '../../../i18n/error-text.ts';
import type { RecordData } from '../../../model/types.ts';
import { useMe, useModel } from '../../../model/use-model.ts';
import { aboutValue, type Target } from './composer-target.ts';
import { ModelInput } from './model-input.tsx';
import { WhenChips } from './when-chips.tsx';

interface Props {
  readonly kind: string;
  readonly target: Target;
  readonly contact: string | null;
  readonly onClose: () => void;
}

type Values = Readonly<Record<string, unknown>>;

/** A talk that is not "noted only": it has a result and ends with a next contact. */
const isTalk = (kind: string): boolean => kind !== 'note';

/** Notes a call, a meeting or a thought; a next step with a time also becomes a task. */
export function ActivityForm({ kind, target, contact, onClose }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const [values, setValues] = useState<Values>({});
  const { save, busy, error } = useLogActivity(target);
  const set = (key: string) => (value: unknown) => setValues((known) => ({ ...known, [key]: value }));
  const hasStep = typeof values['nextStep'] === 'string' && values['nextStep'].trim() !== '';
  const canPlan = model.findEntity('task')?.can.create === true;
  const fromForm = (key: string): RecordData[string] => {
    const field = model.field('activity', key);
    return field ? fieldModule(field.type).fromForm(values[key] ?? null, field) : null;
  };
  const submit = async (event?: FormEvent): Promise<void> => {
    event?.preventDefault();
    const keys = ['body', 'outcome', 'nextStep', 'duration'].filter((key) => fromForm(key) !== null);
    const saved = await save({
      activity: {
        kind,
        ...Object.fromEntries(keys.map((key) => [key, fromForm(key)])),
        ...(contact && isTalk(kind) ? { contact } : {}),
      },
      next:
        hasStep && canPlan && typeof values['dueAt'] === 'string'
          ? { title: String(values['nextStep']).trim(), dueAt: fromFormInstant(values['dueAt']) }
          : null,
    });
    if (saved) onClose();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void submit();
    if (event.key === 'Escape') onClose();
  };
  function fromFormInstant(value: unknown): string {
    const field = model.field('task', 'dueAt');
    return field ? String(fieldModule(field.type).fromForm(value, field) ?? '') : '';
  }
  const input = (key: string, autoFocus = false) => (
    <ModelInput entity="activity" field={key} value={values[key] ?? ''} onChange={set(key)} autoFocus={autoFocus} />
  );
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <form onSubmit={(event) => void submit(event)} onKeyDown={onKeyDown} noValidate>
      <Stack gap="xs">
        {input('body', true)}
        {isTalk(kind) ? input('outcome') : null}
        {isTalk(kind) ? input('nextStep') : null}
        {hasStep && canPlan ? (
          <div>
            <ModelInput
              entity="task"
              field="dueAt"
              title={t('card.nextWhen')}
              value={values['dueAt'] ?? null}
              onChange={set('dueAt')}
            />
            <WhenChips onChoose={set('dueAt')} />
            <Text size="xs" c="dimmed" mt={4}>
              {t(values['dueAt'] ? 'card.nextBecomesTask' : 'card.nextWithoutTask')}
            </Text>
          </div>
        ) : null}
        {kind === 'call' ? input('duration') : null}
        {error ? (
          <Text size="sm" c="var(--tone-bad)" role="alert">
            {error}
          </Text>
        ) : null}
        <Group gap="xs" justify="flex-end">
          <Button size="xs" variant="default" disabled={busy} onClick={onClose}>
            {t('common.cancel')}
          </Button>
          <Button size="xs" type="submit" loading={busy}>
            {t('common.save')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function useLogActivity(target: Target) {
  const { t } = useTranslation();
  const model = useModel();
  const { user } = useMe();
  const activity = useSave('activity');
  const task = useSave(model.findEntity('task') ? 'task' : 'activity');
  const [error, setError] = useState('');
  const save = async (what: {
    readonly activity: RecordData;
    readonly next: { readonly title: string; readonly dueAt: string } | null;
  }): Promise<boolean> => {
    setError('');
    try {
      await activity.mutateAsync({ values: { ...what.activity, about: aboutValue(model, 'activity', target) } });
    } catch (problem) {
      setError(errorText(problem, t));
      return false;
    }
    if (!what.next) return true;
    try {
      await task.mutateAsync({ values: { ...what.next, about: aboutValue(model, 'task', target), assignee: user.id } });
    } catch (problem) {
      // The talk is noted already: saving the form again would note it twice.
      notifications.show({ color: 'red', message: t('card.taskFailed', { reason: errorText(problem, t) }) });
    }
    return true;
  };
  return { save, error, busy: activity.isPending || task.isPending };
}
