import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import * as api from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { rememberLanguage, setLanguage, UI_LANGUAGES } from '../i18n/i18n.ts';
import type { Me } from '../model/types.ts';

export function useLogout(): () => Promise<void> {
  const client = useQueryClient();
  const navigate = useNavigate();
  return async () => {
    await api.logout().catch(() => undefined);
    // The frame must be gone before its data is.
    await navigate({ to: '/login' });
    client.clear();
  };
}

/** The language of the reader: kept in this browser and, where he may change himself, with his account. */
export function useChooseLanguage() {
  const { i18n } = useTranslation();
  const client = useQueryClient();
  return {
    /** The UI's own languages and those of the definitions. */
    languages: (ofModel: readonly string[]): readonly string[] => [
      ...new Set([...Object.keys(UI_LANGUAGES), ...ofModel]),
    ],
    choose: async (language: string): Promise<void> => {
      await setLanguage(i18n, language);
      const me = client.getQueryData<Me>(keys.me);
      if (me) {
        client.setQueryData<Me>(keys.me, { ...me, user: { ...me.user, language } });
        // Not everybody may edit users; the browser then remembers for him.
        const isKept = await api.update('users', me.user.id, { patch: { language } }).then(
          () => true,
          () => false,
        );
        rememberLanguage(me.user.id, isKept ? null : language);
      }
      // Titles come translated from the server.
      await client.invalidateQueries({ queryKey: keys.model });
      await client.invalidateQueries();
    },
  };
}
