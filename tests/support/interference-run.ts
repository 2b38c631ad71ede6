import fc from 'fast-check';
import { questionsOf } from './access-queries.ts';
import { openHttpWorld } from './access-http-world.ts';
import type { HttpWorld } from './access-http-world.ts';
import type { Dialect } from './databases.ts';
import type { Caller } from './http-app.ts';
import { createSecrets, told, toldBy } from './interference.ts';
import type { Secret } from './interference.ts';
import { createRandom } from './random.ts';

const QUESTIONS_PER_SECRET = 8;
const SECRETS_PER_ROLES = 4;

export interface InterferenceFigures {
  pairs: number;
  secrets: number;
  readonly statuses: Record<string, number>;
}

/** Paired runs: the same questions before and after a hidden value is flipped; throws at the first answer that tells them apart. */
export async function runInterference(of: {
  dialect: Dialect;
  seed: number;
  pairs: number;
}): Promise<InterferenceFigures> {
  const world = await openHttpWorld(of.dialect, of.seed);
  const random = createRandom(of.seed + 7);
  const figures: InterferenceFigures = { pairs: 0, secrets: 0, statuses: {} };
  try {
    for (let round = 0; figures.pairs < of.pairs; round += 1) {
      const roles = random.some(world.roles, 3);
      if (roles.length === 0) continue;
      const caller = await world.takeRoles(roles.map(({ name }) => name));
      const secrets = await createSecrets(world, roles);
      for (let index = 0; index < SECRETS_PER_ROLES && secrets.count > 0; index += 1) {
        const secret = secrets.pick(random);
        const asks = questions(world, caller, { secret, seed: of.seed * 1000 + round * 10 + index });
        const before = await answers(asks);
        const putBack = await secrets.flip(secret, random);
        const after = await answers(asks);
        await putBack();
        figures.secrets += 1;
        for (const [at, answer] of before.entries()) {
          const status = String((JSON.parse(answer) as [number])[0]);
          figures.statuses[status] = (figures.statuses[status] ?? 0) + 1;
          figures.pairs += 1;
          if (answer !== after[at])
            throw new Error(difference({ roles, secret, asked: asks.names[at], before: answer, after: after[at] }));
        }
      }
    }
  } finally {
    await world.http.close();
  }
  return figures;
}

function difference(of: Readonly<Record<string, unknown>>): string {
  return `A hidden value shows: ${JSON.stringify(of, null, 1)}`;
}

interface Asks {
  readonly run: readonly (() => Promise<string>)[];
  readonly names: readonly string[];
}

/** Random questions, the search over everything, the model, and refused writes: nothing here changes a thing. */
function questions(world: HttpWorld, caller: Caller, { secret, seed }: { secret: Secret; seed: number }): Asks {
  const random = createRandom(seed);
  const asked = fc.sample(questionsOf(world), { seed, numRuns: QUESTIONS_PER_SECRET });
  const entity = random.pick(['client', 'trade', 'line', 'note', 'piece', 'region', 'chore']);
  const path = `/api/${world.firm.model.entity(entity).plural}/${random.pick(world.ids[entity]!)}`;
  const requests = [
    ...pointedAt(world, secret),
    { method: 'GET', path: `/search?q=${random.pick(['oak', 'pine', 'gold', '5123', 'red'])}` },
    { method: 'GET', path: '/model' },
    { method: 'PATCH', path, body: { nope: random.below(9) } },
    { method: 'PATCH', path, body: { version: 1 } },
    { method: 'GET', path },
  ];
  return {
    run: [
      ...asked.map((question) => () => told(world, caller, question)),
      ...requests.map((request) => () => toldBy(caller, request)),
    ],
    names: [...asked, ...requests].map((one) => JSON.stringify(one)),
  };
}

/** The questions somebody would ask who guesses what is hidden, and where. */
function pointedAt(
  { firm: { model } }: HttpWorld,
  { entity, id, key }: Secret,
): readonly { method: string; path: string }[] {
  const plural = `/api/${model.entity(entity).plural}`;
  const get = (path: string) => ({ method: 'GET', path });
  const filter = (json: unknown) => `filter=${encodeURIComponent(JSON.stringify(json))}`;
  const parents = [...model.entities.values()].flatMap((other) =>
    [...other.lists.values()]
      .filter((list) => list.entity === entity)
      .map((list) => ({ plural: other.plural, list: list.key })),
  );
  return [
    get(`${plural}?search=oak&count=exact&deleted=with`),
    get(`${plural}?search=gold&limit=2`),
    get(`${plural}?sort=${key}&limit=2`),
    get(`${plural}?${filter({ [key]: { empty: false } })}&count=exact`),
    get(`${plural}/aggregate?group=${key}&measures=count`),
    get(`${plural}/aggregate?measures=count,min(${key})`),
    get(`${plural}/${id}`),
    get(`${plural}/${id}/changes`),
    ...parents
      .slice(0, 2)
      .flatMap(({ plural: above, list }) => [
        get(`/api/${above}?${filter({ [list]: { some: { [key]: { empty: false } } } })}`),
        get(`/api/${above}?expand=${list}`),
      ]),
  ];
}

async function answers({ run }: Asks): Promise<readonly string[]> {
  const all: string[] = [];
  for (const ask of run) all.push(await ask());
  return all;
}
