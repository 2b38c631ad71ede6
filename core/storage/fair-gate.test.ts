import { expect, it } from 'vitest';
import { createFairGate } from './fair-gate.ts';
import type { FairGate, Kind } from './fair-gate.ts';

/** Work that lasts until it is told to end. */
function openWork(gate: FairGate, kind: Kind, name: string, begun: string[]) {
  let end = () => undefined as void;
  const ended = gate.pass(kind, () => {
    begun.push(name);
    return new Promise<void>((resolve) => (end = resolve));
  });
  return { end: () => end(), ended };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('lets in by the order of arrival, and keeps a third of the places for the other kind', async () => {
  const gate = createFairGate({ size: 3, longestWait: 1000, message: 'full' });
  const begun: string[] = [];
  const reads = ['r1', 'r2', 'r3', 'r4'].map((name) => openWork(gate, 'read', name, begun));
  const writes = ['w1', 'w2'].map((name) => openWork(gate, 'write', name, begun));
  await turn();
  expect(begun).toEqual(['r1', 'r2', 'w1']);
  reads[0]?.end();
  await turn();
  expect(begun).toEqual(['r1', 'r2', 'w1', 'r3']);
  writes[0]?.end();
  await turn();
  expect(begun).toEqual(['r1', 'r2', 'w1', 'r3', 'w2']);
  for (const work of [...reads, ...writes]) work.end();
  await turn();
  for (const work of [...reads, ...writes]) work.end();
  await Promise.all([...reads, ...writes].map(({ ended }) => ended));
  expect(begun.at(-1)).toBe('r4');
});

it('one place serves both kinds', async () => {
  const gate = createFairGate({ size: 1, longestWait: 1000, message: 'full' });
  expect(
    await Promise.all((['read', 'write', 'read'] as const).map((kind) => gate.pass(kind, async () => kind))),
  ).toEqual(['read', 'write', 'read']);
});

it('gives a place back when its work fails, and refuses who has waited too long (R-76)', async () => {
  const gate = createFairGate({ size: 1, longestWait: 20, message: 'full' });
  await expect(gate.pass('write', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const begun: string[] = [];
  const holder = openWork(gate, 'write', 'holder', begun);
  await expect(gate.pass('read', async () => 1)).rejects.toMatchObject({ code: 'UNAVAILABLE', message: 'full' });
  holder.end();
  await holder.ended;
  expect(await gate.pass('read', async () => 2)).toBe(2);
});
