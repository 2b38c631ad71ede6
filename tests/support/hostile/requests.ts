import fc from 'fast-check';
import type { ApiOperation } from './api-document.ts';
import { draftOf, wireOf } from './draft.ts';
import { MUTATIONS } from './mutations.ts';
import { CALLERS } from './world.ts';
import type { CallerName, HostileWorld, Wire } from './world.ts';

export type RequestClass = 'valid' | 'near' | 'invalid';

/** One request as it is sent, and what was wrong with it on purpose. */
export interface HostileRequest {
  readonly operation: ApiOperation;
  readonly kind: RequestClass;
  readonly wrong: readonly string[];
  readonly wire: Wire;
}

const WEIGHTS: Readonly<Record<CallerName, number>> = {
  owner: 9,
  manager: 3,
  clerk: 3,
  nobody: 1,
  key: 3,
  stranger: 2,
};

/** Any operation by anybody: as the document allows it, with one thing wrong, or with several. */
export function requestsOf(world: HostileWorld, operations = world.api.operations): fc.Arbitrary<HostileRequest> {
  const callers = fc.oneof(...CALLERS.map((name) => ({ weight: WEIGHTS[name], arbitrary: fc.constant(name) })));
  const kinds = fc.oneof(
    { weight: 5, arbitrary: fc.constant('valid' as const) },
    { weight: 6, arbitrary: fc.constant('near' as const) },
    { weight: 2, arbitrary: fc.constant('invalid' as const) },
  );
  return fc
    .tuple(fc.constantFrom(...operations), callers, kinds)
    .chain(([operation, caller, kind]) => requestOf(world, { operation, caller, kind }));
}

const HOW_MANY: Readonly<Record<RequestClass, number>> = { valid: 0, near: 1, invalid: 3 };

export function requestOf(
  world: HostileWorld,
  of: { readonly operation: ApiOperation; readonly caller: CallerName; readonly kind: RequestClass },
): fc.Arbitrary<HostileRequest> {
  const { operation, caller, kind } = of;
  let made = draftOf(world, operation, caller).map((draft) => ({ draft, wrong: [] as readonly string[] }));
  for (let at = 0; at < HOW_MANY[kind]; at += 1) made = made.chain((one) => worse(world, one));
  return made.map(({ draft, wrong }) => {
    const request: HostileRequest = { operation, kind, wrong, wire: wireOf(draft) };
    return Object.assign(request, { [fc.toStringMethod]: () => tellRequest(request) });
  });
}

type Made = { readonly draft: Parameters<typeof wireOf>[0]; readonly wrong: readonly string[] };

function worse(world: HostileWorld, { draft, wrong }: Made): fc.Arbitrary<Made> {
  return fc.constantFrom(...MUTATIONS).chain((place) => {
    const ways = Object.entries(place).flatMap(([name, mutation]) => {
      const way = mutation(draft, world);
      return way ? [way.map((worse) => ({ draft: worse, wrong: [...wrong, name] }))] : [];
    });
    return ways.length === 0 ? fc.constant({ draft, wrong }) : fc.oneof(...ways);
  });
}

/** In a few lines, for who looks for what went wrong. */
export function tellRequest({ wire, wrong, operation }: HostileRequest): string {
  const body =
    wire.body === undefined
      ? ''
      : Buffer.from(wire.body as Uint8Array)
          .toString('utf8')
          .slice(0, 400);
  const asked = `${wire.caller}: ${wire.method} ${wire.path.slice(0, 400)} ${body}`;
  return `${asked}\n${operation.id}, wrong on purpose: ${wrong.join(', ') || 'nothing'} ${JSON.stringify(wire.headers).slice(0, 300)}`;
}
