import {
  IconArrowMerge,
  IconArrowRight,
  IconCheck,
  IconBolt,
  IconFileText,
  IconMail,
  IconMessage,
  IconNote,
  IconPencil,
  IconPhone,
  IconPlus,
  IconRestore,
  IconTool,
  IconTrash,
  IconUsers,
  IconWalk,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { RecordData } from '../../../model/types.ts';
import { type ItemKind, type TimelineItem, valuesAfter } from './timeline-items.ts';
import classes from './timeline.module.css';

type Icon = ComponentType<{ readonly size?: number; readonly stroke?: number; readonly 'aria-hidden'?: boolean }>;

const KINDS: Readonly<Record<ItemKind, Icon>> = {
  created: IconPlus,
  updated: IconPencil,
  moved: IconArrowRight,
  deleted: IconTrash,
  restored: IconRestore,
  merged: IconArrowMerge,
  event: IconBolt,
};
const ACTIVITIES: Readonly<Record<string, Icon>> = {
  call: IconPhone,
  meeting: IconUsers,
  visit: IconWalk,
  mail: IconMail,
  note: IconNote,
  message: IconMessage,
};
/** Those of talks, of what was made, of what happened. */
const SIGNS: Readonly<Record<string, Icon>> = {
  ...ACTIVITIES,
  task: IconCheck,
  document: IconFileText,
  'mail.sent': IconMail,
};

export const activityIcon = (kind: string): Icon => ACTIVITIES[kind] ?? IconTool;

/** The sign beside a row; the words beside it say the same. */
export function ItemSign({ item, record }: { readonly item: TimelineItem; readonly record: RecordData | undefined }) {
  const { change, kind } = item;
  const isTalk = change.entity === 'activity' && kind === 'created';
  const talk = String((record ?? valuesAfter(change))['kind'] ?? '');
  const own = isTalk ? talk : kind === 'created' ? change.entity : change.kind;
  const Sign = SIGNS[own] ?? KINDS[kind];
  return (
    <span className={classes['sign']} data-tone={isTalk ? 'talk' : kind === 'moved' ? 'move' : undefined}>
      <Sign size={14} stroke={1.8} aria-hidden />
    </span>
  );
}
