import { ActionIcon, Button, Checkbox, Group, Popover, ScrollArea, Stack, Text } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconColumns3 } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ModelEntity } from '../../model/types.ts';
import { moveColumn } from './columns.ts';
import type { ListState } from './use-list-state.ts';

interface Props {
  readonly entity: ModelEntity;
  readonly state: ListState;
}

const HIDDEN: ReadonlySet<string> = new Set(['id', 'version', 'deletedAt']);

/** Which columns, in which order; the reader's own for this view. */
export function ColumnMenu({ entity, state }: Props) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const shown = state.shown.map((field) => field.key);
  const others = entity.fields.filter((field) => !shown.includes(field.key) && !HIDDEN.has(field.key));
  return (
    <Popover opened={opened} onChange={setOpened} position="bottom-end" width={280} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconColumns3 size={14} aria-hidden />}
          onClick={() => setOpened(!opened)}
          aria-expanded={opened}
        >
          {t('list.columns')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown p={8}>
        <ScrollArea.Autosize mah={380} type="auto" offsetScrollbars>
          <Stack gap={0}>
            {state.shown.map((field, index) => (
              <Group key={field.key} gap={2} wrap="nowrap" px={4} mih={30}>
                <Checkbox
                  flex={1}
                  size="xs"
                  checked
                  disabled={shown.length === 1}
                  label={field.title}
                  onChange={() => state.setColumns(shown.filter((key) => key !== field.key))}
                />
                <ActionIcon
                  size="xs"
                  disabled={index === 0}
                  aria-label={t('list.columnLeft', { title: field.title })}
                  onClick={() => state.setColumns(moveColumn(shown, field.key, -1))}
                >
                  <IconChevronUp size={14} />
                </ActionIcon>
                <ActionIcon
                  size="xs"
                  disabled={index === shown.length - 1}
                  aria-label={t('list.columnRight', { title: field.title })}
                  onClick={() => state.setColumns(moveColumn(shown, field.key, 1))}
                >
                  <IconChevronDown size={14} />
                </ActionIcon>
              </Group>
            ))}
            <Text size="xs" c="dimmed" px={4} pt={8} pb={2}>
              {t('list.moreColumns')}
            </Text>
            {others.map((field) => (
              <Checkbox
                key={field.key}
                size="xs"
                px={4}
                py={6}
                checked={false}
                label={field.title}
                onChange={() => state.setColumns([...shown, field.key])}
              />
            ))}
          </Stack>
        </ScrollArea.Autosize>
        <Button fullWidth mt={8} size="compact-sm" variant="subtle" color="gray" onClick={state.resetColumns}>
          {t('list.resetColumns')}
        </Button>
      </Popover.Dropdown>
    </Popover>
  );
}
