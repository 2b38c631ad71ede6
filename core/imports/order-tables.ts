import type { Model } from '../definitions/model.ts';
import type { TablePlan } from './plan.ts';

/** Positions of the tables in the order in which they can be run: what others point to comes first; a circle keeps the order of the plan. */
export function orderTables(model: Model, tables: readonly TablePlan[]): readonly number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const visit = (index: number): void => {
    if (seen.has(index)) return;
    seen.add(index);
    const table = tables[index];
    if (!table) return;
    for (const [other, candidate] of tables.entries()) {
      if (other !== index && needs(model, table, candidate)) visit(other);
    }
    order.push(index);
  };
  for (const index of tables.keys()) visit(index);
  return order;
}

function needs(model: Model, table: TablePlan, other: TablePlan): boolean {
  const fields = model.entities.get(table.entity)?.fields;
  return Object.entries(table.map ?? {}).some(([key, plan]) => {
    const { reference } = fields?.get(key) ?? {};
    if (!reference) return false;
    const { list, to } = typeof plan === 'string' ? {} : plan;
    if (list !== undefined) return (other.key?.list ?? other.entity) === list && other.key !== undefined;
    return to === undefined ? reference.to.includes(other.entity) : to === other.entity;
  });
}
