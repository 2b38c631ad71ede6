import type { Context } from '../../core/context.ts';
import { randomRoles } from './access-roles.ts';
import { ENTITIES, fillWorld, roleFiles } from './access-world.ts';
import type { AccessFirm, AccessWorld } from './access-world.ts';
import type { Dialect } from './databases.ts';
import { silentLog } from './databases.ts';
import { startHttpApp } from './http-app.ts';
import type { Caller, HttpTestApp } from './http-app.ts';
import { createRandom } from './random.ts';

/** The random world behind a running server. */
export interface HttpWorld extends AccessWorld {
  readonly http: HttpTestApp;
  /** Gives the first of the people these roles and no others; that ends his session, so he logs in anew. */
  takeRoles(names: readonly string[]): Promise<Caller>;
}

export async function openHttpWorld(dialect: Dialect, seed: number): Promise<HttpWorld> {
  const random = createRandom(seed);
  const roles = randomRoles(random, 30);
  const http = await startHttpApp(dialect, { files: { ...ENTITIES, ...roleFiles(roles) } });
  const firm = firmOf(http);
  const users: string[] = [];
  for (const name of ['ann', 'ben', 'cid', 'dot'])
    users.push(await http.addUser({ email: `${name}@oak.ee`, roles: [] }));
  const ids = await fillWorld(firm, random, users);
  const { app } = http;
  return {
    firm,
    roles,
    people: users.map((id) => ({ id, teamMates: [id] })),
    ids,
    http,
    async takeRoles(names) {
      await app.records.write(app.system('test'), {
        op: 'update',
        entity: 'user',
        id: users[0]!,
        input: { roles: names },
      });
      return http.login('ann@oak.ee');
    },
  };
}

function firmOf({ app }: HttpTestApp): AccessFirm {
  const clock = app.system('test').clock;
  const as: AccessFirm['as'] = (principal) => {
    const whole = { kind: 'user', id: null, name: 'somebody', roles: [], teamMates: [], ...principal } as const;
    const ctx: Context = { principal: whole, door: 'api', clock, log: silentLog, locale: 'en' };
    return ctx;
  };
  const add: AccessFirm['add'] = async (entity, input) =>
    String((await app.records.write(as({ kind: 'system', reason: 'test' }), { op: 'create', entity, input }))['id']);
  return { db: app.db, model: app.model(), records: app.records, clock, as, add };
}
