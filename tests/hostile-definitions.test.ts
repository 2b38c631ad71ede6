import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import { placesOf, replaceAt, valueAt } from './support/hostile/members.ts';
import { ODD_VALUES } from './support/hostile/values.ts';
import { startHttpApp } from './support/http-app.ts';
import type { Caller, HttpTestApp } from './support/http-app.ts';
import { LEAK } from './support/leak.ts';

type Json = Readonly<Record<string, unknown>>;

/** A document of a package, and one member of it spoilt. */
interface Spoilt {
  readonly kind: string;
  readonly name: string;
  readonly document: Json;
}

const CHECKS = 120;
const SAVES = 40;
const BOUND = 5000;

/** Every kind of definition with one thing wrong, through the doors that change definitions. */
describe.each(DIALECTS)('spoilt definitions on %s', (dialect) => {
  let firm: HttpTestApp;
  let owner: Caller;
  let documents: readonly Spoilt[];

  beforeAll(async () => {
    firm = await startHttpApp(dialect);
    await firm.addUser({ email: 'olga@example.com', roles: ['owner'] });
    owner = await firm.login('olga@example.com');
    const { data } = (await owner('GET', '/definitions')).json as { data: readonly { kind: string; name: string }[] };
    const found: Spoilt[] = [];
    for (const { kind, name } of data) {
      const { layers } = (await owner('GET', `/definitions/${kind}/${name}`)).json as {
        layers: readonly { document: Json }[];
      };
      const [first] = layers;
      if (first) found.push({ kind, name, document: first.document });
    }
    expect(new Set(found.map(({ kind }) => kind)).size).toBeGreaterThan(5);
    documents = found;
  });
  afterAll(() => firm?.close());

  /** As an addition, a patch, a document of another name, or in place of the package's. */
  const spoilt = () =>
    fc
      .constantFrom(...documents)
      .chain((whole) =>
        fc
          .tuple(member(whole.document), fc.constantFrom('whole', 'new', 'patch'))
          .map(([document, as]) => shaped({ ...whole, document }, as)),
      );

  test('are checked and told, never a failure, and nothing of them stays', async () => {
    const before = firm.app.model().hash;
    const ask = async (body: Spoilt) => {
      const started = performance.now();
      const reply = await owner('POST', '/definitions/check', body);
      expect([200, 400, 403, 404, 409, 413], reply.text).toContain(reply.status);
      expect(reply.text.slice(0, 3000)).not.toMatch(LEAK);
      expect(performance.now() - started).toBeLessThan(BOUND);
    };
    await fc.assert(fc.asyncProperty(spoilt(), ask), { numRuns: CHECKS, seed: 3 });
    expect(firm.app.model().hash).toBe(before);
  }, 120_000);

  test('are refused or taken as a whole, and what was taken can be taken back', async () => {
    const before = firm.app.model().hash;
    const save = async ({ kind, name, document }: Spoilt) => {
      const at = `/definitions/${kind}/${encodeURIComponent(name)}`;
      const reply = await owner('PUT', at, document);
      expect([200, 400, 403, 404, 409, 422], reply.text).toContain(reply.status);
      if (reply.status === 200) expect([200, 204]).toContain((await owner('DELETE', at)).status);
      expect(firm.app.model().hash).toBe(before);
      expect((await owner('GET', '/api/contacts?limit=1')).status).toBe(200);
    };
    const harmless = spoilt().filter(({ kind }) => kind !== 'entity' && kind !== 'role');
    await fc.assert(fc.asyncProperty(harmless, save), { numRuns: SAVES, seed: 4 });
  }, 120_000);
});

function shaped({ kind, name, document }: Spoilt, as: string): Spoilt {
  if (as === 'whole') return { kind, name, document };
  if (as === 'new')
    return {
      kind,
      name: 'spoilt',
      document: { ...document, ...(kind === 'entity' ? { $id: 'spoilt' } : { name: 'spoilt' }) },
    };
  return { kind, name, document: { 'x-patch': `base/${kind}/${name}`, ...document } };
}

function member(document: Json): fc.Arbitrary<Json> {
  const places = placesOf(document, []);
  return fc.tuple(fc.constantFrom(...places), fc.constantFrom(...ODD_VALUES, undefined)).map(([[path, key], value]) => {
    const { [key]: _old, ...rest } = valueAt(document, path) as Json;
    return replaceAt(document, path, value === undefined ? rest : { ...rest, [key]: value }) as Json;
  });
}
