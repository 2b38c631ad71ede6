import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DESK, openBrowser, openWindow, PHONE } from './support/browser.ts';
import type { Window } from './support/browser.ts';
import { DIALECTS } from './support/databases.ts';
import { openHost } from './support/host.ts';
import type { Caller, Host } from './support/host.ts';
import { openMailbox } from './support/mailbox.ts';
import type { Mailbox } from './support/mailbox.ts';

type Json = Record<string, unknown>;

const TIMEOUT = 15_000;

/** The window firm's day in a real browser: desk for the office, phone for the measurer, on both databases. */
describe.each(DIALECTS)('the journey of a request in the browser on %s', (dialect) => {
  let host: Host;
  let mailbox: Mailbox;
  let browser: Browser;
  let owner: Caller;
  const windows: Window[] = [];
  let manager: Page;
  let measurer: Page;
  let head: Page;

  beforeAll(async () => {
    mailbox = await openMailbox();
    const admin = { email: 'kirill@example.com', password: 'a long and honest password' };
    host = await openHost(dialect, { admin, smtpUrl: mailbox.url });
    owner = await host.as('kirill@example.com');
    const helen = await makeUser('Helen', ['head']);
    const team = await owner.call<Json>('POST', '/api/teams', { name: 'Sales', head: helen });
    for (const [name, roles] of [
      ['Anna', ['manager']],
      ['Jaan', ['specialist', 'measurer']],
      ['Toomas', ['specialist', 'installer']],
    ] as const) {
      await makeUser(name, roles, { teams: [team.body['id']] });
    }
    await owner.call('POST', '/api/products', { name: 'PVC window', price: '120.00', unit: 'm2' });
    browser = await openBrowser();
    manager = await enter('anna', DESK);
    measurer = await enter('jaan', PHONE);
    head = await enter('helen', DESK);
  });

  afterAll(async () => {
    await browser.close();
    await host.close();
    await mailbox.close();
  });

  async function makeUser(name: string, roles: readonly string[], more: Json = {}): Promise<string> {
    const user = { name, email: `${name.toLowerCase()}@example.com`, roles, language: 'en', ...more };
    const answer = await owner.call<Json>('POST', '/api/users', user);
    expect(answer.status).toBe(201);
    return String(answer.body['id']);
  }

  /** A window of its own, logged in by the form. The page's clock shows what the server's does. */
  async function enter(name: string, size: { width: number; height: number }): Promise<Page> {
    await host.as(`${name}@example.com`);
    const opened = await openWindow(browser, size);
    windows.push(opened);
    const { page } = opened;
    page.setDefaultTimeout(TIMEOUT);
    await page.clock.setSystemTime(host.clock.now());
    await page.goto(`${host.base}/app/`);
    await page.getByLabel('E-mail').fill(`${name}@example.com`);
    await page.getByLabel('Password', { exact: true }).fill('a long and honest password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'My tasks' }).waitFor();
    return page;
  }

  const sees = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();

  test('a visitor sends the form and the open board of the manager shows the deal without reload', async () => {
    await manager.goto(`${host.base}/app/board/windowsBoard`);
    await manager.getByText('First call').first().waitFor();
    const visitor = await openWindow(browser, PHONE);
    await visitor.page.goto(`${host.base}/forms/siteRequest?utm_source=google`);
    await visitor.page.getByLabel('Your name').fill('Ivan Petrov');
    await visitor.page.getByLabel('Phone').fill('8 (495) 123-45-67');
    await visitor.page.getByLabel('E-mail').fill('ivan@example.com');
    await visitor.page.getByLabel('Address').fill('Pärnu mnt 5, Tallinn');
    await visitor.page.getByRole('button').last().click();
    await sees(visitor.page, /Thank you/);
    await visitor.context.close();
    await sees(manager, 'Site request: Ivan Petrov');
  });

  test('sixteen minutes later the task is late and the head is told, on the screens that are open', async () => {
    host.clock.add(16 * 60_000);
    await host.settle();
    await head
      .getByLabel(/1 unread notification/)
      .first()
      .waitFor();
    await manager.clock.setSystemTime(host.clock.now());
    await manager.goto(`${host.base}/app/`);
    await sees(manager, 'Call the client back: Ivan Petrov');
    await sees(manager, /late/);
  });

  test('the manager finds the client by a piece of the number, calls and notes the talk', async () => {
    await manager.keyboard.press('Control+k');
    await manager.getByPlaceholder(/Name, phone/).fill('123-45-67');
    await manager
      .getByRole('option', { name: /Ivan Petrov/ })
      .or(manager.getByRole('button', { name: /Ivan Petrov/ }))
      .first()
      .click();
    await manager.waitForURL(/\/app\/(contact|deal)\//);
    await manager.goto(`${host.base}/app/board/windowsBoard`);
    await manager.getByText('Site request: Ivan Petrov').click();
    await manager.waitForURL(/\/app\/deal\//);
    await manager.locator('a[href="tel:+74951234567"]').first().waitFor();
    await manager
      .getByRole('group', { name: 'Put on the record' })
      .getByRole('button', { name: 'Call', exact: true })
      .click();
    const composer = manager.getByRole('group', { name: 'Put on the record' });
    await composer.getByLabel('What was agreed').fill('Wants three windows');
    await composer.getByLabel('Next step').fill('Measure on Thursday');
    await manager.getByRole('group', { name: 'Put on the record' }).getByRole('button', { name: 'Save' }).click();
    await sees(manager, 'Wants three windows');
  });

  test('a card dragged on the board meets the same gate and stays where it was', async () => {
    const card = manager.url();
    await manager.goto(`${host.base}/app/board/windowsBoard`);
    await sees(manager, 'Site request: Ivan Petrov');
    const from = (await manager.getByText('Site request: Ivan Petrov').boundingBox())!;
    const to = (await manager.getByRole('main').getByText('Measurement', { exact: true }).first().boundingBox())!;
    await manager.mouse.move(from.x + 20, from.y + 5);
    await manager.mouse.down();
    await manager.mouse.move(from.x + 60, from.y + 40, { steps: 8 });
    await manager.mouse.move(to.x + 40, to.y + 120, { steps: 20 });
    await manager.mouse.up();
    const dialog = manager.getByRole('dialog', { name: /Site request/ });
    await dialog.getByText('Measurement visit').first().waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect((await owner.list('/api/deals'))[0]).toMatchObject({ stage: 'first-call' });
    await manager.goto(card);
  });

  test('a move without a date asks for it in place; with it the measurer has his task', async () => {
    await manager
      .getByRole('list', { name: 'Windows' })
      .getByRole('button', { name: /Measurement/ })
      .click();
    const dialog = manager.getByRole('dialog', { name: /Site request/ });
    await dialog.getByRole('button', { name: 'Move to Measurement' }).waitFor();
    await dialog.getByRole('button', { name: 'Move to Measurement' }).click();
    await dialog
      .getByText(/Measurement visit/)
      .first()
      .waitFor();
    expect((await owner.list('/api/deals'))[0]).toMatchObject({ stage: 'first-call' });
    await dialog.getByRole('button', { name: /Measurement visit/ }).click();
    await manager.getByRole('button', { name: '5 March 2026', exact: true }).click();
    await manager.getByLabel('Hours').fill('14');
    await manager.getByLabel('Minutes').fill('00');
    await manager.getByRole('button', { name: 'Done' }).last().click();
    await dialog.getByRole('button', { name: 'Move to Measurement' }).click();
    await dialog.waitFor({ state: 'detached' });
    await host.settle();
    expect((await owner.list('/api/deals'))[0]).toMatchObject({
      stage: 'measurement',
      measurementAt: '2026-03-05T12:00:00.000Z',
    });
  });

  test('the measurer enters a window and a file on his phone and moves the deal on', async () => {
    await sees(measurer, 'Measure: Ivan Petrov, Pärnu mnt 5, Tallinn');
    const [deal] = await owner.list('/api/deals');
    await measurer.goto(`${host.base}/app/deal/${String(deal!['id'])}`);
    await measurer.getByRole('button', { name: 'Add: Deal line' }).click();
    const sheet = measurer.getByRole('dialog');
    await sheet.getByLabel('Title').fill('Kitchen');
    await sheet.getByLabel('Width, mm').fill('1200');
    await sheet.getByLabel('Height, mm').fill('1400');
    await sheet.getByRole('button', { name: 'Create' }).click();
    await sees(measurer, 'Kitchen');
    const file = join(await mkdtemp(join(tmpdir(), 'casement-file-')), 'sizes.txt');
    await writeFile(file, 'Kitchen 1200 x 1400\n');
    const chooser = measurer.waitForEvent('filechooser');
    await measurer.getByRole('group', { name: 'Put on the record' }).getByRole('button', { name: 'File' }).click();
    await (await chooser).setFiles(file);
    await sees(measurer, 'sizes.txt');
    await measurer.getByRole('button', { name: /^Stage: / }).click();
    await measurer.getByRole('menuitem', { name: 'Agreement' }).click();
    await measurer.getByRole('button', { name: 'Stage: Agreement' }).waitFor();
  });

  test('a corrected line changes the sum at once, and the offer is made and mailed', async () => {
    await host.settle();
    await manager.reload();
    await sees(manager, 'Kitchen');
    const before = (await owner.list('/api/deals'))[0]!['total'];
    await manager.getByRole('button', { name: 'Edit: Kitchen' }).click();
    await manager.getByRole('table', { name: 'Lines' }).getByLabel('Price').fill('300');
    await manager.keyboard.press('Enter');
    await sees(manager, '€300.00');
    expect((await owner.list('/api/deals'))[0]!['total']).not.toBe(before);
    await manager
      .getByRole('list', { name: 'Windows' })
      .getByRole('button', { name: /Payment/ })
      .click();
    await host.settle();
    await sees(manager, /OFF-2026-0001/);
    expect(mailbox.letters.map(({ to }) => to)).toEqual([['ivan@example.com']]);
  });

  test('a registered payment moves the deal on before the eyes of the manager', async () => {
    const [deal] = await owner.list('/api/deals');
    await owner.call('POST', '/api/payments', { about: { entity: 'deal', id: deal!['id'] }, amount: '150.00' });
    const stage = manager.locator('[aria-current="step"]').filter({ hasText: 'Installation' });
    await stage.waitFor();
    expect(await stage.count()).toBe(1);
  });

  test('the head opens the records behind a figure of a report', async () => {
    await head.goto(`${host.base}/app/reports/conversionBySource`);
    await head.getByRole('row', { name: /Site/ }).getByRole('link').first().click();
    await head.waitForURL(/\/app\/list\//);
    await sees(head, 'Site request: Ivan Petrov');
  });

  test('nothing broke on any screen', () => {
    expect(windows.flatMap(({ failures }) => failures)).toEqual([]);
  });
});
