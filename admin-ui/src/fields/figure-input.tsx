import { Text, TextInput } from '@mantine/core';
import type { FieldInputProps } from './field-module.ts';
import { inputProps, textOf } from './input-props.ts';
import { normaliseNumber } from './number-text.ts';

/** A figure typed with comma or point; put in order when the field is left. */
export function FigureInput({ unit, ...props }: FieldInputProps & { readonly unit?: string | undefined }) {
  return (
    <TextInput
      {...inputProps(props)}
      value={textOf(props.value)}
      inputMode="decimal"
      autoComplete="off"
      onChange={(event) => props.onChange(event.currentTarget.value)}
      onBlur={(event) => {
        const normal = normaliseNumber(event.currentTarget.value);
        if (normal !== textOf(props.value)) props.onChange(normal);
      }}
      {...(unit
        ? {
            rightSection: (
              <Text size="xs" c="dimmed" aria-hidden>
                {unit}
              </Text>
            ),
            rightSectionWidth: 44,
            rightSectionPointerEvents: 'none' as const,
          }
        : {})}
    />
  );
}
