import { Avatar, Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { IconCheck, IconDeviceDesktop, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { languageName } from '../i18n/i18n.ts';
import { useMe, useModel } from '../model/use-model.ts';
import { useChooseLanguage, useLogout } from './session.ts';
import side from './side-menu.module.css';

const SCHEMES = [
  { key: 'light', icon: IconSun },
  { key: 'dark', icon: IconMoon },
  { key: 'auto', icon: IconDeviceDesktop },
] as const;

/** Who is logged in; look, language, log out. */
export function ProfileMenu({ narrow, icon = false }: { readonly narrow: boolean; readonly icon?: boolean }) {
  const { t, i18n } = useTranslation();
  const { user } = useMe();
  const model = useModel();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { choose, languages } = useChooseLanguage();
  const logout = useLogout();
  return (
    <Menu position={icon ? 'bottom-end' : 'top-start'} width={230}>
      <Menu.Target>
        <UnstyledButton className={icon ? '' : (side['action'] ?? '')} aria-label={t('shell.profile', { name: user.name })}>
          <Avatar size={icon ? 30 : 24} radius="xl" name={user.name} color="pine" alt="" />
          {narrow || icon ? null : <span className={side['label']}>{user.name}</span>}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {user.name}
          <br />
          {user.email}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Label>{t('shell.look')}</Menu.Label>
        {SCHEMES.map(({ key, icon: Icon }) => (
          <Menu.Item
            key={key}
            role="menuitemradio"
            aria-checked={colorScheme === key}
            leftSection={<Icon size={16} aria-hidden />}
            rightSection={colorScheme === key ? <IconCheck size={14} aria-hidden /> : null}
            onClick={() => setColorScheme(key)}
          >
            {t(`shell.scheme.${key}`)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t('shell.language')}</Menu.Label>
        {languages(model.languages).map((language) => (
          <Menu.Item
            key={language}
            role="menuitemradio"
            aria-checked={i18n.language === language}
            lang={language}
            rightSection={i18n.language === language ? <IconCheck size={14} aria-hidden /> : null}
            onClick={() => void choose(language)}
          >
            {languageName(language)}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void logout()}>
          {t('shell.logout')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
