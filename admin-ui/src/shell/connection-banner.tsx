import { Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconCloudOff } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './connection-banner.module.css';

/** Says that what is shown may be old. A blink of the line is not worth a word. */
export function ConnectionBanner({ connected }: { readonly connected: boolean }) {
  const { t } = useTranslation();
  const [settled] = useDebouncedValue(connected, 2500);
  return (
    <div role="status" aria-live="polite">
      {connected || settled ? null : (
        <div className={classes['banner']}>
          <IconCloudOff size={16} aria-hidden />
          <Text size="sm" inherit>
            {t('shell.connectionLost')}
          </Text>
        </div>
      )}
    </div>
  );
}
