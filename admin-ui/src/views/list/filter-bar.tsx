import { ActionIcon, Button, CloseButton, Group, Popover, ScrollArea, TextInput, UnstyledButton } from '@mantine/core';
import { IconArrowLeft, IconFilter } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FieldCondition } from '../../fields/field-module.ts';
import { referenceFromCondition } from '../../fields/filters/reference-condition.ts';
import { useReferenceTitle } from '../../fields/reference-options.ts';
import { fieldModule } from '../../fields/registry.ts';
import { useLocale } from '../../model/format.ts';
import type { ModelEntity, ModelField } from '../../model/types.ts';
import classes from './filter-bar.module.css';
import { summarise } from './filter-summary.ts';
import { type SplitFilter, withField } from './filters.ts';

interface Props {
  readonly entity: ModelEntity;
  readonly filter: SplitFilter;
  readonly onChange: (filter: SplitFilter) => void;
}

const HIDDEN: ReadonlySet<string> = new Set(['id', 'version', 'deletedAt']);

const filterable = (entity: ModelEntity): readonly ModelField[] =>
  entity.fields.filter(
    (field) => fieldModule(field.type).Filter && field.operators.length > 1 && !HIDDEN.has(field.key),
  );

/** Chooses a field, then its condition. */
export function FilterButton({ entity, filter, onChange }: Props) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(false);
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState<ModelField | null>(null);
  const fields = filterable(entity).filter((field) => field.title.toLowerCase().includes(query.trim().toLowerCase()));
  const toggle = (next: boolean): void => {
    setOpened(next);
    setQuery('');
    setChosen(null);
  };
  return (
    <Popover opened={opened} onChange={toggle} position="bottom-end" width={280} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconFilter size={14} aria-hidden />}
          onClick={() => toggle(!opened)}
          aria-expanded={opened}
        >
          {t('filters.filter')}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        {chosen ? (
          <>
            <ActionIcon size="sm" mb={6} aria-label={t('common.back')} onClick={() => setChosen(null)}>
              <IconArrowLeft size={16} />
            </ActionIcon>
            <FieldFilter
              field={chosen}
              value={filter.byField[chosen.key]}
              onChange={(next) => onChange(withField(filter, chosen.key, next))}
            />
          </>
        ) : (
          <>
            <TextInput
              size="xs"
              mb={6}
              placeholder={t('filters.findField')}
              aria-label={t('filters.findField')}
              value={query}
              onChange={(event) => setQuery(event.currentTarget.value)}
              data-autofocus
            />
            <ScrollArea.Autosize mah={320} type="auto">
              {fields.map((field) => (
                <UnstyledButton key={field.key} className={classes['field'] ?? ''} onClick={() => setChosen(field)}>
                  {field.title}
                </UnstyledButton>
              ))}
            </ScrollArea.Autosize>
          </>
        )}
      </Popover.Dropdown>
    </Popover>
  );
}

/** The conditions in force, each to be changed or taken away. */
export function FilterChips({ entity, filter, onChange }: Props) {
  const { t } = useTranslation();
  const fields = entity.fields.filter((field) => filter.byField[field.key]);
  if (fields.length === 0 && !filter.rest) return null;
  return (
    <Group gap={6} px="md" pb={8} role="group" aria-label={t('filters.inForce')}>
      {fields.map((field) => (
        <FilterChip
          key={field.key}
          field={field}
          condition={filter.byField[field.key] ?? {}}
          onChange={(next) => onChange(withField(filter, field.key, next))}
        />
      ))}
      {filter.rest ? (
        <span className={classes['chip']}>
          <span className={classes['text']}>{t('filters.special')}</span>
          <CloseButton
            size="xs"
            aria-label={t('filters.remove', { field: t('filters.special') })}
            onClick={() => onChange({ ...filter, rest: undefined })}
          />
        </span>
      ) : null}
      <Button
        size="compact-xs"
        variant="subtle"
        color="gray"
        onClick={() => onChange({ byField: {}, rest: undefined })}
      >
        {t('filters.clear')}
      </Button>
    </Group>
  );
}

interface ChipProps {
  readonly field: ModelField;
  readonly condition: FieldCondition;
  readonly onChange: (condition: FieldCondition | undefined) => void;
}

function FilterChip({ field, condition, onChange }: ChipProps) {
  const { t } = useTranslation();
  const locale = useLocale();
  const title = useReferenceTitle(field.reference ? referenceFromCondition(condition, field) : null);
  const text = title || summarise(condition, field, { t, locale });
  return (
    <Popover position="bottom-start" width={280} trapFocus returnFocus>
      <span className={classes['chip']}>
        <Popover.Target>
          <UnstyledButton className={classes['text'] ?? ''}>
            <span className={classes['name']}>{field.title}</span> {text}
          </UnstyledButton>
        </Popover.Target>
        <CloseButton
          size="xs"
          aria-label={t('filters.remove', { field: field.title })}
          onClick={() => onChange(undefined)}
        />
      </span>
      <Popover.Dropdown>
        <FieldFilter field={field} value={condition} onChange={onChange} />
      </Popover.Dropdown>
    </Popover>
  );
}

function FieldFilter({
  field,
  value,
  onChange,
}: {
  readonly field: ModelField;
  readonly value: FieldCondition | undefined;
  readonly onChange: ChipProps['onChange'];
}) {
  const { Filter } = fieldModule(field.type);
  return Filter ? <Filter field={field} value={value} onChange={onChange} /> : null;
}
