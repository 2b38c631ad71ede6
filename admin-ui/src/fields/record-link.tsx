import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';

interface Props {
  readonly entity: string;
  readonly id: string;
  readonly className?: string | undefined;
  readonly children: ReactNode;
  /** The first link of a list's row: arrow keys go from one to the next. */
  readonly isRow?: boolean;
}

/**
 * The way to a record's card. A plain link beside the router's own: that one watches the address, which costs too much in
 * a list of thousands. Opening in a new tab works as with any link.
 */
export function RecordLink({ entity, id, className, children, isRow = false }: Props) {
  const router = useRouter();
  const target = { to: '/$entity/$id', params: { entity, id } } as const;
  const open = (event: MouseEvent): void => {
    event.stopPropagation();
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    void router.navigate(target);
  };
  const href = `${router.basepath.replace(/\/$/, '')}/${encodeURIComponent(entity)}/${encodeURIComponent(id)}`;
  return (
    <a
      href={href}
      className={className}
      data-record={isRow || undefined}
      onClick={open}
      onMouseEnter={() => void router.preloadRoute(target)}
    >
      {children}
    </a>
  );
}
