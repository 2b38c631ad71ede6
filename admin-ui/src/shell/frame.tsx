import { AppShell } from '@mantine/core';
import { useDisclosure, useHotkeys, useLocalStorage, useMediaQuery } from '@mantine/hooks';
import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { listenToChanges } from '../api/events.ts';
import { ModelProvider } from '../model/model-provider.tsx';
import { useModel } from '../model/use-model.ts';
import { ConnectionBanner } from './connection-banner.tsx';
import { RecordDialogProvider } from './record-dialog-provider.tsx';
import { PhoneBar } from './phone-bar.tsx';
import { PhoneHeader } from './phone-header.tsx';
import { SideMenu } from './side-menu.tsx';
import classes from './frame.module.css';

const SearchPalette = lazy(() => import('./search-palette.tsx').then((module) => ({ default: module.SearchPalette })));

/** Everything around a page: menu, search, live connection. On a phone the menu lies below and in a drawer. */
export function Frame() {
  return (
    <ModelProvider>
      <FrameBody />
    </ModelProvider>
  );
}

function FrameBody() {
  const { t } = useTranslation();
  const isPhone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
  const [narrow, setNarrow] = useLocalStorage({
    key: 'casement.menuNarrow',
    defaultValue: false,
    getInitialValueInEffect: false,
  });
  const [drawer, drawerControl] = useDisclosure(false);
  // The palette's code is fetched with its first use.
  const [palette, setPalette] = useState<{ wanted: boolean; opened: boolean }>({ wanted: false, opened: false });
  const openSearch = (): void => setPalette({ wanted: true, opened: true });
  useHotkeys([['mod+K', openSearch]], []);
  const connected = useLiveChanges();
  useTitle();
  const router = useRouter();
  const { close } = drawerControl;
  useEffect(() => router.subscribe('onResolved', close), [router, close]);
  return (
    <RecordDialogProvider>
      <AppShell
        layout="alt"
        transitionDuration={0}
        header={{ height: 48, collapsed: !isPhone }}
        footer={{ height: 'calc(56px + env(safe-area-inset-bottom))', collapsed: !isPhone }}
        navbar={{ width: narrow ? 60 : 232, breakpoint: 'sm', collapsed: { mobile: !drawer } }}
      >
        <a href="#main" className={classes['skip']}>
          {t('shell.skip')}
        </a>
        {isPhone ? (
          <AppShell.Header className={classes['header'] ?? ''}>
            <PhoneHeader onSearch={openSearch} />
          </AppShell.Header>
        ) : null}
        <AppShell.Navbar className={classes['side'] ?? ''} aria-label={t('shell.menu')}>
          <SideMenu
            narrow={narrow && !isPhone}
            onNarrow={isPhone ? drawerControl.close : () => setNarrow(!narrow)}
            isDrawer={isPhone}
            onSearch={openSearch}
          />
        </AppShell.Navbar>
        <AppShell.Main id="main" className={classes['main'] ?? ''} tabIndex={-1}>
          <ConnectionBanner connected={connected} />
          <Outlet />
        </AppShell.Main>
        {isPhone ? (
          <AppShell.Footer className={classes['footer'] ?? ''}>
            <PhoneBar onMore={drawerControl.toggle} moreOpen={drawer} />
          </AppShell.Footer>
        ) : null}
      </AppShell>
      {palette.wanted ? (
        <Suspense>
          <SearchPalette opened={palette.opened} onClose={() => setPalette({ wanted: true, opened: false })} />
        </Suspense>
      ) : null}
    </RecordDialogProvider>
  );
}

function useLiveChanges(): boolean {
  const client = useQueryClient();
  const [connected, setConnected] = useState(true);
  useEffect(() => listenToChanges(client, { onConnection: setConnected }), [client]);
  return connected;
}

/** The tab carries the firm's name; pages put their own before it. */
function useTitle(): void {
  const { organisation } = useModel();
  useEffect(() => {
    document.title = organisation?.name ?? 'Casement';
  }, [organisation]);
}
