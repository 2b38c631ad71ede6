import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Big } from 'big.js';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { recordTexts } from '../core/records/read.ts';
import { sql } from '../core/storage/sql.ts';
import { DIALECTS, openTestDatabase } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp } from './support/http-app.ts';
import { runOver, upload } from './support/import-table.ts';
import type { Run } from './support/import-table.ts';

const ROOT = new URL('..', import.meta.url).pathname;
const DATA = join(ROOT, '../shared/data/northwind');
const PLAN = join(ROOT, 'tests/support/northwind.json');
const hasData = existsSync(DATA);
const WHY = hasData ? '' : ` (left out: there is no ${DATA})`;

type Row = Readonly<Record<string, string>>;

/** The files read without any of our own code. Rows with a comma in a bare text keep their first columns right, which is all that is asked here. */
async function rowsOf(file: string): Promise<readonly Row[]> {
  return parse(await readFile(join(DATA, file)), { columns: true, relax_column_count: true }) as Row[];
}

/** Amount per line, rounded to cents half away from zero, then summed: by customer and by employee. */
async function expectedTotals(): Promise<Record<'customer' | 'employee', ReadonlyMap<string, string>>> {
  const amounts = new Map<string, Big>();
  for (const { orderID = '', unitPrice, quantity, discount } of await rowsOf('order-details.csv')) {
    const line = new Big(unitPrice ?? 0).times(quantity ?? 0).times(new Big(1).minus(discount ?? 0));
    amounts.set(orderID, (amounts.get(orderID) ?? new Big(0)).plus(line.round(2, Big.roundHalfUp)));
  }
  const sums = { customer: new Map<string, Big>(), employee: new Map<string, Big>() };
  for (const { orderID = '', customerID = '', employeeID = '' } of await rowsOf('orders.csv')) {
    const amount = amounts.get(orderID) ?? new Big(0);
    sums.customer.set(customerID, (sums.customer.get(customerID) ?? new Big(0)).plus(amount));
    sums.employee.set(employeeID, (sums.employee.get(employeeID) ?? new Big(0)).plus(amount));
  }
  const texts = (map: ReadonlyMap<string, Big>) => new Map([...map].map(([key, sum]) => [key, sum.toFixed(2)]));
  return { customer: texts(sums.customer), employee: texts(sums.employee) };
}

describe.skipIf(!hasData).each(DIALECTS)(`Northwind in one run on %s${WHY}`, (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let run: Run;
  let before: string;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
    before = await digest();
    run = await importNorthwind();
  }, 300_000);
  afterAll(async () => firm?.close());

  async function importNorthwind(): Promise<Run> {
    const plan = JSON.parse(await readFile(PLAN, 'utf8')) as { tables: { file: string }[] };
    const uploads = new Map<string, unknown>();
    for (const { file } of plan.tables) {
      if (!uploads.has(file)) uploads.set(file, (await upload(owner, await readFile(join(DATA, file)))).json['id']);
    }
    const tables = plan.tables.map((table) => ({ ...table, file: uploads.get(table.file) }));
    const started = await owner('POST', '/imports', { plan: { ...plan, tables } });
    expect(started.status, started.text).toBe(201);
    return runOver(owner, String(started.json['id']));
  }

  /** Every live record of every entity, as the system sees it. */
  async function digest(): Promise<string> {
    const lines: string[] = [];
    for (const entity of firm.app.model().entities.keys()) {
      let after: string | undefined;
      do {
        const page = await firm.app.records.read(firm.app.system('digest'), {
          entity,
          sort: ['id'],
          limit: 1000,
          ...(after === undefined ? {} : { after }),
        });
        lines.push(...recordTexts(page));
        after = page.next ?? undefined;
      } while (after !== undefined);
    }
    return lines.join('\n');
  }

  const count = async (path: string) => {
    const reply = await owner('GET', `/api/${path}${path.includes('?') ? '&' : '?'}count=exact&limit=1`);
    return reply.json['total'];
  };

  /** Totals by a reference, named by the key the record has in the files. */
  async function totalsBy(group: string, list: string): Promise<ReadonlyMap<string, unknown>> {
    const keys = await firm.app.db.read<{ key: string; record: string }>(
      sql`select "key", "record" from "_external_keys" where "source" = 'northwind' and "list" = ${list}`,
    );
    const names = new Map(keys.map(({ key, record }) => [record, key]));
    const reply = await owner('GET', `/api/orders/aggregate?group=${group}&measures=count,sum(total)`);
    const rows = reply.json['data'] as readonly Record<string, unknown>[];
    return new Map(
      rows.map((row) => {
        const value = row[group];
        const id = typeof value === 'object' && value !== null && 'id' in value ? value.id : value;
        return [names.get(String(id)) ?? String(id), row['sum(total)']];
      }),
    );
  }

  test('every row of every file is there', async () => {
    expect(run).toMatchObject({
      state: 'done',
      message: null,
      counts: { created: 3282, updated: 0, skipped: 0, failed: 0 },
    });
    expect(await count('orders')).toBe(830);
    expect(await count('order-lines')).toBe(2155);
    expect(await count('products')).toBe(77);
    expect(await count('contacts')).toBe(91);
    expect(await count(`companies?filter=${encodeURIComponent('{"relations":{"contains":"customer"}}')}`)).toBe(91);
    expect(await count(`companies?filter=${encodeURIComponent('{"relations":{"contains":"supplier"}}')}`)).toBe(29);
    expect(await count('users')).toBe(10);
  });

  test('references, dates and texts are those of the files', async () => {
    const reply = await owner(
      'GET',
      `/api/orders?filter=${encodeURIComponent('{"externalNumber":"10250"}')}&expand=customer,assignee,lines.product`,
    );
    const [order] = reply.json['data'] as Record<string, unknown>[];
    expect(order).toMatchObject({
      customer: { name: 'Hanari Carnes', country: 'BR', address: 'Rua do Paço, 67' },
      assignee: { name: 'Margaret Peacock' },
      orderedOn: '1996-07-08',
      requiredOn: '1996-08-05',
      shippedOn: '1996-07-12',
      shipAddress: 'Rua do Paço, 67',
      freight: '65.83',
      shippingMethod: 'United Package',
      total: '1552.60',
    });
    const lines = order?.['lines'] as { product: { name: string }; amount: string }[];
    expect(lines.map(({ product, amount }) => `${product.name} ${amount}`).sort()).toEqual([
      "Jack's New England Clam Chowder 77.00",
      'Louisiana Fiery Hot Pepper Sauce 214.20',
      'Manjimup Dried Apples 1261.40',
    ]);
    const unshipped = await count(`orders?filter=${encodeURIComponent('{"shippedOn":{"empty":true}}')}`);
    expect(unshipped).toBe((await rowsOf('orders.csv')).filter(({ shippedDate }) => shippedDate === 'NULL').length);
  });

  test('totals per customer and per employee equal those worked out from the files', async () => {
    const expected = await expectedTotals();
    expect(await totalsBy('customer', 'customers')).toEqual(expected.customer);
    expect(await totalsBy('assignee', 'employees')).toEqual(expected.employee);
  });

  test('nobody of the files can log in, no rule has fired, and the same again doubles nothing (R-25)', async () => {
    const login = await firm.stranger('POST', '/auth/login', {
      email: 'Nancy.Davolio@northwind.example',
      password: 'x',
    });
    expect(login.status).toBe(401);
    const jobs = await firm.app.jobs.listJobs({ limit: 1000 });
    expect(jobs.filter(({ kind }) => kind === 'automation')).toEqual([]);
    const again = await importNorthwind();
    expect(again.counts).toEqual({ created: 0, updated: 0, skipped: 3282, failed: 0 });
    expect(await count('orders')).toBe(830);
  });

  test('D-8: one undo leaves the database as it was', async () => {
    expect(await digest()).not.toBe(before);
    const undone = await owner('POST', `/batches/${run.batch}/undo`);
    expect([undone.status, undone.json['left']], undone.text).toEqual([200, 0]);
    expect(await digest()).toBe(before);
  }, 300_000);
});

