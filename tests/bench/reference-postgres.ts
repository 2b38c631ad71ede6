import pg from 'pg';
import { COMPANIES, companyName } from './dataset.ts';
import type { Contact } from './dataset.ts';
import { COLUMNS, newId, valuesOf } from './reference-store.ts';
import type { ReferenceStore } from './reference-store.ts';

const TYPES: Readonly<Record<string, string>> = {
  score: 'bigint',
  balance: 'bigint',
  birthday: 'date',
  company: 'uuid',
};

/** Reference (b): pg, named prepared statements, a composite index, a trigram index. */
export async function openPostgresStore(url: string): Promise<ReferenceStore> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  const columns = COLUMNS.map((name) => `${name} ${TYPES[name] ?? 'text'}`).join(', ');
  await pool.query(`create extension if not exists pg_trgm;
    create table company (id uuid primary key, name text not null);
    create table contact (id uuid primary key, version integer not null, ${columns});
    create index contact_list on contact (status, score desc, id desc);
    create index contact_company on contact (company);
    create index contact_search on contact using gin (lower(name) gin_trgm_ops);`);
  const companies = Array.from({ length: COMPANIES }, newId);
  for (const [i, id] of companies.entries())
    await pool.query('insert into company values ($1, $2)', [id, companyName(i)]);
  const marks = COLUMNS.map((_, index) => `$${index + 2}`).join(', ');
  const INSERT = { name: 'insert', text: `insert into contact values ($1, 1, ${marks}) returning *` };
  const rows = async (query: { name: string; text: string }, values: unknown[] = []) =>
    (await pool.query<Record<string, unknown>>({ ...query, values })).rows;
  const list = {
    name: 'list',
    text: "select * from contact where status = 'active' order by score desc, id desc limit 50",
  };
  const joined = {
    name: 'joined',
    text: `select c.*, o.name as company_name from contact c left join company o on o.id = c.company
      where c.status = 'active' order by c.score desc, c.id desc limit 50`,
  };
  return {
    async insertMany(contacts: readonly Contact[]) {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const made: object[] = [];
        for (const contact of contacts) {
          const { rows: inserted } = await client.query<object>({
            ...INSERT,
            values: [newId(), ...valuesOf(contact, companies)],
          });
          made.push(...inserted);
        }
        await client.query('commit');
        return made;
      } finally {
        client.release();
      }
    },
    insert: async (contact) => (await rows(INSERT, [newId(), ...valuesOf(contact, companies)]))[0]!,
    read: async (id) => (await rows({ name: 'read', text: 'select * from contact where id = $1' }, [id]))[0],
    update: async (id, city) =>
      (
        await rows(
          { name: 'set', text: 'update contact set city = $1, version = version + 1 where id = $2 returning *' },
          [city, id],
        )
      )[0],
    list: (withCompany) => rows(withCompany ? joined : list),
    count: async () =>
      Number(
        (await rows({ name: 'count', text: "select count(*) as n from contact where status = 'active'" }))[0]?.['n'],
      ),
    aggregate: () =>
      rows({
        name: 'groups',
        text: 'select status, count(*) as count, sum(balance) as balance from contact group by status order by status',
      }),
    search: (word) =>
      rows({ name: 'search', text: 'select * from contact where lower(name) like $1 order by id desc limit 50' }, [
        `%${word.toLowerCase()}%`,
      ]),
    ids: async (limit) =>
      (await rows({ name: 'ids', text: 'select id from contact order by id limit $1' }, [limit])).map((row) =>
        String(row['id']),
      ),
  };
}
