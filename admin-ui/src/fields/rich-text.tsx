import { Textarea } from '@mantine/core';
import type { FieldCellProps, FieldInputProps, FieldModule } from './field-module.ts';
import { ContainsFilter } from './filters/contains-filter.tsx';
import { inputProps, textOf, textOrNull } from './input-props.ts';
import { htmlToText, textToHtml } from './rich-text-text.ts';

function RichTextInput(props: FieldInputProps) {
  return (
    <Textarea
      {...inputProps(props)}
      value={textOf(props.value)}
      onChange={(event) => props.onChange(event.currentTarget.value)}
      autosize
      minRows={3}
      maxRows={20}
    />
  );
}

function RichTextCell({ value }: FieldCellProps) {
  return <>{htmlToText(textOf(value))}</>;
}

/** Paragraphs as plain text: marks such as bold are not edited here, and a text left alone is never rewritten. */
export const richText: FieldModule = {
  Input: RichTextInput,
  Cell: RichTextCell,
  Filter: ContainsFilter,
  toForm: (value) => htmlToText(textOf(value)),
  fromForm: (value) => {
    const plain = textOrNull(value);
    return plain === null ? null : textToHtml(plain);
  },
  width: 260,
  wide: () => true,
};
