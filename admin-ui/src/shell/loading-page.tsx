import { Center, Loader } from '@mantine/core';
import { useTranslation } from 'react-i18next';

export function LoadingPage() {
  const { t } = useTranslation();
  return (
    <Center h="60vh" role="status">
      <Loader size="sm" aria-label={t('common.loading')} />
    </Center>
  );
}
