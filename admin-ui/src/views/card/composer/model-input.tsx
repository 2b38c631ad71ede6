import { fieldModule } from '../../../fields/registry.ts';
import type { ModelField } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';

interface Props {
  readonly entity: string;
  readonly field: string;
  /** A few words in place of the definition's. */
  readonly title?: string;
  /** In the form's spelling. */
  readonly value: unknown;
  readonly onChange: (value: unknown) => void;
  readonly error?: string | undefined;
  readonly autoFocus?: boolean;
}

/** The input of one field of a definition, outside a form; nothing where the field does not exist or may not be written. */
export function ModelInput({ entity: name, field: key, title, ...input }: Props) {
  const model = useModel();
  const entity = model.entity(name);
  const found: ModelField | undefined = model.field(name, key);
  if (!found || found.readOnly) return null;
  const { Input } = fieldModule(found.type);
  const field = title ? { ...found, title } : found;
  return <Input field={field} entity={entity} {...input} />;
}
