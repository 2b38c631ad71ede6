import {
  IconAddressBook,
  IconBuilding,
  IconBuildingStore,
  IconCalendar,
  IconCalendarEvent,
  IconCalendarTime,
  IconChartBar,
  IconCoin,
  IconFileText,
  IconLayoutKanban,
  IconListCheck,
  IconPackage,
  IconPhone,
  IconSunHigh,
  IconTable,
  IconTargetArrow,
  IconTimeline,
  IconUser,
  IconUsersGroup,
} from '@tabler/icons-react';
import type { ComponentType } from 'react';
import type { UiModel } from '../model/model.ts';
import type { ModelView } from '../model/types.ts';

export interface MenuItem {
  readonly key: string;
  readonly title: string;
  readonly to: '/' | '/reports' | '/list/$view' | '/board/$view';
  readonly params?: { readonly view: string };
  readonly icon: ComponentType<{ readonly size?: number; readonly stroke?: number; readonly 'aria-hidden'?: boolean }>;
}

const ICONS: Readonly<Record<ModelView['kind'], MenuItem['icon']>> = {
  list: IconTable,
  board: IconLayoutKanban,
  calendar: IconCalendar,
  timeline: IconTimeline,
  form: IconTable,
};

/** Signs of the base package's entities, to tell the lines of a narrow menu apart; other lists share one. */
const ENTITY_ICONS: Readonly<Record<string, MenuItem['icon']>> = {
  deal: IconTargetArrow,
  contact: IconAddressBook,
  company: IconBuilding,
  activity: IconPhone,
  task: IconListCheck,
  payment: IconCoin,
  document: IconFileText,
  product: IconPackage,
  user: IconUser,
  team: IconUsersGroup,
  organisation: IconBuildingStore,
};

/** The view that the first page draws in its own way. */
export const HOME_VIEW = 'myTasks';

/** A list that begins with a day or a time is a diary: its sign tells it from the list of everything. */
const DIARY_ICONS: Readonly<Record<string, MenuItem['icon']>> = { date: IconCalendarEvent, dateTime: IconCalendarTime };

function iconOf(model: UiModel, view: ModelView): MenuItem['icon'] {
  if (view.kind !== 'list') return ICONS[view.kind];
  const isUsual = view.name === `${view.entity}List`;
  const lead = isUsual ? undefined : model.field(view.entity, view.fields[0] ?? '')?.type;
  return (lead ? DIARY_ICONS[lead] : undefined) ?? ENTITY_ICONS[view.entity] ?? ICONS.list;
}

/** My tasks, the views with a place in the menu, reports. Kinds without a page of their own yet are shown as lists. */
export function menuItems(
  model: UiModel,
  texts: { readonly day: string; readonly reports: string },
): readonly MenuItem[] {
  const views = model.menu.filter((view) => view.kind !== 'form' && view.name !== HOME_VIEW);
  return [
    { key: '/', title: model.view(HOME_VIEW)?.title ?? texts.day, to: '/', icon: IconSunHigh },
    ...views.map((view): MenuItem => ({
      key: view.name,
      title: view.title,
      to: view.kind === 'board' ? '/board/$view' : '/list/$view',
      params: { view: view.name },
      icon: iconOf(model, view),
    })),
    ...(model.reports.length > 0
      ? [{ key: '/reports', title: texts.reports, to: '/reports' as const, icon: IconChartBar }]
      : []),
  ];
}
