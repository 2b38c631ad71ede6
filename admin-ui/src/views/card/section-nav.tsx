import { UnstyledButton } from '@mantine/core';
import { useEffect } from 'react';
import { useLocation } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import classes from './card-page.module.css';

interface Section {
  readonly key: string;
  readonly title: string;
  /** Beside the others on a desk, below them on a phone. */
  readonly onPhone?: boolean;
}

function scrollTo(key: string): void {
  document.getElementById(key)?.scrollIntoView({
    behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth',
    block: 'start',
  });
}

/** The parts of a card by name; `#lines` in the address opens the card there. */
export function SectionNav({ sections }: { readonly sections: readonly Section[] }) {
  const { t } = useTranslation();
  const hash = useLocation({ select: (location) => location.hash });
  useEffect(() => {
    if (hash) scrollTo(hash);
  }, [hash]);
  return (
    <nav className={classes['nav']} aria-label={t('card.sections')}>
      {sections.map((section) => (
        <UnstyledButton
          key={section.key}
          className={classes['navItem'] ?? ''}
          data-phone={section.onPhone || undefined}
          onClick={() => scrollTo(section.key)}
        >
          {section.title}
        </UnstyledButton>
      ))}
    </nav>
  );
}
