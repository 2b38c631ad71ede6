import type { SqlFragment } from '../context.ts';
import type { Database } from './database.ts';
import { render } from './sql.ts';

/** Reads that answer several askers at once. */
export interface SharedReads {
  /** As `Database.read`; the rows are everybody's who asked, so they are not to be changed. */
  read<Row>(query: SqlFragment, patience?: number): Promise<readonly Row[]>;
}

interface Asked {
  readonly running: Promise<readonly unknown[]>;
  /** Begins when the running one has ended, for all who have come meanwhile. */
  next?: Promise<readonly unknown[]>;
}

const known = new WeakMap<Database, SharedReads>();

/**
 * Figures are dear, and after a change every open screen asks for the same ones. Who asks what is being read just now, word for word, with
 * the same values, waits for the next reading, together with all others who wait: each answer is of a moment after its question.
 */
export function sharedReads(db: Database): SharedReads {
  const made = known.get(db) ?? createSharedReads(db);
  known.set(db, made);
  return made;
}

function createSharedReads(db: Database): SharedReads {
  const open = new Map<string, Asked>();
  const begin = (key: string, read: () => Promise<readonly unknown[]>): Promise<readonly unknown[]> => {
    const running = read();
    const asked: Asked = { running };
    open.set(key, asked);
    const end = () => {
      if (asked.next === undefined) open.delete(key);
    };
    running.then(end, end);
    return running;
  };
  return {
    async read<Row>(query: SqlFragment, patience?: number) {
      const { text, values } = render(query, db.dialect);
      const key = JSON.stringify([text, values], exact);
      const read = () => db.read<Row>(query, patience);
      const asked = open.get(key);
      if (!asked) return (await begin(key, read)) as readonly Row[];
      const again = () => begin(key, read);
      asked.next ??= asked.running.then(again, again);
      return (await asked.next) as readonly Row[];
    },
  };
}

function exact(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { bigint: String(value) } : value;
}
