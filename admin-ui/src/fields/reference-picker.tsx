import { Combobox, InputBase, CloseButton, Loader, useCombobox } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPlus } from '@tabler/icons-react';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { ReferenceValue } from '../model/display.ts';
import { useOpenRecordDialog } from '../model/record-dialog.ts';
import type { ModelField } from '../model/types.ts';
import { useModel } from '../model/use-model.ts';
import { useReferenceOptions, useReferenceTitle } from './reference-options.ts';

interface Props {
  readonly field: ModelField;
  readonly value: ReferenceValue | null;
  readonly onChange: (value: ReferenceValue | null) => void;
  readonly label?: string | undefined;
  readonly 'aria-label'?: string | undefined;
  readonly description?: ReactNode;
  readonly error?: string | null;
  readonly disabled?: boolean;
  readonly withAsterisk?: boolean;
  readonly autoFocus?: boolean;
  readonly placeholder?: string | undefined;
  readonly withinPortal?: boolean;
  /** Offers to make the record that was not found. */
  readonly creates?: boolean;
}

const CREATE = '+';
const keyOf = (reference: ReferenceValue): string => `${reference.entity}/${reference.id}`;

/** Chooses one record by searching the server; several target entities are searched together and told apart by name. */
export function ReferencePicker({ field, value, onChange, withinPortal = true, creates = false, ...input }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const openDialog = useOpenRecordDialog();
  const [typed, setTyped] = useState<string | null>(null);
  const [query] = useDebouncedValue(typed ?? '', 200);
  const [opened, setOpened] = useState(false);
  const title = useReferenceTitle(value);
  const { options, isFetching } = useReferenceOptions(field, query.trim(), opened);
  const combobox = useCombobox({
    opened,
    onDropdownClose: () => {
      setOpened(false);
      setTyped(null);
      combobox.resetSelectedOption();
    },
    onDropdownOpen: () => setOpened(true),
  });
  const targets = field.reference?.to ?? [];
  const creatable = creates ? targets.map((name) => model.findEntity(name)).filter((entity) => entity?.can.create) : [];
  const choose = (key: string): void => {
    setOpened(false);
    if (key.startsWith(CREATE)) {
      const entity = model.entity(key.slice(1));
      const display = entity.display.find((part) => 'field' in part);
      openDialog({
        entity: entity.name,
        values: display && typed ? { [display.field]: typed } : {},
        onSaved: (record) => onChange({ entity: entity.name, id: String(record['id']), record }),
      });
    } else onChange(options.find((option) => keyOf(option.reference) === key)?.reference ?? null);
    setTyped(null);
  };
  return (
    <Combobox store={combobox} onOptionSubmit={choose} withinPortal={withinPortal}>
      <Combobox.Target>
        <InputBase
          {...input}
          value={typed ?? (value ? title : '')}
          placeholder={input.placeholder ?? t('common.search')}
          autoComplete="off"
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setOpened(true);
            combobox.updateSelectedOptionIndex();
          }}
          onClick={() => setOpened(true)}
          onBlur={() => combobox.closeDropdown()}
          rightSection={
            isFetching ? (
              <Loader size={14} />
            ) : value && !input.disabled ? (
              <CloseButton
                size="sm"
                aria-label={t('common.clear')}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => onChange(null)}
              />
            ) : (
              <Combobox.Chevron />
            )
          }
        />
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Options mah={280} style={{ overflowY: 'auto' }}>
          {options.map((option) => (
            <Combobox.Option
              key={keyOf(option.reference)}
              value={keyOf(option.reference)}
              active={value?.id === option.reference.id}
            >
              {option.title}
              {targets.length > 1 ? (
                <span style={{ opacity: 0.6, marginInlineStart: 8, fontSize: 12 }}>
                  {model.findEntity(option.reference.entity)?.title}
                </span>
              ) : null}
            </Combobox.Option>
          ))}
          {options.length === 0 && !isFetching ? <Combobox.Empty>{t('common.nothingFound')}</Combobox.Empty> : null}
          {(isFetching ? [] : creatable).map((entity) =>
            entity ? (
              <Combobox.Option key={entity.name} value={`${CREATE}${entity.name}`}>
                <IconPlus size={14} aria-hidden style={{ verticalAlign: -2, marginInlineEnd: 6 }} />
                {t('common.newOf', { title: entity.title })}
                {typed ? ` “${typed}”` : ''}
              </Combobox.Option>
            ) : null,
          )}
        </Combobox.Options>
      </Combobox.Dropdown>
    </Combobox>
  );
}
