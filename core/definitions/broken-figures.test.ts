import { describe, expect, test } from 'vitest';
import {
  broken,
  errorsOf,
  SMALL_FIRM,
  type FirmPart,
  member,
  type Edit,
  type Files,
} from '../../tests/support/definitions.ts';

describe('reports, calendars, templates, texts and seeds', () => {
  const B = 'schemas/reports/bySource.json#';
  const C = 'schemas/calendars/office.json#';
  const T = 'templates/offer.json#';

  test.each<[FirmPart, string, Edit, string]>([
    [
      'report',
      'a sum of a text',
      (doc) => Object.assign(member(doc, 'measures/3'), { field: 'title' }),
      `${B}/measures/3/field: "title" is a text: it has no sum.`,
    ],
    [
      'report',
      'a sum of nothing',
      (doc) => delete member(doc, 'measures/3')['field'],
      `${B}/measures/3: A sum needs "field".`,
    ],
    [
      'report',
      'a ratio of no measure',
      (doc) => Object.assign(member(doc, 'measures/2'), { of: ['won', 'al'] }),
      `${B}/measures/2/of/1: There is no measure "al" to divide. Did you mean "all"?`,
    ],
    [
      'report',
      'an unknown dimension',
      (doc) => Object.assign(doc, { dimensions: ['sorce'] }),
      `${B}/dimensions/0: order has no field "sorce". Did you mean "source"?`,
    ],
    [
      'report',
      'a grain of a select',
      (doc) => Object.assign(doc, { dimensions: ['source:month'] }),
      `${B}/dimensions/0: "source" is a select: only a date has a grain.`,
    ],
    [
      'report',
      'an unknown grain',
      (doc) => Object.assign(doc, { dimensions: ['createdAt:moth'] }),
      `${B}/dimensions/0: "moth" is no grain. Did you mean "month"? It may be "day", "week", "month", "quarter" or "year".`,
    ],
    [
      'report',
      'a period that is no date',
      (doc) => Object.assign(doc, { period: 'source' }),
      `${B}/period: "source" is a select, not a date.`,
    ],
    [
      'report',
      'a parameter that every report has',
      (doc) => Object.assign(doc, { parameters: [{ key: 'from', field: 'source' }] }),
      `${B}/parameters/0/key: "from" is a parameter of every report. Choose another key.`,
    ],
    [
      'report',
      'a parameter of nothing',
      (doc) => Object.assign(doc, { parameters: [{ key: 'where' }] }),
      `${B}/parameters/0: A parameter has either "field" or "type".`,
    ],
    [
      'report',
      'a parameter of an unknown field',
      (doc) => Object.assign(doc, { parameters: [{ key: 'where', field: 'sorce' }] }),
      `${B}/parameters/0/field: order has no field "sorce". Did you mean "source"?`,
    ],
    [
      'report',
      'a parameter without a default',
      (doc) => Object.assign(doc, { parameters: [{ key: 'days', type: 'duration' }] }),
      `${B}/parameters/0: A parameter with "type" needs "default": what is taken when nobody chooses.`,
    ],
    [
      'report',
      'a default that is none',
      (doc) => Object.assign(doc, { parameters: [{ key: 'days', type: 'duration', default: 'long' }] }),
      `${B}/parameters/0/default: "long" is no duration: write something like 15m, 2h, 1d, -30d, 1h30m or PT15M.`,
    ],
    [
      'report',
      'a default that the field does not know',
      (doc) => Object.assign(doc, { parameters: [{ key: 'where', field: 'source', default: 'sait' }] }),
      `${B}/parameters/0/default: Must be one of: site, walk-in.`,
    ],
    [
      'report',
      'a measure that is called as a dimension',
      (doc) => Object.assign(member(doc, 'measures/3'), { key: 'source' }),
      `${B}/measures/3/key: "source" is a column of its rows already. Choose another key.`,
    ],
    [
      'report',
      'a filter by an unknown parameter',
      (doc) =>
        Object.assign(doc, {
          parameters: [{ key: 'silence', type: 'duration', default: '30d' }],
          filter: { createdAt: { lt: { $now: { $minus: 'silense' } } } },
        }),
      `${B}/filter/createdAt/lt/$now/$minus: There is no parameter "silense" to stand here. Did you mean "silence"?`,
    ],
    [
      'report',
      'a period by name without a date',
      (doc) => {
        delete doc['period'];
        Object.assign(doc, { defaultPeriod: 'thisMonth' });
      },
      `${B}/defaultPeriod: Without "period" there is no date that a period could apply to. Name one.`,
    ],
    [
      'report',
      'another entity that does not know the rows',
      (doc) =>
        Object.assign(member(doc, 'measures/3'), {
          field: undefined,
          aggregate: 'count',
          entity: 'client',
          by: { source: 'name' },
        }),
      `${B}/measures/3/by: "createdAt:month" is missing: which field of client says the same?`,
    ],
    [
      'report',
      'another time in rows by time',
      (doc) => Object.assign(member(doc, 'measures/3'), { compare: 'previous' }),
      `${B}/measures/3/compare: Another time has no place in rows by "createdAt:month". Group by something else.`,
    ],
    [
      'report',
      'classes of no measure',
      (doc) => Object.assign(doc, { classes: { of: 'summ', bands: [{ key: 'rest' }] } }),
      `${B}/classes/of: There is no measure "summ". Did you mean "sum"?`,
    ],
    [
      'report',
      'classes without a bound',
      (doc) => Object.assign(doc, { classes: { of: 'sum', bands: [{ key: 'big' }, { key: 'rest' }] } }),
      `${B}/classes/bands/0: "from" is missing: only the last takes the rest.`,
    ],
    [
      'report',
      'details of an unknown field',
      (doc) => Object.assign(doc, { details: { fields: ['titel'] } }),
      `${B}/details/fields/0: order has no field "titel". Did you mean "title"?`,
    ],
    [
      'report',
      'a stage that the funnel has not',
      (doc) => {
        delete doc['period'];
        Object.assign(doc, { funnel: { stages: ['fresh', 'wonn'] } });
      },
      `${B}/funnel/stages/1: The pipeline sales has no stage "wonn". Did you mean "won"?`,
    ],
    [
      'report',
      'a funnel with a filtered measure',
      (doc) => {
        delete doc['period'];
        Object.assign(doc, { funnel: {} });
      },
      `${B}/measures/1/filter: A report over moves takes no "filter" in a measure.`,
    ],
    [
      'report',
      'a conversion of records',
      (doc) => Object.assign(member(doc, 'measures/0'), { aggregate: 'conversion' }),
      `${B}/measures/0/aggregate: Only a funnel has a conversion.`,
    ],
    [
      'report',
      'lateness in plain time',
      (doc) => {
        delete doc['period'];
        Object.assign(doc, { stages: {}, measures: [{ key: 'late', aggregate: 'count', only: 'late' }] });
      },
      `${B}/measures/0/only: Goals of stages are in working time. Write "time": "working" in "stages".`,
    ],
    [
      'report',
      'a field where time is measured',
      (doc) => {
        delete doc['period'];
        Object.assign(doc, { stages: {}, measures: [{ key: 'sum', aggregate: 'sum', field: 'total' }] });
      },
      `${B}/measures/0/field: In a stages report the time there is measured: write "time".`,
    ],
    [
      'calendar',
      'hours that end before they begin',
      (doc) => Object.assign(member(doc, 'week'), { mon: ['18:00-09:00'] }),
      `${C}/week/mon/0: Ends before it begins.`,
    ],
    [
      'calendar',
      'hours that overlap',
      (doc) => Object.assign(member(doc, 'week'), { mon: ['09:00-13:00', '12:00-18:00'] }),
      `${C}/week/mon/1: Begins before the hours above it end. Write them in order, without overlap.`,
    ],
    [
      'calendar',
      'no hours at all',
      (doc) => Object.assign(doc, { week: {} }),
      `${C}/week: No day has working hours, so no deadline would ever come. Add some.`,
    ],
    [
      'calendar',
      'a day that does not exist',
      (doc) => Object.assign(doc, { holidays: ['02-30'] }),
      `${C}/holidays/0: There is no such day as "02-30".`,
    ],
    [
      'calendar',
      'a zone that does not exist',
      (doc) => Object.assign(doc, { zone: 'Europe/Talinn' }),
      `${C}/zone: "Europe/Talinn" is not a time zone such as Europe/Tallinn.`,
    ],
    [
      'calendar',
      'a day of the week that does not exist',
      (doc) => Object.assign(member(doc, 'week'), { monday: [] }),
      `${C}/week/monday: Unknown key "monday". Known here: mon, tue, wed, thu, fri, sat, sun.`,
    ],
    [
      'template',
      'an unknown reference to load',
      (doc) => Object.assign(doc, { load: ['client', 'lines', 'linez'] }),
      `${T}/load/2: order has no field "linez". Did you mean "lines"?`,
    ],
    [
      'template',
      'a language that leads nowhere',
      (doc) => Object.assign(doc, { language: 'client.tongue' }),
      `${T}/language: client has no field "tongue".`,
    ],
    [
      'template',
      'a text without words',
      (doc) => Object.assign(doc, { texts: { headline: 'Our offer' } }),
      'templates/offer.et.hbs#/: {{t "heading"}} has no text. Add "heading" to "texts" of offer.json.',
    ],
    [
      'template',
      'what is not loaded',
      (doc) => Object.assign(doc, { load: ['lines'] }),
      'templates/offer.et.hbs#/: "record.client.name" is empty unless "client" is loaded. Add "client" to "load".',
    ],
    [
      'template',
      'a paper that does not exist',
      (doc) => Object.assign(doc, { paper: 'A3' }),
      `${T}/paper: "A3" is not known here. Did you mean "A4"? It may be "A4", "A5" or "Letter".`,
    ],
    [
      'locale',
      'a key that names nothing',
      (doc) => Object.assign(doc, { 'entities.order.fields.titel': 'Mis' }),
      'locales/et.json#/entities.order.fields.titel: There is nothing to translate by this name. Did you mean "entities.order.fields.title"?',
    ],
    [
      'locale',
      'a text that is none',
      (doc) => Object.assign(doc, { 'entities.order.title': 5 }),
      'locales/et.json#/entities.order.title: Must be a text.',
    ],
    [
      'seed',
      'an unknown field',
      (doc) => Object.assign(member(doc, '0/set'), { nmae: 'x' }),
      'seed/first.json#/0/set/nmae: client has no field "nmae". Did you mean "name"?',
    ],
    [
      'seed',
      'a record before it is made',
      (doc) => Object.assign(member(doc, '1/set'), { client: { $ref: 'acmee' } }),
      'seed/first.json#/1/set/client/$ref: There is no record with the key "acmee". Did you mean "acme"?',
    ],
    [
      'seed',
      'an unknown stage',
      (doc) => Object.assign(member(doc, '2'), { to: 'work' }),
      'seed/first.json#/2/to: order has no stage "work".',
    ],
  ])('%s: %s', (path, _, edit, expected) => {
    expect(broken(path, edit)).toContain(expected);
  });

  test.each<[string, Files, readonly string[]]>([
    [
      'a template that breaks off',
      { ...SMALL_FIRM, 'templates/offer.hbs': '{{#if record.total}}' },
      ['templates/offer.hbs#/: Line 1: the template breaks off before a block is closed.'],
    ],
    [
      'an unknown helper',
      { ...SMALL_FIRM, 'templates/offer.hbs': '\n{{mony record.total}}' },
      [
        'templates/offer.hbs#/: Line 2: There is no helper "mony". Did you mean "money"? Known: "t", "money", "date", "number" or "eq".',
      ],
    ],
    [
      'text without escaping',
      { ...SMALL_FIRM, 'templates/offer.hbs': '{{{record.title}}}' },
      ['templates/offer.hbs#/: Line 1: {{{…}}} and {{&…}} put text in without escaping. Write {{…}}.'],
    ],
    [
      'a source without its definition',
      { ...SMALL_FIRM, 'templates/ofer.hbs': 'x' },
      ['templates/ofer.hbs#/: There is no ofer.json beside it. Add it, or remove this file.'],
    ],
  ])('template: %s', (_, files, expected) => {
    expect(errorsOf(files)).toEqual(expected);
  });
});
