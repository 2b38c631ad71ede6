import type { Transaction } from '../context.ts';
import type { Model } from '../definitions/model.ts';
import type { Condition } from '../rules/condition.ts';
import type { EvaluateEnv } from '../rules/evaluate.ts';
import { selectRows } from '../storage/select.ts';

export interface Money {
  readonly currency: string;
  readonly country: string | null;
  readonly zone: string;
}

/** Rules have no team; `$me` is who made the change. */
export function conditionEnv(
  organisation: Money,
  of: { readonly me: string | null; readonly now: number },
): EvaluateEnv {
  const { currency, country, zone } = organisation;
  const parse = country === null ? { currency } : { currency, country };
  return { me: of.me, teamMates: [], now: of.now, zone, parse };
}

/** Whether a condition holds for a record as it stands in this transaction; the database answers, deleted records included. */
export async function holds(
  tx: Transaction,
  condition: Condition,
  of: {
    readonly model: Model;
    readonly dialect: 'sqlite' | 'postgres';
    readonly entity: string;
    readonly id: string;
    readonly env: EvaluateEnv;
  },
): Promise<boolean> {
  if (condition.kind === 'constant') return condition.value;
  const entity = of.model.entity(of.entity);
  const field = entity.fields.get('id');
  if (!field) return false;
  const path = { entity: entity.name, hops: [], field };
  const isRecord: Condition = { kind: 'compare', path, op: 'eq', operand: { kind: 'value', value: of.id } };
  const rows = await selectRows(
    tx,
    {
      projection: { entity, fields: [{ field }], references: new Map(), lists: new Map() },
      where: { kind: 'all', of: [isRecord, condition] },
      sort: [{ path, descending: false }],
      limit: 1,
      deleted: 'with',
      env: of.env,
    },
    of.dialect,
  );
  return rows.length > 0;
}