describe.skipIf(!hasData).each(DIALECTS)(`casement import on %s${WHY}`, (dialect) => {
  test('R-25: killed half-way and repeated, no record is there twice', async () => {
    const database = await openTestDatabase(dialect);
    await database.db.close();
    const projectDir = await mkdtemp(join(tmpdir(), 'casement-northwind-'));
    await writeFile(
      join(projectDir, 'package.json'),
      JSON.stringify({ name: 'p', version: '1.0.0', casement: { title: 'P', plugins: [] } }),
    );
    const script = join(projectDir, 'run.mts');
    await writeFile(
      script,
      `import { main } from ${JSON.stringify(join(ROOT, 'core/cli/main.ts'))};\nawait main(process.argv.slice(2));\n`,
    );
    const begin = () => {
      const args = ['import', '--project', projectDir, '--plan', PLAN, '--dir', DATA];
      const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), script, ...args], {
        env: {
          PATH: process.env['PATH'],
          DATABASE_URL: database.url,
          CASEMENT_DATA: database.dir,
          CASEMENT_LOG: 'error',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      child.stdout.on('data', (chunk) => (out += String(chunk)));
      child.stderr.on('data', (chunk) => (out += String(chunk)));
      return { child, output: () => out, ended: new Promise<number | null>((resolve) => child.on('exit', resolve)) };
    };
    const first = begin();
    // Looked at from outside while it works, until some chunks are committed.
    const db = await (async () => {
      for (;;) {
        await pause(100);
        const seen = await database.reopen().catch(() => undefined);
        if (seen) return seen;
      }
    })();
    const done = async () => {
      const rows = await db.read<{ counts: string }>(sql`select "counts" from "_imports"`).catch(() => []);
      return rows[0] ? (JSON.parse(rows[0].counts) as { created: number }).created : 0;
    };
    while ((await done()) < 800) {
      if (first.child.exitCode !== null) throw new Error(`The import ended early: ${first.output()}`);
      await pause(20);
    }
    first.child.kill('SIGKILL');
    await first.ended;
    const half = await done();
    expect(half).toBeGreaterThanOrEqual(800);
    expect(half).toBeLessThan(3282);
    const second = begin();
    expect(await second.ended, second.output()).toBe(0);
    expect(second.output()).toContain('3282 created, 0 updated, 0 skipped, 0 left out.');
    for (const [table, rows] of [
      ['order', 830],
      ['orderLine', 2155],
      ['company', 120],
      ['product', 77],
      ['user', 9],
    ] as const) {
      const [found] = await db.read<{ n: number | string }>(sql`select count(*) as n from ${sql.id(table)}`);
      expect([table, Number(found?.n)]).toEqual([table, rows]);
    }
    const batches = await db.read(sql`select "id" from "_batches"`);
    expect(batches).toHaveLength(1);
    await database.remove();
    await rm(projectDir, { recursive: true, force: true });
  }, 300_000);
});
