import { Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../../fields/registry.ts';
import { useModel } from '../../../model/use-model.ts';
import { usualTimes } from './due-times.ts';

/** The usual answers to "when", one press each; gives the value a task's due input takes. */
export function WhenChips({ onChoose }: { readonly onChoose: (value: unknown) => void }) {
  const { t } = useTranslation();
  const field = useModel().field('task', 'dueAt');
  if (!field) return null;
  return (
    <Group gap={4} mt={6}>
      {(['hour', 'tomorrow', 'nextWeek'] as const).map((key) => (
        <Button
          key={key}
          size="compact-xs"
          variant="default"
          radius="xl"
          fw={400}
          onClick={() => onChoose(fieldModule(field.type).toForm(usualTimes(new Date())[key], field))}
        >
          {t(`card.when.${key}`)}
        </Button>
      ))}
    </Group>
  );
}
