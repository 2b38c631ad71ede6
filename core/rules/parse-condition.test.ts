import { describe, expect, it } from 'vitest';
import { sampleLookup } from '../../tests/support/lookup.ts';
import type { Condition } from './condition.ts';
import { parseCondition } from './parse-condition.ts';
import { didYouMean, RuleErrors } from './rule-errors.ts';

const lookup = sampleLookup();
const ID = '018f6f2e-7a10-7cc0-8f00-0123456789ab';

/** A condition as one line, so that a table can show it. */
function show(condition: Condition): string {
  switch (condition.kind) {
    case 'constant':
      return String(condition.value);
    case 'all':
    case 'any':
      return `${condition.kind}(${condition.of.map(show).join(', ')})`;
    case 'not':
      return `not(${show(condition.of)})`;
    case 'compare': {
      const { path, op, operand } = condition;
      const steps = [...path.hops.map((hop) => `${hop.field.key}>${hop.entity}`), path.field.key].join('.');
      const shown =
        operand.kind === 'value'
          ? JSON.stringify(operand.value)
          : operand.kind === 'field'
            ? `$${operand.path.field.key}`
            : operand.kind === 'now'
              ? `now${operand.offset}`
              : operand.kind;
      return `${steps} ${op} ${shown}`;
    }
    default: {
      const { hops, list, quantifier, of } = condition;
      const steps = [...hops.map((hop) => `${hop.field.key}>${hop.entity}`), `${list.key}>${list.entity}`].join('.');
      return `${quantifier} ${steps}${list.link ? ' link' : ''}(${show(of)})`;
    }
  }
}

function refusalOf(json: unknown, entity: string): unknown {
  try {
    return parseCondition(json, entity, lookup);
  } catch (error) {
    return error instanceof RuleErrors ? error.errors.map(({ pointer, message }) => [pointer, message]) : error;
  }
}

