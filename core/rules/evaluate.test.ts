import { describe, expect, it } from 'vitest';
import { sampleLookup } from '../../tests/support/lookup.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { Condition } from './condition.ts';
import { ALWAYS, NEVER } from './condition.ts';
import { all, any, mapCondition, not, simplify } from './condition-tools.ts';
import { evaluate, needsDatabase } from './evaluate.ts';
import type { EvaluateEnv } from './evaluate.ts';
import { parseCondition } from './parse-condition.ts';

const lookup = sampleLookup();
const ME = '018f6f2e-7a10-7cc0-8f00-000000000001';
const MATE = '018f6f2e-7a10-7cc0-8f00-000000000002';
const OTHER = '018f6f2e-7a10-7cc0-8f00-000000000003';
const env: EvaluateEnv = {
  me: ME,
  teamMates: [ME, MATE],
  now: Date.parse('2026-03-31T12:00:00Z'),
  parse: { currency: 'EUR', country: 'EE' },
};

const deal: RecordData = {
  id: OTHER,
  title: 'Kööki aknad',
  stage: 'offer',
  total: '1000.00',
  paid: '250.50',
  rank: 5,
  weight: 0.1,
  urgent: false,
  expectedOn: '2026-04-01',
  visitAt: null,
  createdAt: '2026-03-01T08:00:00.000Z',
  effort: 'PT2H',
  tags: ['hot', 'vip'],
  extra: null,
  customer: null,
  assignee: MATE,
};

function holds(json: unknown, record: RecordData = deal, entity = 'deal'): boolean {
  return evaluate(parseCondition(json, entity, lookup), record, env);
}

function needs(json: unknown): boolean {
  return needsDatabase(parseCondition(json, 'deal', lookup));
}

function related(quantifier: 'some' | 'none' | 'every', of: Condition): Condition {
  const list = lookup.list('deal', 'lines');
  if (!list) throw new Error('no lines');
  return { kind: 'related', entity: 'deal', hops: [], list, quantifier, of };
}

