import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp, Reply } from './support/http-app.ts';

/** Orders of companies and people, with lines, payments and complaints: the base package through HTTP. */

type Row = Readonly<Record<string, unknown>>;

describe.each(DIALECTS)('orders on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let manager: Caller;
  let company: string;
  let person: string;
  let product: string;

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    const max = await firm.addUser({ email: 'max@example.com', roles: ['manager'] });
    owner = await firm.login('olga@example.com');
    manager = await firm.login('max@example.com');
    company = await made('companies', { name: 'Vins et alcools', region: 'Reims', postalCode: '51100', assignee: max });
    person = await made('contacts', { name: 'Anna', jobTitle: 'Buyer', purchasePurpose: 'a gift' });
    const supplier = await made('companies', { name: 'Exotic Liquids', relations: ['supplier'] });
    product = await made('products', { name: 'Chai', price: '18.00', supplier, stock: 39, reorderLevel: 10 });
  });
  afterAll(() => firm?.close());

  async function made(plural: string, input: Row, by: Caller = owner): Promise<string> {
    const reply = await by('POST', `/api/${plural}`, input);
    expect(reply.status, reply.text).toBe(201);
    return String(reply.json['id']);
  }
  const data = (reply: Reply): readonly Row[] => {
    expect(reply.status, reply.text).toBe(200);
    return reply.json['data'] as readonly Row[];
  };
  const list = async (query: string, by: Caller = owner) => data(await by('GET', `/api/orders?sort=number&${query}`));
  const where = (filter: unknown) => `filter=${encodeURIComponent(JSON.stringify(filter))}`;

  describe('the customer is a company or a person', () => {
    let orders: string[];
    const numbers = (rows: readonly Row[]) => rows.map(({ number }) => Number(String(number).slice(-1)));

    beforeAll(async () => {
      orders = [
        await made('orders', { customer: company, freight: '32.38' }),
        await made('orders', { customer: { entity: 'contact', id: person } }),
        await made('orders', { customer: person.toUpperCase(), requiredOn: '2026-04-01' }),
      ];
    });

    test('the plain id is enough, the answer names the entity', async () => {
      const rows = await list('');
      expect(rows.map(({ number, customer }) => [number, customer])).toEqual([
        ['ORD-2026-0001', { entity: 'company', id: company }],
        ['ORD-2026-0002', { entity: 'contact', id: person }],
        ['ORD-2026-0003', { entity: 'contact', id: person }],
      ]);
    });

    test('a change takes both forms too, and the same customer again is no change', async () => {
      const path = `/api/orders/${orders[1]!}`;
      const again = await owner('PATCH', path, { customer: person });
      expect([again.status, again.json['version']]).toEqual([200, 1]);
      const moved = await owner('PATCH', path, { customer: company });
      expect(moved.json['customer']).toEqual({ entity: 'company', id: company });
      const back = await owner('PATCH', path, { customer: { entity: 'contact', id: person } });
      expect([back.json['customer'], back.json['version']]).toEqual([{ entity: 'contact', id: person }, 3]);
      const [last] = data(await owner('GET', `${path}/changes`));
      expect(last?.['fields']).toMatchObject({
        customer: { before: { entity: 'company', id: company }, after: { entity: 'contact', id: person } },
      });
    });

    test.each([
      ['the plain id', () => ({ customer: person })],
      ['eq', () => ({ customer: { eq: person } })],
      ['the object', () => ({ customer: { entity: 'contact', id: person } })],
      ['eq and the object', () => ({ customer: { eq: { entity: 'contact', id: person } } })],
      ['a list', () => ({ customer: [person] })],
      ['in, both forms', () => ({ customer: { in: [person, { entity: 'contact', id: person }] } })],
      ['the other is not it', () => ({ customer: { ne: company } })],
      ['nin', () => ({ customer: { nin: [company] } })],
      ['a field of the target', () => ({ 'customer.contact.name': 'Anna' })],
      ['the target itself', () => ({ 'customer.company': null })],
    ])('filters by %s', async (_name, filter) => {
      expect(numbers(await list(where(filter())))).toEqual([2, 3]);
    });

    test('filters in brackets', async () => {
      expect(numbers(await list(`filter[customer]=${company}`))).toEqual([1]);
      expect(numbers(await list(`filter[customer][in]=${company},${person}`))).toEqual([1, 2, 3]);
    });

    test('sorts, groups, counts and expands', async () => {
      const sorted = data(await owner('GET', '/api/orders?sort=customer,number'));
      expect(numbers(sorted)).toEqual([1, 2, 3]);
      const groups = data(await owner('GET', '/api/orders/aggregate?group=customer&measures=count,sum(freight)'));
      expect(groups).toEqual([
        { customer: { entity: 'company', id: company }, count: 1, 'sum(freight)': '32.38' },
        { customer: { entity: 'contact', id: person }, count: 2, 'sum(freight)': '0.00' },
      ]);
      for (const group of groups)
        expect(await list(where({ customer: group['customer'] }))).toHaveLength(Number(group['count']));
      const byCity = await owner('GET', '/api/orders/aggregate?group=customer.company.region&measures=count');
      expect(data(byCity)).toEqual([
        { 'customer.company.region': 'Reims', count: 1 },
        { 'customer.company.region': null, count: 2 },
      ]);
      const [first, second] = await list('expand=customer');
      expect(first?.['customer']).toMatchObject({ entity: 'company', id: company, name: 'Vins et alcools' });
      expect(second?.['customer']).toMatchObject({ entity: 'contact', id: person, jobTitle: 'Buyer' });
      const counted = await owner('GET', `/api/orders?count=exact&limit=1&${where({ customer: person })}`);
      expect(counted.json['total']).toBe(2);
      const lists = await owner('GET', `/api/contacts/${person}?expand=orders`);
      expect(lists.json['orders']).toHaveLength(2);
    });

    test('an id that leads nowhere, or to something else, is refused', async () => {
      for (const customer of [product, '018f0000-0000-7000-8000-000000000000', { entity: 'company', id: person }]) {
        const reply = await owner('POST', '/api/orders', { customer });
        expect([reply.status, (reply.json['errors'] as readonly Row[])[0]]).toMatchObject([
          422,
          { path: '/customer', code: 'reference' },
        ]);
      }
      expect((await owner('POST', '/api/orders', {})).status).toBe(422);
    });

    test('an id the caller may not see is as good as none (R-05)', async () => {
      const hidden = await made('companies', {
        name: 'Key client',
        assignee: await firm.addUser({ email: 'eve@example.com', roles: [] }),
      });
      const replies = await Promise.all(
        [hidden, '018f0000-0000-7000-8000-000000000000'].map((customer) =>
          manager('POST', '/api/orders', { customer }),
        ),
      );
      const shape = ({ status, json }: Reply) => [status, (json['errors'] as readonly Row[])[0]];
      expect(shape(replies[0]!)).toEqual(shape(replies[1]!));
    });
  });

  describe('lines', () => {
    test('amount = quantity × price × (1 − discount), in cents, half away from zero, per line', async () => {
      const cases: readonly (readonly [Row, string])[] = [
        [{ quantity: 12, price: '14.00' }, '168.00'],
        [{ quantity: 10, price: 9.8, discount: 0.05 }, '93.10'],
        [{ quantity: 1, price: '0.05', discount: '0.5' }, '0.03'],
        [{ quantity: '0.333', price: '1.00' }, '0.33'],
        [{ quantity: '0.005', price: '1.00' }, '0.01'],
        [{ quantity: 3, price: '19.99', discount: '0.3333' }, '39.98'],
        [{ quantity: 2 }, '36.00'],
        [{}, '18.00'],
        [{ quantity: 5, discount: 1 }, '0.00'],
      ];
      const lines = cases.map(([line]) => ({ product, ...line }));
      const order = await made('orders', { customer: company, lines, freight: '10.00' });
      const read = await owner('GET', `/api/orders/${order}?expand=lines`);
      const amounts = (read.json['lines'] as readonly Row[]).map(({ amount }) => String(amount));
      expect(amounts).toEqual(cases.map(([, amount]) => amount));
      const total = (amounts.reduce((sum, amount) => sum + Math.round(Number(amount) * 100), 0) / 100).toFixed(2);
      expect(read.json).toMatchObject({ total, payable: (Number(total) + 10).toFixed(2), version: 1 });
    });

    test('a payment is about an order or a deal; what is left to pay follows', async () => {
      const order = await made('orders', { customer: person, lines: [{ product, quantity: 2 }] });
      await made('payments', { about: order, amount: '30.00', paidOn: '2026-03-20' });
      expect((await owner('GET', `/api/orders/${order}`)).json).toMatchObject({ paid: '30.00', balance: '6.00' });
      const deal = await made('deals', { title: 'D', customer: person });
      await made('payments', { about: deal, amount: '5.00' });
      expect((await owner('GET', `/api/deals/${deal}`)).json).toMatchObject({ paid: '5.00' });
      const timeline = data(await owner('GET', `/api/orders/${order}/changes?timeline=true`));
      expect(timeline.map(({ entity }) => entity)).toEqual(expect.arrayContaining(['order', 'orderLine', 'payment']));
    });

    test.each([
      [{ quantity: -1 }, 'minimum'],
      [{ discount: 1.5 }, 'maximum'],
      [{ discount: '0.00001' }, 'scale'],
      [{ price: '1.005' }, 'scale'],
    ])('%o is refused', async (line, code) => {
      const reply = await owner('POST', '/api/orders', { customer: company, lines: [{ product, ...line }] });
      const path = `/lines/0/${Object.keys(line)[0]!}`;
      expect([reply.status, reply.json['errors']]).toMatchObject([422, [{ path, code }]]);
    });
  });

  describe('rights', () => {
    let eves: string;

    beforeAll(async () => {
      const eve = await firm.addUser({ email: 'ewa@example.com', roles: ['manager'] });
      eves = await made('orders', { customer: company, assignee: eve, lines: [{ product }] });
    });

    test('a manager sees his own orders, their lines and payments, and no others (S-98)', async () => {
      const own = await made('orders', { customer: company, lines: [{ product }] }, manager);
      expect((await list('', manager)).map(({ id }) => id)).toEqual([own]);
      expect((await manager('GET', `/api/orders/${eves}`)).status).toBe(404);
      const lines = data(await manager('GET', '/api/order-lines'));
      expect(lines.map((line) => line['order'])).toEqual([own]);
      expect((await manager('POST', '/api/order-lines', { order: eves, product })).status).toBe(422);
      expect((await manager('POST', '/api/payments', { about: eves, amount: '1' })).status).toBe(422);
      expect((await manager('POST', '/api/payments', { about: own, amount: '1' })).status).toBe(201);
    });

    test('complaints are seen by who answers for them or for what they are about (S-51)', async () => {
      const about = await made('complaints', { kind: 'complaint', reason: 'quality', about: company });
      await made('complaints', { kind: 'return', reason: 'damage', about: eves, product });
      expect(data(await manager('GET', '/api/complaints')).map(({ id }) => id)).toEqual([about]);
      expect(data(await owner('GET', '/api/complaints/aggregate?group=reason&measures=count'))).toEqual([
        { reason: 'damage', count: 1 },
        { reason: 'quality', count: 1 },
      ]);
    });
  });
});

