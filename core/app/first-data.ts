import type { Auth } from '../auth/create-auth.ts';
import type { Context } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import type { RecordsService } from '../records/create-records.ts';
import { seed } from './seed.ts';

export interface DemoLogin {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly roles: readonly string[];
}

export interface FirstDataOptions {
  readonly admin?: { readonly email: string; readonly password: string };
  readonly demo?: boolean;
}

interface FirstData {
  readonly records: RecordsService;
  readonly auth: Auth;
  readonly system: (reason: string) => Context;
  readonly model: () => Model;
}

/** An empty database gets the packages' seeds, then its first administrator; demo users get passwords, told once. */
export async function firstData(options: FirstDataOptions, of: FirstData): Promise<readonly DemoLogin[]> {
  const ctx = of.system('first start');
  const demo = options.demo === true;
  if (await isEmpty(of, ctx)) await seed(of.records, ctx, of.model().packages, demo);
  const { admin } = options;
  if (admin && !(await of.auth.hasUsers()))
    await of.auth.createUserWithPassword({ name: nameOf(admin.email), ...admin });
  if (!demo) return [];
  const made = await of.auth.createMissingPasswords();
  return made.map(({ user, password }) => ({ name: user.name, email: user.email, password, roles: user.roles }));
}

async function isEmpty({ records, model }: FirstData, ctx: Context): Promise<boolean> {
  const seeded = [...model().entities.values()].filter((entity) => entity.single || entity.name === 'user');
  const lists = await Promise.all(
    seeded.map(({ name }) => records.list(ctx, { entity: name, limit: 1, fields: ['id'], deleted: 'with' })),
  );
  return lists.every((list) => list.data.length === 0);
}

function nameOf(email: string): string {
  return email.replace(/@.*$/, '');
}
