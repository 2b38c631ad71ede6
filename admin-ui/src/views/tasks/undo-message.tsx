import { Button, Group, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** A toast that can be taken back. */
export function UndoMessage({ text, onUndo }: { readonly text: string; readonly onUndo: () => void }) {
  const { t } = useTranslation();
  return (
    <Group justify="space-between" wrap="nowrap" gap="xs">
      <Text size="sm" lineClamp={2}>
        {text}
      </Text>
      <Button size="compact-xs" variant="default" onClick={onUndo}>
        {t('common.undo')}
      </Button>
    </Group>
  );
}