describe('evaluate', () => {
  it.each<[unknown, boolean]>([
    [{ title: 'Kööki aknad' }, true],
    [{ title: 'kööki aknad' }, false],
    [{ title: { contains: 'KOOK' } }, true],
    [{ title: { startsWith: 'aken' } }, false],
    [{ title: { startsWith: 'köö' } }, true],
    [{ total: 1000 }, true],
    [{ total: '1000' }, true],
    [{ total: { gt: '999.99' } }, true],
    [{ total: { lte: 999.99 } }, false],
    [{ paid: { lt: { $field: 'total' } } }, true],
    [{ rank: { in: [1, '5'] } }, true],
    [{ rank: { nin: [1, 5] } }, false],
    [{ weight: 0.1 }, true],
    [{ urgent: 'false' }, true],
    [{ urgent: { ne: true } }, true],
    [{ effort: { gt: '90m' } }, true],
    [{ effort: '120m' }, true],
    [{ expectedOn: { gt: { $now: '0d' } } }, true],
    [{ expectedOn: { $now: '1d' } }, true],
    [{ createdAt: { lt: { $now: '-30d' } } }, true],
    [{ createdAt: { lt: { $now: '-31d' } } }, false],
    [{ tags: { contains: 'vip' } }, true],
    [{ tags: { contains: 'late' } }, false],
    [{ tags: { eq: ['vip', 'hot'] } }, true],
    [{ tags: { eq: ['vip'] } }, false],
    [{ assignee: '$me' }, false],
    [{ assignee: '$myTeam' }, true],
    [{ assignee: { nin: '$myTeam' } }, false],
    [{ assignee: MATE.toUpperCase() }, true],
    [{ extra: null }, true],
    [{ extra: { empty: false } }, false],
  ])('%j is %s', (json, expected) => {
    expect(holds(json)).toBe(expected);
    expect(holds({ not: json })).toBe(!expected);
  });

  it.each<[string, unknown, boolean]>([
    ['eq', 'x', false],
    ['ne', 'x', true],
    ['in', ['x'], false],
    ['nin', ['x'], true],
    ['contains', 'x', false],
    ['startsWith', 'x', false],
    ['empty', true, true],
    ['empty', false, false],
  ])('null %s %j is %s', (op, operand, expected) => {
    expect(holds({ title: { [op]: operand } }, { title: null })).toBe(expected);
    expect(holds({ title: { [op]: operand } }, {})).toBe(expected);
    expect(holds({ not: { title: { [op]: operand } } }, { title: null })).toBe(!expected);
  });

  it('orders nothing before or after null', () => {
    for (const op of ['gt', 'gte', 'lt', 'lte']) expect(holds({ total: { [op]: 0 } }, { total: null })).toBe(false);
    expect(holds({ paid: { gte: { $field: 'total' } } }, { paid: null, total: null })).toBe(false);
  });

  it('counts two empty fields as equal, but nobody as $me', () => {
    expect(holds({ paid: { $field: 'total' } }, { paid: null, total: null })).toBe(true);
    expect(holds({ paid: { ne: { $field: 'total' } } }, { paid: null, total: '0.00' })).toBe(true);
    const nobody = { ...env, me: null, teamMates: [] };
    const mine = parseCondition({ assignee: '$me' }, 'deal', lookup);
    expect(evaluate(mine, { assignee: null }, nobody)).toBe(false);
    expect(evaluate(not(mine), { assignee: null }, nobody)).toBe(true);
    expect(evaluate(parseCondition({ assignee: '$myTeam' }, 'deal', lookup), { assignee: ME }, nobody)).toBe(false);
  });

  it('finds phones in any spelling and e-mails in any case', () => {
    const contact = { phone: '+37251234567', email: 'Anna@example.com' };
    expect(holds({ phone: '5123 4567' }, contact, 'contact')).toBe(true);
    expect(holds({ phone: '00372 5123 4567' }, contact, 'contact')).toBe(true);
    expect(holds({ phone: { contains: '4567' } }, contact, 'contact')).toBe(true);
    expect(holds({ phone: { startsWith: '+372 51' } }, contact, 'contact')).toBe(true);
    expect(holds({ email: 'ANNA@EXAMPLE.COM' }, contact, 'contact')).toBe(true);
  });
});

