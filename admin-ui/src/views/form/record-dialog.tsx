import { Modal } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { displayOf } from '../../model/display.ts';
import type { RecordDialogRequest } from '../../model/record-dialog.ts';
import { useModel } from '../../model/use-model.ts';
import { RecordForm } from './record-form.tsx';

interface Props {
  readonly request: RecordDialogRequest;
  readonly onClose: () => void;
}

/** The form of a new record over the page; on a phone it takes the screen. */
export function RecordDialog({ request, onClose }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const isPhone = useMediaQuery('(max-width: 48em)');
  const entity = model.entity(request.entity);
  const fields = useMemo(
    () => request.fields?.filter((key) => model.field(entity.name, key)),
    [request, model, entity],
  );
  return (
    <Modal
      opened
      onClose={onClose}
      title={request.title ?? t('common.newOf', { title: entity.title })}
      size="lg"
      fullScreen={isPhone}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <RecordForm
        entity={entity}
        layout="dialog"
        {...(request.values ? { values: request.values } : {})}
        {...(fields ? { fields } : {})}
        onCancel={onClose}
        onSaved={(record) => {
          notifications.show({
            message: t('common.saved', { title: displayOf(model, entity, record) || entity.title }),
            color: 'teal',
          });
          request.onSaved?.(record);
          onClose();
        }}
      />
    </Modal>
  );
}
