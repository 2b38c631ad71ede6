import { Anchor, Button, FileButton, Group, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconFileTypePdf, IconPaperclip } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fileUrl, uploadFile } from '../../../api/client.ts';
import { useGenerateDocument, useSave } from '../../../api/hooks.ts';
import { fileOf } from '../../../fields/file-value.ts';
import { errorText } from '../../../i18n/error-text.ts';
import { useModel } from '../../../model/use-model.ts';
import { aboutValue, type Target } from './composer-target.ts';

/** Puts files of this machine (or the phone's camera) on the record. */
export function UploadButton({ target }: { readonly target: Target }) {
  const { t } = useTranslation();
  const model = useModel();
  const save = useSave('document');
  const [busy, setBusy] = useState(false);
  const send = async (files: readonly File[]): Promise<void> => {
    setBusy(true);
    for (const file of files) {
      try {
        const value = await uploadFile(file);
        await save.mutateAsync({
          values: { title: file.name, file: { ...value }, about: aboutValue(model, 'document', target) },
        });
      } catch (error) {
        notifications.show({ color: 'red', message: `${file.name}: ${errorText(error, t)}` });
      }
    }
    setBusy(false);
  };
  return (
    <FileButton multiple onChange={(files) => void send(files)}>
      {(button) => (
        <Button
          {...button}
          size="compact-sm"
          variant="default"
          fw={500}
          loading={busy}
          leftSection={<IconPaperclip size={14} aria-hidden />}
        >
          {t('card.file')}
        </Button>
      )}
    </FileButton>
  );
}

/** Renders a document from one of the entity's templates; nothing where it has none. */
export function GenerateButton({ target }: { readonly target: Target }) {
  const { t } = useTranslation();
  const templates = useModel().templates.filter((template) => template.entity === target.entity);
  const generate = useGenerateDocument(target);
  if (templates.length === 0) return null;
  const run = async (name: string): Promise<void> => {
    try {
      const document = await generate.mutateAsync(name);
      const file = fileOf(document['file']);
      notifications.show({
        message: (
          <Group justify="space-between" wrap="nowrap" gap="xs">
            {t('card.generated', { title: String(document['title'] ?? '') })}
            {file ? (
              <Anchor size="sm" href={fileUrl(file.id)} target="_blank" rel="noopener">
                {t('card.open')}
              </Anchor>
            ) : null}
          </Group>
        ),
      });
    } catch (error) {
      notifications.show({ color: 'red', message: errorText(error, t) });
    }
  };
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          size="compact-sm"
          variant="default"
          fw={500}
          loading={generate.isPending}
          leftSection={<IconFileTypePdf size={14} aria-hidden />}
        >
          {t('card.generate')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {templates.map((template) => (
          <Menu.Item key={template.name} onClick={() => void run(template.name)}>
            {template.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
