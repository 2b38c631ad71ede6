import { useEffect } from 'react';
import { useModel } from '../model/use-model.ts';

/** Names the browser's tab after the page; with several deals open side by side only the tab tells which is which. */
export function usePageTitle(title: string): void {
  const { organisation } = useModel();
  const firm = organisation?.name ?? 'Casement';
  useEffect(() => {
    document.title = title ? `${title} · ${firm}` : firm;
  }, [title, firm]);
}
