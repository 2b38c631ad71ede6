import { Alert, Button, PasswordInput, Stack, Text } from '@mantine/core';
import { IconAlertCircle } from '@tabler/icons-react';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as api from '../api/client.ts';
import { errorText } from '../i18n/error-text.ts';
import { EntrancePage } from './entrance-page.tsx';

/** Where an invitation or a reset leads: the token stands in the address, is used once and is then worthless. */
export function PasswordPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { token } = useSearch({ from: '/password' });
  const [password, setPassword] = useState('');
  const [state, setState] = useState<{ busy: boolean; error?: string }>({ busy: false });
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setState({ busy: true });
    try {
      await api.setPassword(token ?? '', password);
      await navigate({ to: '/login', replace: true });
    } catch (error) {
      setState({ busy: false, error: errorText(error, t) });
    }
  };
  return (
    <EntrancePage title={t('password.title')}>
      <form onSubmit={(event) => void submit(event)}>
        <Stack gap="sm">
          <Text size="sm" c="dimmed">
            {t('password.hint')}
          </Text>
          {state.error ? (
            <Alert color="red" variant="light" py="xs" role="alert" icon={<IconAlertCircle size={18} aria-hidden />}>
              {state.error}
            </Alert>
          ) : null}
          <PasswordInput
            label={t('password.new')}
            autoComplete="new-password"
            autoFocus
            required
            minLength={8}
            withAsterisk={false}
            value={password}
            visibilityToggleButtonProps={{ 'aria-label': t('login.showPassword') }}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={state.busy} disabled={!token} fullWidth>
            {t('password.submit')}
          </Button>
        </Stack>
      </form>
    </EntrancePage>
  );
}
