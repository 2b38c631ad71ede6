import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from '../../tests/support/databases.ts';
import { idOf, openRecordFirm, outcomeOf } from '../../tests/support/record-firm.ts';
import type { RecordFirm } from '../../tests/support/record-firm.ts';
import type { Context } from '../context.ts';

const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

describe.each(DIALECTS)('file fields on %s', (dialect) => {
  let firm: RecordFirm;
  let boss: Context;

  beforeAll(async () => {
    firm = await openRecordFirm(dialect);
    boss = firm.be('sue', 'boss');
  });

  afterAll(() => firm.close());

  const store = (ctx: Context, name: string, type: string, content: Buffer) =>
    firm.files.store(ctx, { name, type, content });
  const create = (photo: unknown) =>
    firm.records.write(boss, { op: 'create', entity: 'deal', input: { name: 'D', photo } });
  const tell = (work: Promise<unknown>, id: string) =>
    work.then(
      () => 'done',
      (error: { message: string; status: number; errors: readonly object[] }) =>
        JSON.stringify([error.status, error.message, error.errors]).replaceAll(id, 'ID'),
    );

  test('the value is what the store knows, whatever the input says of it', async () => {
    const { id } = await store(boss, 'a.png', 'image/png', PNG);
    const deal = await create({ id, name: 'other.png', type: 'image/gif', size: 1 });
    expect(deal['photo']).toEqual({ id, name: 'a.png', type: 'image/png', size: PNG.length });
    const same = { op: 'update', entity: 'deal', id: idOf(deal), input: { photo: deal['photo'] } } as const;
    expect(await firm.records.write(boss, same)).toMatchObject({ version: 1 });
    const [meta] = await firm.files.find(firm.db, [id]);
    expect(meta).toMatchObject({ entity: 'deal', record: idOf(deal), field: 'photo' });
    expect(await outcomeOf(create(id))).toMatchObject({ status: 422, errors: ['/photo file'] });
  });

  test('R-32: an image field takes pictures only, whatever the input calls them', async () => {
    const { id } = await store(boss, 'a.txt', 'text/plain', Buffer.from('text'));
    expect(await outcomeOf(create({ id, type: 'image/png' }))).toMatchObject({
      status: 422,
      errors: ['/photo format'],
    });
    const [meta] = await firm.files.find(firm.db, [id]);
    expect(meta).toMatchObject({ entity: null, record: null });
  });

  test("R-05: somebody else's file is not there", async () => {
    const unknown = '018f0000-0000-7000-8000-000000000000';
    const picture = await store(firm.be('mia', 'boss'), 'a.png', 'image/png', PNG);
    const text = await store(firm.be('mia', 'boss'), 'a.txt', 'text/plain', Buffer.from('text'));
    const answers = await Promise.all([unknown, picture.id, text.id].map((id) => tell(create(id), id)));
    expect(new Set(answers).size).toBe(1);
    expect(answers[0]).toContain('There is no such file. Upload it first.');
  });
});
