import { useInterval } from '@mantine/hooks';
import { useEffect, useState } from 'react';

const EVERY_MS = 30_000;

/** The time, kept true by the half minute: what is "late" or "for 3 hours" changes while one looks. */
export function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  const { start, stop } = useInterval(() => setNow(new Date()), EVERY_MS);
  useEffect(() => {
    start();
    return stop;
  }, [start, stop]);
  return now;
}
