import { expect, it } from 'vitest';
import { createWriteQueue } from './write-queue.ts';

/** A connection that notes what it is told, and how much of it stays. */
function openLedger() {
  const told: string[] = [];
  let lines: string[] = [];
  const kept: string[] = [];
  let changes = 0;
  let mark = 0;
  const connection = {
    exec(text: string) {
      told.push(text);
      if (text.startsWith('savepoint')) mark = lines.length;
      if (text.startsWith('rollback to')) lines = lines.slice(0, mark);
      else if (text === 'rollback') lines = [];
      if (text === 'commit') kept.push(...lines.splice(0));
      return Promise.resolve();
    },
    changes: () => changes,
  };
  const write = (line: string) => {
    changes += 1;
    lines.push(line);
  };
  return { told, kept, connection, write };
}

type Work = () => void;

/** Works that wait together: the first one holds the queue until all the others have come. */
async function together(ledger: ReturnType<typeof openLedger>, works: readonly Work[]) {
  const queue = createWriteQueue(ledger.connection);
  const asked = (work: Work) =>
    queue.add(async () => {
      await Promise.resolve();
      work();
      return { result: 'kept', committed: () => undefined };
    });
  const first = asked(() => ledger.write('first'));
  const rest = works.map(asked);
  await first;
  const results = await Promise.allSettled(rest);
  await queue.idle();
  return results.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)));
}

const fail = (reason: string) => {
  throw new Error(reason);
};

it('one commit for all that wait, without a savepoint between them', async () => {
  const ledger = openLedger();
  const work = (line: string) => () => ledger.write(line);
  expect(await together(ledger, [work('a'), work('b'), work('c')])).toEqual(['kept', 'kept', 'kept']);
  expect(ledger.kept).toEqual(['first', 'a', 'b', 'c']);
  expect(ledger.told).toEqual(['begin immediate', 'commit', 'begin immediate', 'commit']);
});

it('who fails before he has changed anything takes nobody along', async () => {
  const ledger = openLedger();
  const results = await together(ledger, [() => ledger.write('a'), () => fail('no'), () => ledger.write('c')]);
  expect(results).toEqual(['kept', 'Error: no', 'kept']);
  expect(ledger.kept).toEqual(['first', 'a', 'c']);
  expect(ledger.told.filter((text) => text.startsWith('savepoint'))).toEqual([]);
});

it('who fails with half of it written is taken back alone: the others are run again, each by itself (R-76)', async () => {
  const ledger = openLedger();
  const half = () => {
    ledger.write('half');
    fail('no');
  };
  expect(await together(ledger, [() => ledger.write('a'), half, () => ledger.write('c')])).toEqual([
    'kept',
    'Error: no',
    'kept',
  ]);
  expect(ledger.kept).toEqual(['first', 'a', 'c']);
});

it('nothing is kept of one that fails alone', async () => {
  const ledger = openLedger();
  const half = () => {
    ledger.write('half');
    fail('no');
  };
  expect(await together(ledger, [half])).toEqual(['Error: no']);
  expect(ledger.kept).toEqual(['first']);
  expect(ledger.told.at(-1)).toBe('rollback');
});
