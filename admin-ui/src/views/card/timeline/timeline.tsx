import { Button, Skeleton, Stack, Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useChanges } from '../../../api/hooks.ts';
import { errorText } from '../../../i18n/error-text.ts';
import { useLocale } from '../../../model/format.ts';
import type { UiModel } from '../../../model/model.ts';
import type { ModelEntity } from '../../../model/types.ts';
import { partLists } from '../lists/child-lists.ts';
import { useModel } from '../../../model/use-model.ts';
import { useNow } from '../../../model/use-now.ts';
import { TimelineRow } from './timeline-row.tsx';
import { type TimelineItem, timelineItems } from './timeline-items.ts';
import classes from './timeline.module.css';
import { useTimelineRecords } from './use-timeline-records.ts';

/** Everything that happened to the record and to what belongs to it, newest first, by day. */
export function Timeline({ entity, id }: { readonly entity: ModelEntity; readonly id: string }) {
  const { t } = useTranslation();
  const model = useModel();
  const query = useChanges(entity.name, id, { timeline: true });
  const pages = query.data?.pages.map((page) => page.data) ?? [];
  const records = useTimelineRecords(pages, { id });
  const parts = useMemo(() => new Set(partLists(model, entity).map((list) => list.entity)), [model, entity]);
  const days = byDay(
    timelineItems(pages.flat(), { entity: entity.name, id, parts, isInner: (of, key) => isInnerField(model, of, key) }),
  );
  if (query.isPending) return <Skeleton h={160} radius="md" />;
  if (query.isError && !query.data) {
    return (
      <Text size="sm" c="dimmed" role="alert">
        {errorText(query.error, t)}
      </Text>
    );
  }
  return (
    <Stack gap={0}>
      {days.map((day) => (
        <section key={day.key}>
          <h3 className={classes['day']}>
            <DayTitle day={day.at} />
          </h3>
          <ol className={classes['items']}>
            {day.items.map((item) => (
              <TimelineRow key={item.key} item={item} record={records.get(item.change.record)} records={records} />
            ))}
          </ol>
        </section>
      ))}
      {query.hasNextPage ? (
        <Button
          variant="subtle"
          size="compact-sm"
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t('card.older')}
        </Button>
      ) : null}
    </Stack>
  );
}

/** A field in no group of a form written by hand: rules note it for themselves. */
function isInnerField(model: UiModel, entity: string, key: string): boolean {
  const view = model.formView(entity);
  if (!view?.groups || view.groups.length === 0 || model.field(entity, key)?.system !== false) return false;
  return !view.fields.includes(key) && !view.groups.some((group) => group.fields.includes(key));
}

interface Day {
  readonly key: string;
  readonly at: Date;
  readonly items: TimelineItem[];
}

function byDay(items: readonly TimelineItem[]): readonly Day[] {
  const days: Day[] = [];
  for (const item of items) {
    const at = new Date(item.change.at);
    const key = at.toDateString();
    const last = days.at(-1);
    if (last?.key === key) last.items.push(item);
    else days.push({ key, at, items: [item] });
  }
  return days;
}

function DayTitle({ day }: { readonly day: Date }) {
  const locale = useLocale();
  const now = useNow();
  const distance = Math.round(
    (new Date(day.toDateString()).getTime() - new Date(now.toDateString()).getTime()) / 86_400_000,
  );
  if (distance === 0 || distance === -1)
    return <>{new Intl.RelativeTimeFormat(locale, { numeric: 'auto' }).format(distance, 'day')}</>;
  const year = day.getFullYear() === now.getFullYear() ? {} : ({ year: 'numeric' } as const);
  return (
    <>{new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'long', ...year }).format(day)}</>
  );
}
