import { Avatar, type MantineColorScheme, Menu, UnstyledButton, useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconLogout, IconMoon, IconSun } from '@tabler/icons-react';
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
        <UnstyledButton
          className={icon ? '' : (side['action'] ?? '')}
          aria-label={t('shell.profile', { name: user.name })}
        >
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
        <Menu.RadioGroup value={colorScheme} onChange={(key) => setColorScheme(key as MantineColorScheme)}>
          {SCHEMES.map(({ key, icon: Icon }) => (
            <Menu.RadioItem key={key} value={key} rightSection={<Icon size={16} aria-hidden />}>
              {t(`shell.scheme.${key}`)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Label>{t('shell.language')}</Menu.Label>
        <Menu.RadioGroup value={i18n.language} onChange={(language) => void choose(language)}>
          {languages(model.languages).map((language) => (
            <Menu.RadioItem key={language} value={language} lang={language} closeMenuOnClick>
              {languageName(language)}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => void logout()}>
          {t('shell.logout')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