describe('parseCondition', () => {
  it.each<[string, unknown, string]>([
    ['deal', undefined, 'true'],
    ['deal', {}, 'true'],
    ['deal', { any: [] }, 'false'],
    ['deal', { title: 'A' }, 'title eq "A"'],
    ['deal', { title: 'A', stage: 'won' }, 'all(title eq "A", stage eq "won")'],
    ['deal', { total: { gte: 1000, lt: '2000.50' } }, 'all(total gte 1000, total lt "2000.50")'],
    ['deal', { stage: ['won', 'lost'] }, 'stage in ["won","lost"]'],
    ['deal', { stage: [] }, 'false'],
    ['deal', { stage: { nin: [] } }, 'true'],
    ['deal', { customer: null }, 'customer empty true'],
    ['deal', { customer: { ne: null } }, 'customer empty false'],
    ['deal', { stage: ['won', null] }, 'any(stage empty true, stage in ["won"])'],
    ['deal', { stage: { nin: ['won', null] } }, 'all(stage empty false, stage nin ["won"])'],
    ['deal', { assignee: '$me' }, 'assignee eq me'],
    ['deal', { title: { contains: '$me' } }, 'title contains "$me"'],
    ['deal', { assignee: '$myTeam' }, 'assignee in myTeam'],
    ['deal', { assignee: { ne: '$myTeam' } }, 'assignee nin myTeam'],
    ['deal', { assignee: { in: '$myTeam' } }, 'assignee in myTeam'],
    ['deal', { assignee: ['$me', null, ID] }, `any(assignee empty true, assignee in ["${ID}"], assignee eq me)`],
    ['deal', { paid: { lt: { $field: 'total' } } }, 'paid lt $total'],
    ['deal', { createdAt: { gt: { $now: '-30d' } } }, 'createdAt gt now-2592000000'],
    ['deal', { expectedOn: { $now: '0d' } }, 'expectedOn eq now0'],
    ['deal', { 'customer.city': { contains: 'Rig' } }, 'customer>contact.city contains "Rig"'],
    ['deal', { 'customer.assignee.name': 'Anna' }, 'customer>contact.assignee>user.name eq "Anna"'],
    ['task', { 'about.deal.stage': 'won' }, 'about>deal.stage eq "won"'],
    ['task', { 'about.deal': { empty: false } }, 'about>deal.id empty false'],
    ['task', { about: ID }, `about eq "${ID}"`],
    ['task', { about: { entity: 'deal', id: ID } }, `about eq {"entity":"deal","id":"${ID}"}`],
    ['deal', { tasks: { some: { assignee: '$me' } } }, 'some tasks>task(assignee eq me)'],
    [
      'deal',
      { tasks: { none: {} }, lines: { every: { note: 'x' } } },
      'all(none tasks>task(true), every lines>line(note eq "x"))',
    ],
    ['deal', { lines: { empty: true } }, 'none lines>line(true)'],
    ['deal', { lines: { empty: false } }, 'some lines>line(true)'],
    ['task', { 'about.deal.lines': { some: { price: { gt: 5 } } } }, 'some about>deal.lines>line(price gt 5)'],
    ['user', { teams: { contains: ID } }, `some teams>team link(id eq "${ID}")`],
    ['user', { teams: { some: { name: 'A' } } }, 'some teams>team link(name eq "A")'],
    ['team', { members: { some: { name: 'A' } } }, 'some members>user(name eq "A")'],
    [
      'deal',
      { not: { any: [{ urgent: true }, { all: [{ rank: 1 }, { rank: 2 }] }] } },
      'not(any(urgent eq true, all(rank eq 1, rank eq 2)))',
    ],
    ['deal', { not: { not: { urgent: true } } }, 'urgent eq true'],
    ['deal', { tags: { contains: 'hot' } }, 'tags contains "hot"'],
    ['contact', { phone: { contains: '8 (495' } }, 'phone contains "8 (495"'],
    ['deal', { urgent: 'true', rank: '5' }, 'all(urgent eq "true", rank eq "5")'],
  ])('%s: %j is %s', (entity, json, expected) => {
    expect(show(parseCondition(json, entity, lookup))).toBe(expected);
  });

  it.each<[string, unknown, readonly (readonly [string, string])[]]>([
    ['deal', 'won', [['', 'A condition must be an object such as {"stage": "won"}.']]],
    ['deal', { titel: 'A' }, [['/titel', 'deal has no field "titel". Did you mean "title"?']]],
    ['deal', { zzz: 'A' }, [['/zzz', 'deal has no field "zzz".']]],
    ...['$me', '$myTeam', ['$me', 1]].map((rank): [string, unknown, readonly [string, string][]] => [
      'deal',
      { rank },
      [['/rank', '"$me" and "$myTeam" can be compared with a reference only, not with a integer.']],
    ]),
    ['deal', { 'customer.town': 'A' }, [['/customer.town', 'contact has no field "town".']]],
    ['deal', { 'title.x': 'A' }, [['/title.x', '"title" of deal is a text, not a reference: it has no "x".']]],
    [
      'task',
      { 'about.stage': 'A' },
      [['/about.stage', '"about" of task points to several entities: name one of deal, contact after it.']],
    ],
    [
      'user',
      { 'teams.name': 'A' },
      [['/teams.name', '"teams" of user holds many records: ask {"teams": {"some": {"name": …}}}.']],
    ],
    [
      'deal',
      { total: { gtt: 5 } },
      [['/total/gtt', 'A field of type money knows no operator "gtt". Did you mean "gt"?']],
    ],
    [
      'deal',
      { total: { contains: '5' } },
      [
        [
          '/total/contains',
          'A field of type money knows no operator "contains". It takes eq, ne, gt, gte, lt, lte, in, nin, empty.',
        ],
      ],
    ],
    ['deal', { total: {} }, [['/total', '"total" is compared with nothing.']]],
    ['deal', { tags: ['hot'] }, [['/tags', 'A multiSelect cannot be compared so: it takes eq, ne, contains, empty.']]],
    [
      'deal',
      { total: 'much', stage: ['won', 'gone'] },
      [
        ['/total', 'Must be a decimal number such as "1234.50".'],
        ['/stage/1', 'Must be one of: new, offer, won, lost.'],
      ],
    ],
    ['deal', { total: { gt: null } }, [['/total/gt', '"gt" needs a value; ask {"empty": true} for an empty one.']]],
    ['deal', { title: { contains: '' } }, [['/title/contains', '"contains" takes a text.']]],
    ['deal', { title: { empty: 'yes' } }, [['/title/empty', '"empty" takes true or false.']]],
    ['deal', { title: { $now: '0d' } }, [['/title', '"$now" can be compared with a date only, not with a text.']]],
    [
      'deal',
      { createdAt: { gt: { $now: 'soon' } } },
      [['/createdAt/gt', '"soon" is no duration: write something like 15m, 2h, 1d, -30d, 1h30m or PT15M.']],
    ],
    ['deal', { paid: { lt: { $field: 'totl' } } }, [['/paid/lt', 'deal has no field "totl". Did you mean "total"?']]],
    ['deal', { paid: { lt: { $field: 'title' } } }, [['/paid/lt', 'A money cannot be compared with "title", a text.']]],
    ['deal', { paid: { $sum: 'x' } }, [['/paid', 'An operand is a value, {"$field": "name"} or {"$now": "-30d"}.']]],
    ['deal', { any: { title: 'A' } }, [['/any', '"any" takes a list of conditions.']]],
    ['deal', { not: { any: [{ titl: 1 }] } }, [['/not/any/0/titl', 'deal has no field "titl". Did you mean "title"?']]],
    [
      'deal',
      { tasks: { sone: {} } },
      [['/tasks/sone', 'The list "tasks" knows no operator "sone". Did you mean "some"?']],
    ],
    ['deal', { tasks: 'x' }, [['/tasks', '"tasks" is a list: ask {"tasks": {"some": {…}}}, none or every.']]],
    ['deal', { tasks: { some: { nam: 1 } } }, [['/tasks/some/nam', 'task has no field "nam".']]],
    ['deal', { extra: 5 }, [['/extra', 'A json cannot be compared so: it takes empty.']]],
  ])('%s: %j is refused', (entity, json, expected) => {
    expect(refusalOf(json, entity)).toStrictEqual(expected);
  });

  it('limits size and depth', () => {
    const wide = { any: Array.from({ length: 300 }, () => ({ title: 'A' })) };
    expect(() => parseCondition(wide, 'deal', lookup)).toThrow('at most 200 parts are taken');
    expect(() => parseCondition(wide, 'deal', lookup, { maxNodes: 400 })).not.toThrow();
    let deep: object = { title: 'A' };
    for (let i = 0; i < 30; i++) deep = { not: deep };
    expect(() => parseCondition(deep, 'deal', lookup)).toThrow('The condition is nested too deeply.');
  });
});

describe('didYouMean', () => {
  it.each([
    ['titel', ' Did you mean "title"?'],
    ['Stage', ' Did you mean "stage"?'],
    ['assigne', ' Did you mean "assignee"?'],
    ['x', ''],
    ['completely', ''],
  ])('%s →%s', (word, text) => {
    expect(didYouMean(word, ['title', 'stage', 'assignee'])).toBe(text);
  });
});
