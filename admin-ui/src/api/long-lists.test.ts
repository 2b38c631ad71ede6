import { describe, expect, it } from 'vitest';
import { replaceRecord } from './long-lists.ts';

const pages = {
  pages: [
    {
      data: [
        { id: '1', a: 1 },
        { id: '2', a: 2 },
      ],
      next: 'x',
    },
    { data: [{ id: '3', a: 3 }], next: null },
  ],
  pageParams: [undefined, 'x'],
};

describe('replaceRecord', () => {
  it('puts the new record in place and leaves other pages as they are', () => {
    const next = replaceRecord(pages, '2', { id: '2', a: 9 });
    expect(next.pages[0]?.data).toEqual([
      { id: '1', a: 1 },
      { id: '2', a: 9 },
    ]);
    expect(next.pages[1]).toBe(pages.pages[1]);
  });
  it('takes a record out', () => {
    expect(replaceRecord(pages, '3', null).pages[1]?.data).toEqual([]);
  });
});
