import Database from 'better-sqlite3';
import { COMPANIES, companyName } from './dataset.ts';
import type { Contact } from './dataset.ts';
import { COLUMNS, newId, valuesOf } from './reference-store.ts';
import type { ReferenceStore } from './reference-store.ts';

const TYPES: Readonly<Record<string, string>> = { score: 'integer', balance: 'integer' };

/** Reference (a): better-sqlite3, prepared statements, a composite index, a trigram index; as durable as Casement (FULL). */
export function openSqliteStore(file: string): ReferenceStore {
  const db = new Database(file);
  db.pragma('journal_mode = wal');
  db.pragma('synchronous = full');
  const columns = COLUMNS.map((name) => `${name} ${TYPES[name] ?? 'text'}`).join(', ');
  db.exec(`create table company (id text primary key, name text not null);
    create table contact (id text primary key, version integer not null, ${columns});
    create index contact_list on contact (status, score desc, id desc);
    create index contact_company on contact (company);
    create virtual table contact_search using fts5(name, content='', tokenize='trigram');`);
  const addCompany = db.prepare('insert into company values (?, ?)');
  const companies = Array.from({ length: COMPANIES }, newId);
  db.transaction(() => companies.forEach((id, i) => addCompany.run(id, companyName(i))))();
  const marks = COLUMNS.map(() => '?').join(', ');
  const add = db.prepare(`insert into contact values (?, 1, ${marks}) returning *, rowid`);
  const addSearch = db.prepare('insert into contact_search (rowid, name) values (?, ?)');
  const insert = (contact: Contact) => {
    const { rowid, ...row } = add.get(newId(), ...valuesOf(contact, companies)) as { rowid: number };
    addSearch.run(rowid, contact.name);
    return row;
  };
  const insertOne = db.transaction(insert);
  const insertAll = db.transaction((contacts: readonly Contact[]) => contacts.map(insert));
  const one = db.prepare('select * from contact where id = ?');
  const set = db.prepare('update contact set city = ?, version = version + 1 where id = ? returning *');
  const list = db.prepare("select * from contact where status = 'active' order by score desc, id desc limit 50");
  const joined = db.prepare(`select c.*, o.name as company_name from contact c left join company o on o.id = c.company
    where c.status = 'active' order by c.score desc, c.id desc limit 50`);
  const total = db.prepare("select count(*) as n from contact where status = 'active'");
  const groups = db.prepare(
    'select status, count(*) as count, sum(balance) as balance from contact group by status order by status',
  );
  const find = db.prepare(`select c.* from contact c where c.rowid in
    (select rowid from contact_search where contact_search match ?) order by c.id desc limit 50`);
  const first = db.prepare('select id from contact order by id limit ?');
  return {
    insertMany: (contacts) => insertAll.immediate(contacts),
    insert: (contact) => insertOne.immediate(contact),
    read: (id) => one.get(id) as object | undefined,
    update: (id, city) => set.get(city, id) as object | undefined,
    list: (withCompany) => (withCompany ? joined : list).all() as object[],
    count: () => (total.get() as { n: number }).n,
    aggregate: () => groups.all() as object[],
    search: (word) => find.all(`"${word.replaceAll('"', '""')}"`) as object[],
    ids: (limit) => (first.all(limit) as { id: string }[]).map((row) => row.id),
  };
}
