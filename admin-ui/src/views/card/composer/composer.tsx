import { Button, Group, Paper } from '@mantine/core';
import { IconCheck, IconCoin } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useOpenRecordDialog } from '../../../model/record-dialog.ts';
import type { ModelEntity, RecordData } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import { childFormFields } from '../lists/child-lists.ts';
import { activityIcon } from '../timeline/item-sign.tsx';
import { ActivityForm } from './activity-form.tsx';
import { aboutValue, composerTools, contactOf } from './composer-target.ts';
import { GenerateButton, UploadButton } from './documents.tsx';
import { TaskForm } from './task-form.tsx';

/** Kinds of activity offered by a button each; mails and messages come by their channels. */
const KINDS: readonly string[] = ['call', 'note', 'meeting', 'visit'];

interface Props {
  readonly entity: ModelEntity;
  readonly record: RecordData;
}

/** What can be put on the record: a talk, a note, a task, a file, a document. */
export function Composer({ entity, record }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const [open, setOpen] = useState<string | null>(null);
  const openDialog = useOpenRecordDialog();
  const target = { entity: entity.name, id: String(record['id']) };
  const tools = composerTools(model, entity);
  const options = model.field('activity', 'kind')?.options ?? [];
  const kinds = tools.activity ? KINDS.flatMap((kind) => options.find((option) => option.value === kind) ?? []) : [];
  const close = (): void => setOpen(null);
  const button = (key: string, label: string, Icon: ReturnType<typeof activityIcon>) => (
    <Button
      key={key}
      size="compact-sm"
      fw={500}
      variant={open === key ? 'light' : 'default'}
      aria-expanded={open === key}
      leftSection={<Icon size={14} aria-hidden />}
      onClick={() => setOpen(open === key ? null : key)}
    >
      {label}
    </Button>
  );
  const hasTemplates = model.templates.some((template) => template.entity === entity.name);
  if (kinds.length === 0 && !tools.task && !tools.payment && !tools.file && !hasTemplates) return null;
  return (
    <div role="group" aria-label={t('card.composer')}>
      <Group gap={6}>
        {kinds.map((kind) => button(kind.value, kind.title, activityIcon(kind.value)))}
        {tools.task ? button('task', model.entity('task').title, IconCheck) : null}
        {tools.payment ? (
          <Button
            size="compact-sm"
            fw={500}
            variant="default"
            leftSection={<IconCoin size={14} aria-hidden />}
            onClick={() => {
              close();
              openDialog({
                entity: 'payment',
                values: { about: aboutValue(model, 'payment', target) },
                fields: childFormFields(model, 'payment', 'about'),
              });
            }}
          >
            {model.entity('payment').title}
          </Button>
        ) : null}
        {tools.file ? <UploadButton target={target} /> : null}
        {tools.file ? <GenerateButton target={target} /> : null}
      </Group>
      {open ? (
        <Paper withBorder p="sm" mt={8}>
          {open === 'task' ? (
            <TaskForm target={target} onClose={close} />
          ) : (
            <ActivityForm key={open} kind={open} target={target} contact={contactOf(entity, record)} onClose={close} />
          )}
        </Paper>
      ) : null}
    </div>
  );
}
