import { Alert, Button, Menu, PasswordInput, Stack, TextInput, UnstyledButton } from '@mantine/core';
import { IconAlertCircle, IconLanguage } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useRouter, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '../api/client.ts';
import { errorText } from '../i18n/error-text.ts';
import { languageName, setLanguage, UI_LANGUAGES } from '../i18n/i18n.ts';
import { EntrancePage } from './entrance-page.tsx';

export function LoginPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const router = useRouter();
  const { to } = useSearch({ from: '/login' });
  const [values, setValues] = useState({ email: '', password: '' });
  const [state, setState] = useState<{ busy: boolean; error?: string }>({ busy: false });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setState({ busy: true });
    try {
      await api.login(values.email.trim(), values.password);
      client.clear();
      router.history.replace(`/app${to ?? '/'}`);
    } catch (error) {
      const refused = error instanceof api.ApiError && error.status === 401;
      setState({ busy: false, error: refused ? t('login.wrong') : errorText(error, t) });
    }
  };
  return (
    <EntrancePage title={t('login.title')} footer={<LanguageChoice />}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          {state.error ? (
            <Alert color="red" variant="light" py="xs" role="alert" icon={<IconAlertCircle size={18} aria-hidden />}>
              {state.error}
            </Alert>
          ) : null}
          <TextInput
            label={t('login.email')}
            type="email"
            name="email"
            autoComplete="username"
            autoFocus
            required
            withAsterisk={false}
            value={values.email}
            onChange={(event) => setValues({ ...values, email: event.currentTarget.value })}
          />
          <PasswordInput
            label={t('login.password')}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={values.password}
            visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
            onChange={(event) => setValues({ ...values, password: event.currentTarget.value })}
          />
          <Button type="submit" loading={state.busy} fullWidth mt={4}>
            {t('login.submit')}
          </Button>
        </Stack>
      </form>
    </EntrancePage>
  );
}

function LanguageChoice() {
  const { t, i18n } = useTranslation();
  return (
    <Menu>
      <Menu.Target>
        <UnstyledButton c="dimmed" fz="sm" aria-label={t('shell.language')}>
          <IconLanguage size={16} aria-hidden style={{ verticalAlign: -3, marginInlineEnd: 6 }} />
          {languageName(i18n.language)}
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {Object.entries(UI_LANGUAGES).map(([language, name]) => (
          <Menu.Item key={language} lang={language} onClick={() => void setLanguage(i18n, language)}>
            {name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
