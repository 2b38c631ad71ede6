import { Button, Center, Group, Stack, Text, Title } from '@mantine/core';
import { IconMapQuestion, IconPlugConnectedX } from '@tabler/icons-react';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/client.ts';
import { errorText } from '../i18n/error-text.ts';
import { UnknownEntityError } from '../model/model.ts';

interface MessageProps {
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}

function Message({ icon, title, text, children }: MessageProps) {
  return (
    <Center mih="60vh" p="lg">
      <Stack align="center" maw={420} gap="xs" ta="center" role="alert">
        {icon}
        <Title order={1}>{title}</Title>
        <Text c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {text}
        </Text>
        <Group mt="sm">{children}</Group>
      </Stack>
    </Center>
  );
}

export function NotFoundPage() {
  const { t } = useTranslation();
  return (
    <Message
      icon={<IconMapQuestion size={40} stroke={1.3} aria-hidden />}
      title={t('errors.notFoundTitle')}
      text={t('errors.notFoundText')}
    >
      <Button component={Link} to="/" variant="default">
        {t('common.home')}
      </Button>
    </Message>
  );
}

/** What a page that failed shows in its place; the frame around it stays usable. */
export function ErrorPage({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const router = useRouter();
  if (error instanceof UnknownEntityError || (error instanceof ApiError && error.status === 404))
    return <NotFoundPage />;
  const requestId = error instanceof ApiError ? error.requestId : undefined;
  const text = [errorText(error, t), requestId ? `(${requestId})` : ''].filter(Boolean).join(' ');
  return (
    <Message icon={<IconPlugConnectedX size={40} stroke={1.3} aria-hidden />} title={t('errors.pageTitle')} text={text}>
      <Button
        onClick={() => {
          reset();
          void router.invalidate();
        }}
      >
        {t('common.tryAgain')}
      </Button>
      <Button component={Link} to="/" variant="default">
        {t('common.home')}
      </Button>
    </Message>
  );
}
