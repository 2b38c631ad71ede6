/** Long work tells how far it is. */
export interface Progress {
  /** `done` of `total`; total 0 = not known. */
  report(label: string, done: number, total: number): void;
  /** The line is finished. */
  end(): void;
}

const WIDTH = 24;
const AT_MOST_EVERY = 100;

/**
 * A bar on stderr that redraws itself on a terminal; elsewhere one line for each label when it is done, so that logs stay readable.
 */
export function createProgress(stream: NodeJS.WriteStream = process.stderr): Progress {
  let drawnAt = 0;
  let open = false;
  return {
    report(label, done, total) {
      const finished = total > 0 && done >= total;
      if (!stream.isTTY) {
        if (finished) stream.write(`${label}: ${done.toLocaleString('en')}\n`);
        return;
      }
      const now = Date.now();
      if (!finished && now - drawnAt < AT_MOST_EVERY) return;
      drawnAt = now;
      open = true;
      stream.write(`\r\x1b[K${line(label, done, total)}`);
      if (!finished) return;
      stream.write('\n');
      open = false;
    },
    end() {
      if (open) stream.write('\n');
      open = false;
    },
  };
}

function line(label: string, done: number, total: number): string {
  if (total === 0) return `${label} ${done.toLocaleString('en')}`;
  const filled = Math.min(WIDTH, Math.floor((done / total) * WIDTH));
  const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
  return `${label} ${bar} ${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
}