describe('steps to other records', () => {
  const expanded: RecordData = {
    ...deal,
    customer: { id: OTHER, name: 'Õnne', city: 'Riga', assignee: ME },
    tasks: [
      { id: ME, title: 'Call', doneAt: null, assignee: ME },
      { id: MATE, title: 'Visit', doneAt: '2026-03-01T08:00:00.000Z', assignee: MATE },
    ],
    lines: [],
  };

  it.each<[unknown, boolean]>([
    [{ 'customer.city': 'Riga' }, true],
    [{ 'customer.city': { ne: 'Riga' } }, false],
    [{ 'customer.assignee': '$me' }, true],
    [{ 'customer.id': OTHER }, true],
    [{ tasks: { some: { assignee: '$me' } } }, true],
    [{ tasks: { some: { assignee: '$me', doneAt: { empty: false } } } }, false],
    [{ tasks: { every: { assignee: '$myTeam' } } }, true],
    [{ tasks: { none: { title: 'Nap' } } }, true],
    [{ tasks: { empty: true } }, false],
    [{ lines: { every: { note: 'x' } } }, true],
    [{ lines: { some: {} } }, false],
  ])('%j is %s', (json, expected) => {
    expect(holds(json, expanded)).toBe(expected);
    expect(holds({ not: json }, expanded)).toBe(!expected);
  });

  it('count as absent when the reference is empty', () => {
    expect(holds({ 'customer.city': null })).toBe(true);
    expect(holds({ 'customer.city': { ne: 'Riga' } })).toBe(true);
  });

  it('are refused when the record does not hold them', () => {
    expect(() => holds({ 'customer.city': 'Riga' }, { customer: OTHER })).toThrow(
      'The condition needs "customer" expanded: load it with the record.',
    );
    expect(() => holds({ tasks: { some: {} } })).toThrow(
      'The condition needs "tasks" expanded: load it with the record.',
    );
    expect(holds({ 'customer.id': OTHER }, { customer: OTHER })).toBe(true);
  });

  it('ask ids of a bare list of references', () => {
    expect(holds({ teams: { contains: ME } }, { teams: [ME, OTHER] }, 'user')).toBe(true);
    expect(holds({ teams: { contains: MATE } }, { teams: [ME, OTHER] }, 'user')).toBe(false);
    expect(holds({ teams: { empty: true } }, { teams: [] }, 'user')).toBe(true);
    expect(() => holds({ teams: { some: { name: 'A' } } }, { teams: [ME] }, 'user')).toThrow('needs "teams" expanded');
  });

  it('follow a reference to several entities only to the named one', () => {
    const task = { about: { entity: 'deal', id: OTHER, stage: 'won' } };
    expect(holds({ 'about.deal.stage': 'won' }, task, 'task')).toBe(true);
    expect(holds({ 'about.contact.name': null }, task, 'task')).toBe(true);
    expect(holds({ 'about.contact': { empty: true } }, task, 'task')).toBe(true);
    expect(holds({ 'about.deal': OTHER }, { about: { entity: 'deal', id: OTHER } }, 'task')).toBe(true);
    expect(holds({ about: { entity: 'deal', id: OTHER } }, { about: { entity: 'deal', id: OTHER } }, 'task')).toBe(
      true,
    );
  });

  it('see only rows and fields the caller may see', () => {
    const path = parseCondition({ 'customer.city': 'Riga' }, 'deal', lookup);
    const hidden = mapCondition(path, (leaf) => {
      if (leaf.kind !== 'compare') return leaf;
      return { ...leaf, path: { ...leaf.path, hops: leaf.path.hops.map((hop) => ({ ...hop, rows: NEVER })) } };
    });
    const masked = mapCondition(path, (leaf) => {
      const visible = parseCondition({ assignee: '$me' }, 'contact', lookup);
      return leaf.kind === 'compare' ? { ...leaf, path: { ...leaf.path, visible } } : leaf;
    });
    expect(evaluate(hidden, expanded, env)).toBe(false);
    expect(evaluate(masked, expanded, env)).toBe(true);
    expect(evaluate(masked, expanded, { ...env, me: OTHER })).toBe(false);
  });

  it('are what needsDatabase tells', () => {
    expect(needs({ title: 'A', any: [{ rank: 1 }, { not: { urgent: true } }] })).toBe(false);
    expect(needs({ any: [{ rank: 1 }, { not: { 'customer.city': 'Riga' } }] })).toBe(true);
    expect(needs({ lines: { empty: true } })).toBe(true);
    expect(needs({ assignee: { $field: 'customer.assignee' } })).toBe(true);
  });
});

describe('condition tools', () => {
  const a = parseCondition({ title: 'A' }, 'deal', lookup);
  const b = parseCondition({ title: 'B' }, 'deal', lookup);

  it('flatten and drop constants', () => {
    expect(all()).toBe(ALWAYS);
    expect(any()).toBe(NEVER);
    expect(all(a, ALWAYS)).toBe(a);
    expect(all(a, NEVER)).toBe(NEVER);
    expect(any(a, ALWAYS)).toBe(ALWAYS);
    expect(all(all(a, b), a)).toStrictEqual({ kind: 'all', of: [a, b, a] });
    expect(not(not(a))).toBe(a);
    expect(not(ALWAYS)).toBe(NEVER);
  });

  it('simplify what a list can never or always be', () => {
    expect(simplify(related('some', NEVER))).toBe(NEVER);
    expect(simplify(related('none', NEVER))).toBe(ALWAYS);
    expect(simplify(related('every', ALWAYS))).toBe(ALWAYS);
    expect(simplify(related('some', ALWAYS))).toStrictEqual(related('some', ALWAYS));
  });

  it('map every leaf', () => {
    const mapped = mapCondition({ kind: 'any', of: [a, { kind: 'not', of: b }] }, (leaf) =>
      leaf === b ? ALWAYS : leaf,
    );
    expect(mapped).toBe(a);
  });
});
