import { randomUUID } from 'node:crypto';
import type { Contact } from './dataset.ts';

/** A contact as the references keep it: columns of 12 fields, an id, a version. */
export const COLUMNS = [
  'name',
  'email',
  'phone',
  'city',
  'country',
  'language',
  'source',
  'birthday',
  'score',
  'balance',
  'status',
  'company',
] as const;

/** What both references do, each on its driver. Rows are plain objects; the server makes them JSON. */
export interface ReferenceStore {
  /** In one transaction. */
  insertMany(contacts: readonly Contact[]): Promise<readonly object[]> | readonly object[];
  insert(contact: Contact): Promise<object> | object;
  read(id: string): Promise<object | undefined> | object | undefined;
  update(id: string, city: string): Promise<object | undefined> | object | undefined;
  list(withCompany: boolean): Promise<readonly object[]> | readonly object[];
  count(): Promise<number> | number;
  aggregate(): Promise<readonly object[]> | readonly object[];
  search(word: string): Promise<readonly object[]> | readonly object[];
  ids(limit: number): Promise<readonly string[]> | readonly string[];
}

export function valuesOf(contact: Contact, companies: readonly string[]): readonly unknown[] {
  return COLUMNS.map((column) => {
    if (column === 'company') return companies[contact.company];
    if (column === 'balance') return Math.round(Number(contact.balance) * 100);
    return contact[column];
  });
}

/** Ids that rise with time, as UUIDv7 do. */
export function newId(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}
