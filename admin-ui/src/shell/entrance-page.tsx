import { Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './entrance-page.module.css';

/** The page before the frame: log-in and first password. */
export function EntrancePage({
  title,
  children,
  footer,
}: {
  readonly title: string;
  readonly children: ReactNode;
  readonly footer?: ReactNode;
}) {
  return (
    <main className={classes['page']}>
      <div className={classes['box']}>
        <img src={`${import.meta.env.BASE_URL}icon.svg`} width={40} height={40} alt="" />
        <Title order={1}>{title}</Title>
        {children}
      </div>
      <div className={classes['footer']}>{footer}</div>
    </main>
  );
}
