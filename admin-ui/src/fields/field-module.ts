import type { ComponentType } from 'react';
import type { ModelEntity, ModelField, RecordData } from '../model/types.ts';

export interface FieldInputProps {
  readonly field: ModelField;
  /** What `toForm` made, or what `onChange` was given last. */
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly error?: string | undefined;
  readonly disabled?: boolean | undefined;
  readonly autoFocus?: boolean | undefined;
  /** Hides the label visually where a column head or a row already shows it; it stays the accessible name. */
  readonly bare?: boolean | undefined;
  readonly entity: ModelEntity;
  /** The record as saved; absent for a new one. */
  readonly record?: RecordData | undefined;
}

export interface FieldCellProps {
  readonly field: ModelField;
  readonly value: unknown;
  readonly record: RecordData;
  readonly entity: ModelEntity;
}

/** The operators of one field in a condition: `{ gte: 5 }`, `{ in: ['a'] }`. */
export type FieldCondition = Readonly<Record<string, unknown>>;

export interface FieldFilterProps {
  readonly field: ModelField;
  readonly value: FieldCondition | undefined;
  /** `undefined` takes the filter away. */
  readonly onChange: (value: FieldCondition | undefined) => void;
}

/** How one field type is drawn. One file per type in this folder; nothing else in the UI asks what type a field is. */
export interface FieldModule {
  readonly Input: ComponentType<FieldInputProps>;
  readonly Cell: ComponentType<FieldCellProps>;
  readonly Filter?: ComponentType<FieldFilterProps>;
  /** The API's value to the form's. */
  readonly toForm: (value: unknown, field: ModelField) => unknown;
  /** The form's value to the API's; empty is null. */
  readonly fromForm: (value: unknown, field: ModelField) => RecordData[string];
  /** Figures line up on the right. */
  readonly align?: 'right';
  /** Width of a list column in pixels. */
  readonly width?: number;
  /** Takes a whole row of a form with two columns. */
  readonly wide?: (field: ModelField) => boolean;
}
