import { ActionIcon, Button, Checkbox, Group, Input, Stack, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { type ChecklistItem, checklistProgress, isChecklist } from './checklist-items.ts';
import type { FieldInputProps } from './field-module.ts';

export function Checklist(props: FieldInputProps) {
  const { t } = useTranslation();
  const items = isChecklist(props.value) ? props.value : [];
  const disabled = props.disabled ?? props.field.readOnly;
  const change = (index: number, patch: Partial<ChecklistItem>): void =>
    props.onChange(items.map((item, at) => (at === index ? { ...item, ...patch } : item)));
  const label = [props.field.title, checklistProgress(items)].filter(Boolean).join(' · ');
  return (
    <Input.Wrapper label={label} labelElement="div" description={props.field.help} error={props.error}>
      <Stack gap={4} mt={4} role="group" aria-label={props.field.title}>
        {items.map((item, index) => (
          // Rows have no identity of their own; their place is it.
          // eslint-disable-next-line react/no-array-index-key
          <Group key={index} gap="xs" wrap="nowrap">
            <Checkbox
              aria-label={item.text || t('fields.checklistItem', { number: index + 1 })}
              checked={item.done}
              disabled={disabled}
              onChange={(event) => change(index, { done: event.currentTarget.checked })}
            />
            <TextInput
              aria-label={t('fields.checklistItem', { number: index + 1 })}
              value={item.text}
              disabled={disabled}
              variant="unstyled"
              style={{ flex: 1, textDecoration: item.done ? 'line-through' : 'none' }}
              onChange={(event) => change(index, { text: event.currentTarget.value })}
            />
            {disabled ? null : (
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={t('fields.removeItem', { number: index + 1 })}
                onClick={() => props.onChange(items.filter((_, at) => at !== index))}
              >
                <IconX size={14} />
              </ActionIcon>
            )}
          </Group>
        ))}
        {disabled ? null : (
          <Button
            size="compact-sm"
            variant="subtle"
            color="gray"
            style={{ alignSelf: 'flex-start' }}
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => props.onChange([...items, { text: '', done: false }])}
          >
            {t('fields.addItem')}
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
