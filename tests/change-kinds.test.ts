import { expect, it } from 'vitest';
import { eachDatabase } from './support/databases.ts';
import { CHANGE_KINDS } from './support/change-kinds.ts';
import type { ChangeKind } from './support/field-change.ts';
import { openLab } from './support/upgrade-lab.ts';
import type { UpgradeLab } from './support/upgrade-lab.ts';

/** Every record of the entity as the old definitions show it. */
async function shown(lab: UpgradeLab, { before, entity = 'thing' }: ChangeKind): Promise<unknown> {
  const old = await lab.redefine(before);
  return old.read(entity, [...old.model.entity(entity).fields.keys()]);
}

eachDatabase((open) => {
  it.each(CHANGE_KINDS.map((kind) => [kind.name, kind] as const))('%s (R-69)', async (_name, kind) => {
    const { before, after, make, answers, check } = kind;
    const lab = await openLab(await open(), before);
    const ids = await make(lab);
    const old = await shown(lab, kind);
    const next = await lab.redefine(after);
    const plan = await next.plan();
    const isOpen = plan.steps.some((step) => step.safety !== 'safe');
    expect(isOpen, JSON.stringify(plan.steps, null, 1)).toBe(answers !== undefined || kind.refused !== undefined);
    if (isOpen) {
      await expect(next.apply()).rejects.toMatchObject({ code: 'CONFLICT' });
      expect(await shown(lab, kind)).toEqual(old);
    }
    if (kind.refused) {
      await expect(next.apply(answers ?? {})).rejects.toThrow(kind.refused);
      expect(await shown(lab, kind)).toEqual(old);
      return;
    }
    const done = await next.apply(answers ?? {});
    const now = await lab.redefine(after);
    expect((await now.plan()).steps).toEqual([]);
    await check?.(now, ids);
    if (done.snapshot === null) return;
    await now.rollback();
    expect(await shown(lab, kind)).toEqual(old);
  });
});