/** Folder of the Northwind sample as CSV: a public data set that is not part of the project. Where it is not named, there is nothing to test. */
const NORTHWIND = process.env['CASEMENT_NORTHWIND'] ?? '';

describe.each(existsSync(`${NORTHWIND}/orders.csv`) ? DIALECTS : [])('Northwind on %s', (dialect) => {
  test('every order, line and total comes out to the cent', async () => {
    const firm = await startHttpApp(dialect);
    try {
      await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
      const owner = await firm.login('olga@example.com');
      const post = async (plural: string, rows: readonly Row[]) => {
        const ids: string[] = [];
        for (let from = 0; from < rows.length; from += 200) {
          const reply = await owner('POST', `/api/${plural}`, rows.slice(from, from + 200));
          expect(reply.status, reply.text.slice(0, 500)).toBe(201);
          ids.push(...(reply.json['data'] as readonly Row[]).map(({ id }) => String(id)));
        }
        return ids;
      };
      const customers = table('customers');
      const companies = await post(
        'companies',
        customers.map((row) => ({
          name: row['companyName'],
          city: row['city'],
          region: row['region'],
          postalCode: row['postalCode'],
          phone: row['phone'],
          fax: row['fax'],
        })),
      );
      const products = table('products');
      const productIds = await post(
        'products',
        products.map((row) => ({
          name: row['productName'],
          price: row['unitPrice'],
          stock: row['unitsInStock'],
          onOrder: row['unitsOnOrder'],
          reorderLevel: row['reorderLevel'],
          quantityPerUnit: row['quantityPerUnit'],
          active: row['discontinued'] === '0',
        })),
      );
      const idOf = (rows: readonly Row[], key: string, ids: readonly string[]) =>
        new Map(rows.map((row, index) => [row[key], ids[index]!]));
      const customerOf = idOf(customers, 'customerID', companies);
      const productOf = idOf(products, 'productID', productIds);
      const lines = table('order-details');
      const day = (text: unknown) => (typeof text === 'string' ? text.slice(0, 10) : null);
      const orders = table('orders');
      await post(
        'orders',
        orders.map((row) => ({
          customer: customerOf.get(row['customerID']),
          externalNumber: row['orderID'],
          orderedOn: day(row['orderDate']),
          requiredOn: day(row['requiredDate']),
          shippedOn: day(row['shippedDate']),
          freight: row['freight'],
          shipName: row['shipName'],
          shipAddress: row['shipAddress'],
          shipCity: row['shipCity'],
          shipRegion: row['shipRegion'],
          shipPostalCode: row['shipPostalCode'],
          shipCountry: row['shipCountry'],
          lines: lines
            .filter((line) => line['orderID'] === row['orderID'])
            .map((line) => ({
              product: productOf.get(line['productID']),
              quantity: line['quantity'],
              price: line['unitPrice'],
              discount: line['discount'],
            })),
        })),
      );
      const [figures] = (await owner('GET', '/api/orders/aggregate?measures=count,sum(total)')).json[
        'data'
      ] as readonly Row[];
      const [details] = (await owner('GET', '/api/order-lines/aggregate?measures=count,sum(amount)')).json[
        'data'
      ] as readonly Row[];
      const cents = lines.reduce((sum, line) => sum + amountInCents(line), 0n);
      const expected = `${cents / 100n}.${String(cents % 100n).padStart(2, '0')}`;
      expect(figures).toEqual({ count: orders.length, 'sum(total)': expected });
      expect(details).toEqual({ count: lines.length, 'sum(amount)': expected });
    } finally {
      await firm.close();
    }
  });
});

/** Half a cent goes up: none of these amounts is negative. */
function amountInCents(line: Row): bigint {
  const scaled = (text: unknown, digits: number) => BigInt(Math.round(Number(text) * 10 ** digits));
  const tenThousandths =
    scaled(line['unitPrice'], 2) * scaled(line['quantity'], 0) * (100n - scaled(line['discount'], 2));
  return (tenThousandths + 50n) / 100n;
}

/** A CSV of the data set; `NULL` is an empty cell. Commas of addresses stand there without quotes. */
function table(name: string): readonly Row[] {
  const text = readFileSync(`${NORTHWIND}/${name}.csv`, 'utf8');
  const [head = [], ...rows] = text.split(/\r?\n/).filter(Boolean).map(cells);
  const address = head.findIndex((key) => /address/i.test(key));
  return rows.map((row) => {
    const surplus = row.length - head.length;
    const whole = row.slice(address, address + surplus + 1).join(',');
    const values = surplus > 0 ? [...row.slice(0, address), whole, ...row.slice(address + surplus + 1)] : row;
    return Object.fromEntries(head.map((key, index) => [key, values[index] === 'NULL' ? null : values[index]]));
  });
}

function cells(line: string): readonly string[] {
  const found = line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return [...found].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '');
}
