import { beforeAll, expect, it } from 'vitest';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Principal } from '../context.ts';
import { loadProject } from '../cli/load-project.ts';
import type { Model } from '../definitions/model.ts';
import { checkRoleGrant } from './role-grant.ts';

let model: Model;
beforeAll(async () => {
  const projectDir = await mkdtemp(join(tmpdir(), 'casement-roles-'));
  await writeFile(
    join(projectDir, 'package.json'),
    '{"name":"p","version":"1.0.0","casement":{"title":"P","plugins":[]}}',
  );
  model = loadProject({ projectDir });
});

const holder = (...roles: string[]): Principal => ({ kind: 'user', id: 'u', name: 'u', roles, teamMates: [] });
const mayGive = (principal: Principal, role: string) => {
  try {
    checkRoleGrant(model, principal, [role]);
    return true;
  } catch {
    return false;
  }
};

it('lets the owner give every role, and others only what they hold', () => {
  const roles = [...model.roles.keys()];
  expect(roles.filter((role) => mayGive(holder('owner'), role)).sort()).toEqual([...roles].sort());
  expect(roles.filter((role) => mayGive(holder('manager'), role))).toEqual(['manager']);
  expect(mayGive(holder('head'), 'owner')).toBe(false);
  expect(mayGive(holder(), 'readOnly')).toBe(false);
  expect(mayGive({ ...holder(), kind: 'system', id: null }, 'owner')).toBe(true);
});

it('says what the role may do beyond', () => {
  expect(() => checkRoleGrant(model, holder('manager'), ['owner'])).toThrow(
    'You cannot give the role "owner": it may use "',
  );
});
