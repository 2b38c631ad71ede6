import { ActionIcon, Anchor, Menu, Text, Title } from '@mantine/core';
import { IconBolt, IconChevronRight, IconDots, IconLink, IconPhone, IconTrash, IconUser } from '@tabler/icons-react';
import { Link, useRouter } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { PhoneLink } from '../../fields/phone-link.tsx';
import { fieldModule } from '../../fields/registry.ts';
import { displayOf, referenceOf } from '../../model/display.ts';
import type { ModelEntity, RecordData } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import classes from './card-page.module.css';
import { mainSum, peopleOf } from './people.ts';
import { useButton } from './use-button.ts';
import { useDelete } from './use-delete.tsx';

interface Props {
  readonly entity: ModelEntity;
  readonly record: RecordData;
  readonly title: string;
}

/** What the record is called, who is meant and responsible, what it is worth, and what can be done with the whole of it. */
export function CardHeader({ entity, record, title }: Props) {
  const known = mainSum(entity);
  // A record that is called by its sum need not say it twice.
  const isName = entity.display.some((part) => 'field' in part && part.field === known?.key);
  const sum = isName ? undefined : known;
  const value = sum ? record[sum.key] : null;
  return (
    <header className={classes['header']}>
      <div className={classes['headline']}>
        <div className={classes['names']}>
          <Crumb entity={entity} />
          <Title order={1} className={classes['title'] ?? ''}>
            {title}
          </Title>
        </div>
        {sum && value !== null && value !== undefined ? (
          <div className={classes['worth']}>
            <Text size="xs" c="dimmed">
              {sum.title}
            </Text>
            <strong>
              <Worth entity={entity} record={record} />
            </strong>
          </div>
        ) : null}
        <CardMenu entity={entity} record={record} />
      </div>
      <div className={classes['meta']}>
        <People entity={entity} record={record} />
        <Owner entity={entity} record={record} />
      </div>
    </header>
  );
}

function Worth({ entity, record }: { readonly entity: ModelEntity; readonly record: RecordData }) {
  const field = mainSum(entity);
  if (!field) return null;
  const { Cell } = fieldModule(field.type);
  return <Cell field={field} value={record[field.key] ?? null} record={record} entity={entity} />;
}

/** Back to where records of the kind are looked through: their place in the menu, else their list. */
function Crumb({ entity }: { readonly entity: ModelEntity }) {
  const model = useModel();
  const view =
    model.menu.find((one) => one.entity === entity.name && (one.kind === 'list' || one.kind === 'board')) ??
    model.view(`${entity.name}List`);
  if (!view) return <span className={classes['crumb']}>{entity.title}</span>;
  return (
    <Link
      className={classes['crumb']}
      to={view.kind === 'board' ? '/board/$view' : '/list/$view'}
      params={{ view: view.name }}
    >
      {entity.pluralTitle} <IconChevronRight size={12} aria-hidden />
    </Link>
  );
}

/** Whom to call or write to, one press away. */
function People({ entity, record }: { readonly entity: ModelEntity; readonly record: RecordData }) {
  const model = useModel();
  const about = { entity: entity.name, id: String(record['id']) };
  return peopleOf(model, entity, record).map((person) => (
    <span key={person.key} className={classes['person']}>
      {person.name ? (
        <Link to="/$entity/$id" params={{ entity: person.entity, id: person.id }} className={classes['personName']}>
          {person.name}
        </Link>
      ) : null}
      {person.phones.map(({ field, value }) => (
        <span key={field.key} className={classes['phone']}>
          <IconPhone size={14} aria-hidden />
          <PhoneLink phone={value} about={about} />
        </span>
      ))}
      {person.emails.map((email) => (
        <Anchor key={email} href={`mailto:${email}`} inherit c="dimmed">
          {email}
        </Anchor>
      ))}
    </span>
  ));
}

function Owner({ entity, record }: { readonly entity: ModelEntity; readonly record: RecordData }) {
  const model = useModel();
  const field = entity.owner ? model.field(entity.name, entity.owner) : undefined;
  const owner = field ? referenceOf(record[field.key], field) : null;
  const name = owner?.record ? displayOf(model, owner.entity, owner.record) : '';
  if (!field || !name) return null;
  return (
    <span className={classes['owner']} title={field.title}>
      <IconUser size={14} role="img" aria-label={field.title} /> {name}
    </span>
  );
}

function CardMenu({ entity, record }: { readonly entity: ModelEntity; readonly record: RecordData }) {
  const { t } = useTranslation();
  const router = useRouter();
  const open = (id: string): void => void router.navigate({ to: '/$entity/$id', params: { entity: entity.name, id } });
  const remove = useDelete(entity, { onRestored: (restored) => open(String(restored['id'])) });
  const press = useButton(entity);
  const deleteRecord = async (): Promise<void> => {
    if (!(await remove(record))) return;
    // Back to where the reader came from; a card opened by a link of its own leads to the first page.
    if (router.history.canGoBack()) router.history.back();
    else void router.navigate({ to: '/' });
  };
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon size="lg" aria-label={t('card.actions')}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconLink size={14} aria-hidden />}
          onClick={() => void navigator.clipboard.writeText(location.href)}
        >
          {t('card.copyLink')}
        </Menu.Item>
        {(entity.buttons ?? []).map((button) => (
          <Menu.Item
            key={button.name}
            leftSection={<IconBolt size={14} aria-hidden />}
            onClick={() => void press(button, String(record['id']))}
          >
            {button.title}
          </Menu.Item>
        ))}
        {entity.can.delete && !entity.single ? (
          <Menu.Item color="red" leftSection={<IconTrash size={14} aria-hidden />} onClick={() => void deleteRecord()}>
            {t('card.delete')}
          </Menu.Item>
        ) : null}
      </Menu.Dropdown>
    </Menu>
  );
}
