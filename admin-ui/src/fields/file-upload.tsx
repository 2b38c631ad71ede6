import { Anchor, Button, CloseButton, FileButton, Group, Input, Text } from '@mantine/core';
import { IconPaperclip, IconUpload } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fileUrl, uploadFile } from '../api/client.ts';
import { errorText } from '../i18n/error-text.ts';
import { formatSize, useLocale } from '../model/format.ts';
import type { FieldInputProps } from './field-module.ts';
import { fileOf } from './file-value.ts';
import { inputProps } from './input-props.ts';
import { stopRowClick } from './stop-row-click.ts';

/** Sends the file at once; the field keeps what the server answered. */
export function FileUpload({
  accept,
  preview,
  ...props
}: FieldInputProps & { readonly accept?: string; readonly preview?: ReactNode }) {
  const { t } = useTranslation();
  const [state, setState] = useState<{ busy: boolean; error?: string }>({ busy: false });
  const file = fileOf(props.value);
  const { label, disabled, withAsterisk, error } = { label: undefined, ...inputProps(props) };
  const send = async (chosen: File | null): Promise<void> => {
    if (!chosen) return;
    setState({ busy: true });
    try {
      props.onChange(await uploadFile(chosen));
      setState({ busy: false });
    } catch (problem) {
      setState({ busy: false, error: errorText(problem, t) });
    }
  };
  return (
    <Input.Wrapper
      label={label}
      labelElement="div"
      description={props.bare ? undefined : props.field.help}
      error={state.error ?? error}
      withAsterisk={withAsterisk}
    >
      {preview}
      <Group gap="xs" mt={4} wrap="nowrap">
        {file ? <FileLink value={file} /> : null}
        {file && !disabled ? (
          <CloseButton
            size="sm"
            aria-label={t('fields.removeFile', { name: file.name })}
            onClick={() => props.onChange(null)}
          />
        ) : null}
        {disabled ? null : (
          <FileButton onChange={(chosen) => void send(chosen)} {...(accept ? { accept } : {})}>
            {(button) => (
              <Button
                {...button}
                variant="default"
                size="xs"
                loading={state.busy}
                leftSection={<IconUpload size={14} aria-hidden />}
                aria-label={`${props.field.title}: ${file ? t('fields.replaceFile') : t('fields.chooseFile')}`}
              >
                {file ? t('fields.replaceFile') : t('fields.chooseFile')}
              </Button>
            )}
          </FileButton>
        )}
      </Group>
    </Input.Wrapper>
  );
}

/** A file by name and size, opened in a tab of its own. */
export function FileLink({ value }: { readonly value: unknown }) {
  const locale = useLocale();
  const file = fileOf(value);
  if (!file) return null;
  return (
    <Anchor
      href={fileUrl(file.id)}
      target="_blank"
      rel="noopener"
      onClick={stopRowClick}
      inherit
      style={{ whiteSpace: 'nowrap' }}
    >
      <IconPaperclip size={14} aria-hidden style={{ verticalAlign: -2, marginInlineEnd: 4 }} />
      {file.name}
      {file.size > 0 ? (
        <Text span inherit c="dimmed" fz="xs" ms={6}>
          {formatSize(file.size, locale)}
        </Text>
      ) : null}
    </Anchor>
  );
}
