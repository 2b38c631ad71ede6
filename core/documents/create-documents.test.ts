import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buffer } from 'node:stream/consumers';
import { pdfText } from '../../tests/support/pdf-text.ts';
import { DIALECTS } from '../../tests/support/databases.ts';
import { openSmallFirm } from '../../tests/support/small-firm.ts';
import type { SmallFirm } from '../../tests/support/small-firm.ts';
import type { RecordData } from '../fields/field-type.ts';
import { sql } from '../storage/sql.ts';
import { createDocuments } from './create-documents.ts';
import type { Documents, DocumentsOptions } from './create-documents.ts';
import { isRecordData, textOf } from './record-value.ts';
import { createRenderer } from './renderer.ts';

const entity = (name: string, head: object, properties: object, rest: object = {}) => ({
  $schema: '../meta/entity.schema.json',
  $id: name,
  title: name,
  type: 'object',
  'x-entity': { plural: `${name}s`, ...head },
  properties,
  additionalProperties: false,
  ...rest,
});
const text = { type: 'string', maxLength: 120 };
const reference = (to: string | string[], inverse: string, rest: object = {}) => ({
  'x-field': { type: 'reference', to, inverse, ...rest },
});

const FIRM = {
  'schemas/entities/organisation.json': entity(
    'organisation',
    { plural: 'organisation', single: true },
    { name: text, iban: text, zone: text, currency: text, language: text, logo: { 'x-field': { type: 'image' } } },
  ),
  'schemas/entities/contact.json': entity('contact', { display: '{{name}}' }, { name: text, language: text }),
  'schemas/entities/deal.json': entity(
    'deal',
    { display: '{{title}}' },
    {
      title: text,
      margin: text,
      total: { 'x-field': { type: 'money' } },
      customer: { type: 'string', ...reference('contact', 'deals') },
    },
  ),
  'schemas/entities/line.json': entity(
    'line',
    {},
    { title: text, deal: { type: 'string', ...reference('deal', 'lines') } },
  ),
  'schemas/entities/document.json': entity(
    'document',
    { display: '{{title}}' },
    {
      title: { type: 'string', maxLength: 200 },
      template: text,
      number: text,
      language: text,
      file: { 'x-field': { type: 'file' } },
      about: reference(['deal', 'contact'], 'documents', { timeline: true }),
    },
  ),
  'schemas/roles/manager.json': {
    $schema: '../meta/role.schema.json',
    name: 'manager',
    title: 'Manager',
    entities: {
      deal: { read: 'all', fields: { margin: 'hidden' } },
      contact: { read: 'all' },
      line: { read: 'all' },
      document: { read: 'all', create: 'all' },
    },
  },
  'schemas/roles/reader.json': {
    $schema: '../meta/role.schema.json',
    name: 'reader',
    title: 'Reader',
    entities: { deal: { read: 'all' }, contact: { read: 'all' }, line: { read: 'all' }, document: { read: 'all' } },
  },
  'schemas/locales/et.json': {
    'templates.offer.title': 'Pakkumine',
    'templates.offer.texts.heading': 'Hinnapakkumine õhtuks',
  },
  'schemas/locales/ru.json': {
    'templates.offer.title': 'Предложение',
    'templates.offer.texts.heading': 'Щедрое предложение',
  },
  'templates/offer.json': {
    $schema: '../meta/template.schema.json',
    name: 'offer',
    title: 'Offer',
    entity: 'deal',
    purpose: 'offer',
    paper: 'A4',
    language: 'customer.language',
    fileName: '{{document.number}} {{record.customer.name}}',
    sequence: 'OFF-{YYYY}-{0000}',
    load: ['customer', 'lines'],
    texts: { heading: 'The offer' },
  },
  'templates/offer.hbs': `<html lang="{{document.language}}"><body style="font-family:'Noto Sans','DejaVu Sans',sans-serif">
    <h1>{{t "heading"}}</h1><p>{{document.number}}</p><p>{{document.date}}</p><p>{{record.customer.name}}</p>{{#each record.lines}}<p>{{title}}</p>{{/each}}
    <p>{{money record.total}}</p><p>[{{record.margin}}]</p><p>{{organisation.iban}}</p>{{#if organisation.logo}}<img alt="logo" src="{{organisation.logo.data}}">{{/if}}</body></html>`,
  'templates/note.json': {
    $schema: '../meta/template.schema.json',
    name: 'note',
    title: 'Note',
    entity: 'deal',
    purpose: 'note',
    paper: 'A5',
    fileName: 'Note {{record.title}}',
    load: [],
  },
  'templates/note.hbs': '<p>{{record.title}}</p>',
};

const numberOf = (document: RecordData) => textOf(document['number']);
const fileOf = ({ file }: RecordData) => textOf(isRecordData(file) ? file['id'] : null);

const log = { debug() {}, info() {}, warn() {}, error() {} };
const renderer = createRenderer({ log });
afterAll(() => renderer.stop());

