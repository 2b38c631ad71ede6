import { IconCircleCheckFilled, IconCircleDashed, IconCircleXFilled } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useModel } from '../model/use-model.ts';
import type { ModelEntity, RecordData } from '../model/types.ts';
import classes from './stage-badge.module.css';

const ICONS = { open: IconCircleDashed, won: IconCircleCheckFilled, lost: IconCircleXFilled } as const;

interface Props {
  readonly entity: ModelEntity;
  readonly record: RecordData;
  readonly title?: string;
}

/** The stage of a record; open, won and lost differ by sign and name, not by colour alone. */
export function StageBadge({ entity, record, title }: Props) {
  const { t } = useTranslation();
  const model = useModel();
  const pipelines = entity.pipelines.map((name) => model.pipeline(name));
  const pipeline = pipelines.find((one) => one?.name === record['pipeline']) ?? pipelines[0];
  const stage = pipeline?.stages.find((one) => one.key === record['stage']);
  const kind = stage?.kind ?? 'open';
  const Icon = ICONS[kind];
  return (
    <span className={classes['badge']} data-kind={kind}>
      <Icon size={14} role="img" aria-label={t(`stages.${kind}`)} />
      <span>{title ?? stage?.title ?? String(record['stage'] ?? '')}</span>
    </span>
  );
}
