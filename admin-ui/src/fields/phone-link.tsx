import { Anchor } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useOpenRecordDialog } from '../model/record-dialog.ts';
import { useModel } from '../model/use-model.ts';
import type { UiModel } from '../model/model.ts';
import { groupPhone } from './phone-text.ts';

interface Props {
  readonly phone: string;
  readonly typed?: string;
  /** The record the talk is about; the call is noted there. */
  readonly about?: { readonly entity: string; readonly id: string } | undefined;
}

/** True when the reader may note a call about records of this entity. */
function canLogCall(model: UiModel, entity: string): boolean {
  const activity = model.findEntity('activity');
  return Boolean(activity?.can.create && model.field('activity', 'about')?.reference?.to.includes(entity));
}

/** A number to call. Calling also opens "log a call", so that the result of the talk is noted where it belongs. */
export function PhoneLink({ phone, typed, about }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const openDialog = useOpenRecordDialog();
  const shown = groupPhone(phone) || typed || phone;
  return (
    <Anchor
      href={`tel:${phone.replace(/[^\d+]/g, '')}`}
      aria-label={t('fields.call', { phone: shown })}
      title={typed && typed !== phone ? typed : undefined}
      inherit
      style={{ whiteSpace: 'nowrap' }}
      onClick={(event) => {
        event.stopPropagation();
        if (!about || !canLogCall(model, about.entity)) return;
        openDialog({
          entity: 'activity',
          title: t('fields.logCall'),
          values: { kind: 'call', about: { entity: about.entity, id: about.id }, at: new Date().toISOString() },
          fields: ['outcome', 'body', 'nextStep', 'duration'],
        });
      }}
    >
      {shown}
    </Anchor>
  );
}