describe.each(DIALECTS)('on %s', (dialect) => {
  let firm: SmallFirm;
  let documents: Documents;
  let contact: string;
  let deal: string;

  function documentsWith(changes: Partial<DocumentsOptions> = {}): Documents {
    const { db, files, records, clock, model } = firm;
    return createDocuments({
      db,
      files,
      records,
      clock,
      log,
      renderer,
      model: () => model,
      organisation: () => records.organisation(),
      ...changes,
    });
  }

  beforeAll(async () => {
    firm = await openSmallFirm(dialect, FIRM);
    await firm.add('organisation', {
      name: 'Firm',
      iban: 'EE12',
      zone: 'Europe/Tallinn',
      currency: 'EUR',
      language: 'en',
    });
    await firm.records.refreshOrganisation();
    documents = documentsWith();
  });
  beforeEach(async () => {
    firm.at('2026-12-31T21:59:00.000Z');
    contact = await firm.add('contact', { name: 'Õie <b> Šķēps', language: 'et' });
    deal = await firm.add('deal', { title: 'House', margin: 'secret', total: '1234.50', customer: contact });
    await firm.add('line', { title: 'One & two', deal });
  });
  afterAll(() => firm.close());

  const system = () => firm.as({ kind: 'system' });
  const manager = () => firm.as({ id: '01890000-0000-7000-8000-00000000000a', roles: ['manager'] });
  const offer = (key?: string) => ({
    template: 'offer',
    entity: 'deal',
    id: deal,
    ...(key === undefined ? {} : { key }),
  });

  async function contentOf(document: RecordData): Promise<string> {
    const { meta, stream } = await firm.files.open(fileOf(document));
    const bytes = await buffer(stream);
    return meta.type === 'application/pdf' ? pdfText(bytes).replaceAll(/\s/gu, ' ') : bytes.toString();
  }

  async function counted() {
    const [counts] = await firm.db.read<{ documents: number; files: number; numbers: number }>(
      sql`select (select count(*) from "document") as "documents", (select count(*) from "_files") as "files",
      (select coalesce(sum("value"), 0) from "_counters" where "key" like 'sequence:template.offer:%') as "numbers"`,
    );
    return { documents: Number(counts?.documents), files: Number(counts?.files), numbers: Number(counts?.numbers) };
  }

  describe('a document', () => {
    test('is of the record, in the language of the client, with a number, a file, a record and an event', async () => {
      const document = await documents.generate(manager(), offer());
      const { id, file, number } = document;
      expect(number).toMatch(/^OFF-2026-\d{4}$/);
      const type = 'application/pdf';
      expect(document).toMatchObject({
        title: `Pakkumine ${numberOf(document)}`,
        template: 'offer',
        language: 'et',
        about: { entity: 'deal', id: deal },
        file: { name: `${numberOf(document)} Õie _b_ Šķēps.pdf`, type },
      });
      expect((await contentOf(document)).split('  ').join(' ')).toContain('Hinnapakkumine õhtuks');
      expect(await contentOf(document)).toMatch(
        new RegExp(
          `^Hinnapakkumine õhtuks ${numberOf(document)} 2026-12-31 Õie <b> Šķēps One & two 1 ?234,50 € \\[\\] EE12$`,
        ),
      );
      const [meta] = await firm.files.find(firm.db, [fileOf(document)]);
      expect(meta).toMatchObject({ entity: 'document', record: id, field: 'file' });
      const { data } = await firm.records.changes(system(), { entity: 'deal', id: deal });
      expect(data[0]).toMatchObject({ kind: 'document.generated', by: { id: manager().principal.id } });
      expect(Object.fromEntries(Object.entries(data[0]?.fields ?? {}).map(([key, { after }]) => [key, after]))).toEqual(
        {
          document: id,
          template: 'offer',
          number,
          file,
        },
      );
    });

    test('in Russian; in the language of the organisation when the client has none or one without texts', async () => {
      const update = (language: string | null) =>
        firm.records.write(system(), { op: 'update', entity: 'contact', id: contact, input: { language } });
      await update('ru-LV');
      const russian = await documents.generate(system(), offer());
      expect(russian).toMatchObject({ language: 'ru', title: `Предложение ${numberOf(russian)}` });
      expect(await contentOf(russian)).toContain('Щедрое предложение');
      for (const language of [null, 'fr']) {
        await update(language);
        expect(await documents.generate(system(), offer())).toMatchObject({ language: 'en' });
      }
    });

    test('shows what the caller may see, and no more', async () => {
      expect(await contentOf(await documents.generate(system(), offer()))).toContain('[secret]');
      expect(await contentOf(await documents.generate(manager(), offer()))).toContain('[]');
    });

    test('can be without a number', async () => {
      const document = await documents.generate(system(), { template: 'note', entity: 'deal', id: deal });
      expect(document).toMatchObject({ number: null, title: 'Note', language: 'en', file: { name: 'Note House.pdf' } });
    });

    test('carries the logo inside', async () => {
      const gif = Buffer.from('R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw==', 'base64');
      const file = await firm.files.store(system(), { name: 'logo.gif', type: 'image/gif', content: gif });
      const [organisation] = (await firm.records.list(system(), { entity: 'organisation' })).data;
      const write = (logo: string | null) =>
        firm.records.write(system(), {
          op: 'update',
          entity: 'organisation',
          id: textOf(organisation?.['id']),
          input: { logo },
        });
      await write(file.id);
      const document = await documents.generate(system(), offer());
      await write(null);
      const { stream } = await firm.files.open(fileOf(document));
      expect((await buffer(stream)).toString('latin1')).toMatch(/\/Subtype \/Image/);
    });
  });

  describe('numbers', () => {
    test('have neither gaps nor doubles when many are made at once, and start anew with the year of the organisation', async () => {
      firm.at('2027-05-01T10:00:00.000Z');
      const made = await Promise.all(Array.from({ length: 6 }, () => documents.generate(system(), offer())));
      expect(made.map(numberOf).toSorted()).toEqual([
        'OFF-2027-0001',
        'OFF-2027-0002',
        'OFF-2027-0003',
        'OFF-2027-0004',
        'OFF-2027-0005',
        'OFF-2027-0006',
      ]);
      firm.at('2027-12-31T22:00:00.000Z');
      expect((await documents.generate(system(), offer()))['number']).toBe('OFF-2028-0001');
    });

    test('taken by another process meanwhile: the document is printed again with the next one', async () => {
      firm.at('2029-05-01T10:00:00.000Z');
      const [one, two] = [documentsWith(), documentsWith()];
      const made = await Promise.all([one, two, one, two].map((process) => process.generate(system(), offer())));
      const numbers = made.map(numberOf);
      expect(numbers.toSorted()).toEqual(['OFF-2029-0001', 'OFF-2029-0002', 'OFF-2029-0003', 'OFF-2029-0004']);
      for (const [index, document] of made.entries()) expect(await contentOf(document)).toContain(numbers[index]);
    });

    test.each([
      ['who may not make documents', () => documents.generate(firm.as({ roles: ['reader'] }), offer()), 'FORBIDDEN'],
      ['who may not see the record', () => documents.generate(firm.as({ roles: [] }), offer()), 'NOT_FOUND'],
      ['an unknown template', () => documents.generate(system(), { ...offer(), template: 'nothing' }), 'NOT_FOUND'],
      [
        'a template of another entity',
        () => documents.generate(system(), { ...offer(), entity: 'contact', id: contact }),
        'BAD_REQUEST',
      ],
      ['an unknown record', () => documents.generate(system(), { ...offer(), id: contact }), 'NOT_FOUND'],
      [
        'a broken template',
        () => documentsWith({ renderer: { ...renderer, html: broken } }).generate(system(), offer()),
        'VALIDATION',
      ],
    ])('are not used up by a failure: %s', async (_name, generate, code) => {
      const before = await counted();
      await expect(generate()).rejects.toMatchObject({ code });
      expect(await counted()).toEqual(before);
    });

    const broken = {
      ...renderer.html,
      render: (request: Parameters<typeof renderer.html.render>[0]) =>
        renderer.html.render({ ...request, sources: [{ name: 'offer.hbs', source: '{{#if}}', escape: true }] }),
    };
  });

  describe('the same key', () => {
    test('answers the same document, later and at the same time', async () => {
      const before = await counted();
      const made = await Promise.all([
        documents.generate(system(), offer('k1')),
        documents.generate(system(), offer('k1')),
        documentsWith().generate(system(), offer('k1')),
      ]);
      const later = await documents.generate(system(), offer('k1'));
      expect(new Set([...made, later].map((document) => document['id'])).size).toBe(1);
      expect(await counted()).toEqual({
        documents: before.documents + 1,
        files: before.files + 1,
        numbers: before.numbers + 1,
      });
      expect((await documents.generate(system(), offer('k2')))['id']).not.toBe(later['id']);
    });
  });

  test('without a browser the document is kept as HTML and says so', async () => {
    const without = createRenderer({ log, search: { path: undefined, installed: false, packed: undefined } });
    const document = await documentsWith({ renderer: without }).generate(system(), offer());
    await without.stop();
    expect(document).toMatchObject({
      title: `Pakkumine ${numberOf(document)} (HTML: no browser to make a PDF)`,
      file: { name: `${numberOf(document)} Õie _b_ Šķēps.html`, type: 'text/html' },
    });
    expect(await contentOf(document)).toContain('<h1>Hinnapakkumine õhtuks</h1>');
  });

  test('a browser that fails half-way is an error to try again, and uses no number', async () => {
    const before = await counted();
    const failing = createRenderer({ log, search: { path: undefined } });
    const documentsOf = documentsWith({
      renderer: {
        ...failing,
        pdf: {
          ...failing.pdf,
          render: ({ paper }) => failing.pdf.render({ html: JSON.parse('{}'), paper }),
        },
      },
    });
    await expect(documentsOf.generate(system(), offer())).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await failing.stop();
    expect(await counted()).toEqual(before);
  });

  test('not inside a transaction', async () => {
    await expect(firm.records.transaction(system(), (ctx) => documents.generate(ctx, offer()))).rejects.toThrow(
      'A document cannot be made inside a transaction.',
    );
  });
});
