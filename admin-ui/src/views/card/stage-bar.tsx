import { Button, Loader, Menu, Text, Tooltip, UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconCheck, IconChevronDown, IconCircleCheckFilled, IconCircleXFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useChanges } from '../../api/hooks.ts';
import { useLocale } from '../../model/format.ts';
import type { ModelEntity, ModelPipeline, RecordData, Stage } from '../../model/types.ts';
import { useNow } from '../../model/use-now.ts';
import { reachable } from '../move/move-fields.ts';
import { useMoveRecord } from '../move/use-move-record.tsx';
import classes from './stage-bar.module.css';
import { spanText, stageVisits } from './stage-times.ts';

interface Props {
  readonly entity: ModelEntity;
  readonly record: RecordData;
  readonly pipeline: ModelPipeline;
}

/** Every stage of the pipeline; pressing one moves the record there. */
export function StageBar({ entity, record, pipeline }: Props) {
  const { t } = useTranslation();
  const isPhone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const { move, dialog, movingTo } = useMoveRecord(entity, { isCard: true });
  const current = pipeline.stages.findIndex((stage) => stage.key === record['stage']);
  const allowed = reachable(pipeline, String(record['stage'] ?? ''));
  const spent = useTimeInStage(entity, record);
  const go = (stage: Stage): void => {
    if (entity.can.update && stage.key !== record['stage']) void move(record, stage);
  };
  const now = pipeline.stages[current];
  return (
    <div>
      {isPhone ? (
        <StageMenu
          stages={pipeline.stages}
          now={now}
          allowed={allowed}
          onChoose={go}
          disabled={!entity.can.update}
          busy={movingTo !== undefined}
        />
      ) : (
        <ol className={classes['bar']} aria-label={pipeline.title}>
          {pipeline.stages.map((stage, index) => (
            <li key={stage.key} className={classes['item']} data-kind={stage.kind}>
              <Tooltip multiline maw={320} label={<StageHelp stage={stage} />} position="bottom">
                <UnstyledButton
                  className={classes['stage'] ?? ''}
                  data-kind={stage.kind}
                  data-state={
                    index === current
                      ? 'current'
                      : stage.kind === 'open' && index < current && now?.kind !== 'lost'
                        ? 'done'
                        : 'ahead'
                  }
                  data-far={(index !== current && !allowed.has(stage.key)) || undefined}
                  aria-current={index === current ? 'step' : undefined}
                  disabled={!entity.can.update || movingTo !== undefined}
                  onClick={() => go(stage)}
                >
                  {movingTo === stage.key ? (
                    <Loader size={12} color="currentColor" />
                  ) : (
                    <StageSign
                      stage={stage}
                      isDone={index < current && stage.kind === 'open' && now?.kind !== 'lost'}
                    />
                  )}
                  <span className={classes['title']}>{stage.title}</span>
                  {index === current && spent ? <span className={classes['spent']}>{spent}</span> : null}
                </UnstyledButton>
              </Tooltip>
            </li>
          ))}
        </ol>
      )}
      {now?.help ? (
        <Text size="sm" c="dimmed" className={classes['help'] ?? ''}>
          {isPhone && spent ? `${t('card.inStage', { span: spent })} · ` : ''}
          {now.help}
        </Text>
      ) : null}
      {dialog}
    </div>
  );
}

function StageSign({ stage, isDone }: { readonly stage: Stage; readonly isDone: boolean }) {
  if (stage.kind === 'won') return <IconCircleCheckFilled size={14} aria-hidden />;
  if (stage.kind === 'lost') return <IconCircleXFilled size={14} aria-hidden />;
  return isDone ? <IconCheck size={14} stroke={2.4} aria-hidden /> : null;
}

/** What to do in the stage and how long it should take. */
function StageHelp({ stage }: { readonly stage: Stage }) {
  const { t } = useTranslation();
  const locale = useLocale();
  return (
    <>
      <strong>{stage.title}</strong>
      {stage.help ? <div>{stage.help}</div> : null}
      {stage.goal ? (
        <div className={classes['goal']}>{t('card.goal', { span: spanText(stage.goal, locale) })}</div>
      ) : null}
    </>
  );
}

interface MenuProps {
  readonly stages: readonly Stage[];
  readonly now: Stage | undefined;
  readonly allowed: ReadonlySet<string>;
  readonly onChoose: (stage: Stage) => void;
  readonly disabled: boolean;
  readonly busy: boolean;
}

/** On a phone the stages are a menu: seven names side by side cannot be read there. */
function StageMenu({ stages, now, allowed, onChoose, disabled, busy }: MenuProps) {
  const { t } = useTranslation();
  return (
    <Menu position="bottom-start" width="target">
      <Menu.Target>
        <Button
          fullWidth
          variant="light"
          justify="space-between"
          loading={busy}
          disabled={disabled}
          rightSection={<IconChevronDown size={16} aria-hidden />}
        >
          {t('card.stage', { stage: now?.title ?? '—' })}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {stages.map((stage) => (
          <Menu.Item
            key={stage.key}
            disabled={stage.key === now?.key}
            leftSection={<StageSign stage={stage} isDone={stage.key === now?.key} />}
            onClick={() => onChoose(stage)}
            opacity={allowed.has(stage.key) ? 1 : 0.55}
          >
            {stage.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** How long the record has been where it is; empty while unknown. */
function useTimeInStage(entity: ModelEntity, record: RecordData): string {
  const locale = useLocale();
  const now = useNow();
  const changes = useChanges(entity.name, String(record['id']), { timeline: false });
  const since = stageVisits(changes.data?.pages.flatMap((page) => page.data) ?? []).get(String(record['stage']));
  const spent = since ? now.getTime() - new Date(since).getTime() : 0;
  return spent >= 60_000 ? spanText(spent, locale) : '';
}
