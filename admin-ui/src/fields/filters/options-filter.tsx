import { Checkbox, MultiSelect, Stack } from '@mantine/core';
import type { FieldFilterProps } from '../field-module.ts';

/** Any of the chosen options. A short list is ticked, a long one is searched. */
export function OptionsFilter({ field, value, onChange }: FieldFilterProps) {
  const options = field.options ?? [];
  const chosen = Array.isArray(value?.['in']) ? value['in'].map(String) : [];
  const choose = (next: string[]): void => onChange(next.length > 0 ? { in: next } : undefined);
  if (options.length > 10) {
    return (
      <MultiSelect
        label={field.title}
        searchable
        data={options.map((option) => ({ value: option.value, label: option.title }))}
        value={chosen}
        onChange={choose}
        comboboxProps={{ withinPortal: false }}
      />
    );
  }
  return (
    <Checkbox.Group label={field.title} value={chosen} onChange={choose}>
      <Stack gap={8} mt={8}>
        {options.map((option) => (
          <Checkbox key={option.value} value={option.value} label={option.title} />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
