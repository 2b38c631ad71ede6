import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STATUSES } from './dataset.ts';

const text = (maxLength: number) => ({ type: 'string', maxLength });

const COMPANY = {
  $id: 'benchCompany',
  title: 'Company',
  type: 'object',
  'x-entity': { plural: 'bench-companies', display: '{{name}}' },
  properties: { name: text(120) },
  required: ['name'],
  additionalProperties: false,
};

const CONTACT = {
  $id: 'benchContact',
  title: 'Contact',
  type: 'object',
  'x-entity': { plural: 'bench-contacts', display: '{{name}}' },
  properties: {
    name: text(120),
    email: { type: 'string', format: 'email' },
    phone: { type: 'string', format: 'phone' },
    city: text(80),
    country: text(2),
    language: text(2),
    source: text(20),
    birthday: { type: 'string', format: 'date' },
    score: { type: 'integer' },
    balance: { 'x-field': { type: 'decimal', scale: 2 } },
    status: { enum: STATUSES },
    company: { type: 'string', 'x-field': { type: 'reference', to: 'benchCompany', inverse: 'contacts' } },
  },
  required: ['name'],
  additionalProperties: false,
};

const LIST = {
  name: 'benchContactList',
  title: 'Contacts',
  entity: 'benchContact',
  kind: 'list',
  fields: ['name', 'email', 'phone', 'city'],
  filter: { status: 'active' },
  sort: ['-score'],
};

const BOARD = {
  name: 'benchContactBoard',
  title: 'Contacts by status',
  entity: 'benchContact',
  kind: 'board',
  group: 'status',
  fields: ['name', 'phone'],
  sort: ['name'],
};

/** A project of its own in a temporary folder: the base package and the two entities measured, with a board when asked for. */
export async function createProject({ board = false } = {}): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'casement-bench-'));
  const files: Readonly<Record<string, object>> = {
    'package.json': { name: 'bench', version: '1.0.0', casement: { title: 'Bench', plugins: [] } },
    'schemas/entities/benchCompany.json': COMPANY,
    'schemas/entities/benchContact.json': CONTACT,
    'schemas/views/benchContactList.json': LIST,
    ...(board ? { 'schemas/views/benchContactBoard.json': BOARD } : {}),
  };
  for (const folder of ['schemas/entities', 'schemas/views']) await mkdir(join(dir, folder), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), JSON.stringify(content));
  return dir;
}
