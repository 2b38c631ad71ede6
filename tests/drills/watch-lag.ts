/** How long the event loop stood still while a request was under way; this process holds the server, too. Milliseconds. */
export interface LagWatch {
  during<T>(work: () => Promise<T>): Promise<T>;
  p99(): number;
  tell(): string;
  stop(): void;
}

const EVERY = 5;

export function watchLag(): LagWatch {
  const lags: number[] = [];
  let since: number | undefined;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    if (since !== undefined) lags.push(Math.max(0, now - Math.max(last + EVERY, since)));
    last = now;
  }, EVERY);
  const at = (share: number) => lags.toSorted((a, b) => a - b)[Math.floor(lags.length * share)] ?? 0;
  return {
    async during(work) {
      since = performance.now();
      try {
        return await work();
      } finally {
        since = undefined;
      }
    },
    p99: () => at(0.99),
    tell: () => `p50 ${at(0.5).toFixed(1)} p99 ${at(0.99).toFixed(1)} most ${at(1 - 1e-9).toFixed(1)} ms`,
    stop: () => clearInterval(timer),
  };
}
