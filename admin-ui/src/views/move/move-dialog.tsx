import { Alert, Button, Group, Modal, Stack, Textarea } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconArrowRight, IconInfoCircle, IconPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../../api/client.ts';
import { useMove, useRecord } from '../../api/hooks.ts';
import { fieldModule } from '../../fields/registry.ts';
import { detailText, errorText } from '../../i18n/error-text.ts';
import { displayOf } from '../../model/display.ts';
import { useOpenRecordDialog } from '../../model/record-dialog.ts';
import type { ModelEntity, ModelField, ModelList, RecordData, Stage } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import { backReference, childFormFields } from '../card/lists/child-lists.ts';
import { fromFormValues, toFormValues } from '../form/form-state.ts';
import { mergeFields, type MoveQuestion, questionOf, wantedList } from './move-fields.ts';

interface Props {
  readonly entity: ModelEntity;
  readonly record: RecordData;
  readonly stage: Stage;
  /** Why the first try was refused. */
  readonly problem: ApiError;
  /** Opened on the record's own card: no link to it is needed. */
  readonly isCard: boolean;
  readonly onClose: (moved: boolean) => void;
}

/** Asks for exactly what the stage wants before a record may enter it, and moves it with the answers. */
export function MoveDialog({ entity, record, stage, problem, isCard, onClose }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const isPhone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const form = useMoveForm({ entity, record, stage, problem, onMoved: () => onClose(true) });
  const [isCovered, setCovered] = useState(false);
  // A payment put in from here may let a rule move the record: then there is nothing left to ask.
  const current = useRecord(entity.name, String(record['id']), { expand: [] }).data;
  const hasArrived = current?.['stage'] === stage.key;
  useEffect(() => {
    if (hasArrived) onClose(true);
  }, [hasArrived, onClose]);
  const canTry = form.fields.length > 0 || form.isSettled;
  const title = displayOf(model, entity, record) || entity.title;
  return (
    <Modal
      opened
      onClose={() => onClose(false)}
      fullScreen={isPhone}
      closeOnEscape={!isCovered}
      title={
        <Group gap={6} wrap="nowrap" component="span">
          {title} <IconArrowRight size={16} aria-hidden /> {stage.title}
        </Group>
      }
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form noValidate onSubmit={form.submit}>
        <Stack gap="sm">
          {form.rest.length > 0 ? (
            <Alert
              color={canTry ? 'yellow' : 'red'}
              variant="light"
              icon={<IconInfoCircle size={18} aria-hidden />}
              role="alert"
              py="xs"
            >
              {form.rest.map((line) => (
                <div key={line}>{line}</div>
              ))}
              <Group gap={6} mt={form.wanted.length > 0 ? 8 : 0}>
                {form.wanted.map((list, index) => (
                  <AddChild
                    key={list.key}
                    list={list}
                    owner={{ entity: entity.name, id: String(record['id']) }}
                    isFirst={index === 0}
                    onOpen={setCovered}
                    onAdded={() => form.settle(list)}
                  />
                ))}
              </Group>
            </Alert>
          ) : null}
          {form.fields.map((field, index) => {
            const { Input } = fieldModule(field.type);
            return (
              <Input
                key={field.key}
                field={{ ...field, required: true }}
                entity={entity}
                record={record}
                value={form.valueOf(field)}
                onChange={(value) => form.change(field.key, value)}
                error={form.errorOf(field)}
                autoFocus={index === 0 && form.wanted.length === 0 && field.type !== 'date'}
              />
            );
          })}
          {canTry ? (
            <Textarea
              label={t('move.note')}
              placeholder={t('move.notePlaceholder')}
              autosize
              minRows={1}
              maxRows={6}
              value={form.note}
              onChange={(event) => form.setNote(event.currentTarget.value)}
            />
          ) : null}
          <Group justify="flex-end" gap="xs" mt={4}>
            {!isCard && form.rest.length > 0 ? (
              <Button
                variant="subtle"
                me="auto"
                renderRoot={(props) => (
                  <Link to="/$entity/$id" params={{ entity: entity.name, id: String(record['id']) }} {...props} />
                )}
              >
                {t('move.openCard')}
              </Button>
            ) : null}
            <Button variant="default" disabled={form.busy} onClick={() => onClose(false)}>
              {t(canTry ? 'common.cancel' : 'common.close')}
            </Button>
            {canTry ? (
              <Button type="submit" loading={form.busy}>
                {t('move.submit', { stage: stage.title })}
              </Button>
            ) : null}
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

interface AddProps {
  readonly list: ModelList;
  readonly owner: { readonly entity: string; readonly id: string };
  readonly isFirst: boolean;
  /** The form of the child lies over this dialog. */
  readonly onOpen: (isOpen: boolean) => void;
  readonly onAdded: () => void;
}

/** What is missing can be put in without leaving the dialog. */
function AddChild({ list, owner, isFirst, onOpen, onAdded }: AddProps) {
  const { t } = useTranslation();
  const model = useModel();
  const openDialog = useOpenRecordDialog();
  const child = model.findEntity(list.entity);
  if (!child?.can.create) return null;
  return (
    <Button
      size="compact-sm"
      variant="default"
      leftSection={<IconPlus size={14} aria-hidden />}
      data-autofocus={isFirst || undefined}
      onClick={() => {
        onOpen(true);
        openDialog({
          entity: child.name,
          values: { [list.field]: backReference(model, list, owner) },
          fields: childFormFields(model, child.name, list.field),
          onSaved: onAdded,
          onClosed: () => onOpen(false),
        });
      }}
    >
      {t('card.addRow', { title: child.title })}
    </Button>
  );
}

type FormOptions = Pick<Props, 'entity' | 'record' | 'stage' | 'problem'> & { readonly onMoved: () => void };

function useMoveForm({ entity, record, stage, problem, onMoved }: FormOptions) {
  const { t } = useTranslation();
  const moving = useMove(entity.name);
  const first = questionOf(entity, problem.errors);
  const [fields, setFields] = useState<readonly ModelField[]>(first.fields);
  // What is missing at the first try is a question, not yet a mistake: the fields alone ask it.
  const [question, setQuestion] = useState<MoveQuestion>({ ...first, byField: {} });
  const [failure, setFailure] = useState<ApiError | null>(problem.errors.length > 0 ? null : problem);
  const [edits, setEdits] = useState<Readonly<Record<string, unknown>>>({});
  const [note, setNote] = useState('');
  const [isSettled, setSettled] = useState(false);
  const initial = toFormValues(fields, record);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    event.stopPropagation();
    const set = fromFormValues(fields, edits);
    try {
      await moving.mutateAsync({ id: String(record['id']), to: stage.key, set, note: note.trim() || undefined });
      onMoved();
    } catch (error) {
      const refused =
        error instanceof ApiError ? error : new ApiError({ status: 500, code: 'INTERNAL', detail: String(error) });
      const next = questionOf(entity, refused.errors);
      setFields(mergeFields(fields, next.fields));
      setQuestion(next);
      setFailure(refused.errors.length > 0 ? null : refused);
    }
  };
  const wanted = question.rest.flatMap((error) => wantedList(entity, error) ?? []);
  return {
    fields,
    wanted,
    /** Something that was missing has been put in: the move can be tried again. */
    isSettled,
    settle: (list: ModelList): void => {
      setSettled(true);
      setQuestion((old) => ({ ...old, rest: old.rest.filter((error) => wantedList(entity, error) !== list) }));
    },
    note,
    setNote,
    busy: moving.isPending,
    rest: [...question.rest.map((error) => detailText(error, t)), ...(failure ? [errorText(failure, t)] : [])],
    errorOf: (field: ModelField): string | undefined =>
      question.byField[field.key]?.map((error) => detailText(error, t, field.type)).join(' '),
    valueOf: (field: ModelField): unknown => (Object.hasOwn(edits, field.key) ? edits[field.key] : initial[field.key]),
    change: (key: string, value: unknown): void => setEdits((known) => ({ ...known, [key]: value })),
    submit: (event: FormEvent): void => void submit(event),
  };
}
