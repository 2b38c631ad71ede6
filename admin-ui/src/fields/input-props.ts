import type { FieldInputProps } from './field-module.ts';

/** What every Mantine input takes from a field: label (or only an accessible name), help, error. */
export function inputProps(props: FieldInputProps) {
  const { field, error, disabled, autoFocus, bare } = props;
  return {
    ...(bare ? { 'aria-label': field.title } : { label: field.title, description: field.help }),
    error: error ?? null,
    disabled: disabled ?? field.readOnly,
    required: field.required && !bare,
    // `required` of the browser would stop the form before the server's own, translated messages.
    withAsterisk: field.required && !bare,
    ...(autoFocus ? { 'data-autofocus': true, autoFocus: true } : {}),
    name: field.key,
  };
}

export const textOf = (value: unknown): string => (value === null || value === undefined ? '' : String(value));

/** Trimmed text, or null for none. */
export const textOrNull = (value: unknown): string | null => textOf(value).trim() || null;
