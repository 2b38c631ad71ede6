import { ActionIcon, Group, Text } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useModel } from '../model/use-model.ts';
import { Bell } from './bell.tsx';
import { ProfileMenu } from './profile-menu.tsx';

export function PhoneHeader({ onSearch }: { readonly onSearch: () => void }) {
  const { t } = useTranslation();
  const { organisation } = useModel();
  return (
    <Group h="100%" px="sm" gap={4} wrap="nowrap">
      <Text fw={600} truncate flex={1}>
        {organisation?.name ?? 'Casement'}
      </Text>
      <ActionIcon size={40} onClick={onSearch} aria-label={t('shell.search')}>
        <IconSearch size={20} stroke={1.6} />
      </ActionIcon>
      <Bell narrow icon />
      <ProfileMenu narrow icon />
    </Group>
  );
}
