import { describe, expect, it } from 'vitest';
import { indexModel } from '../../model/model.ts';
import type { ModelDocument } from '../../model/types.ts';
import { periodKey, periodOf, todayIn } from './periods.ts';
import { chartPoints, drillLink, figureKind, percentText, rowLabel } from './report-figures.ts';

const model = indexModel({
  hash: '',
  languages: ['en'],
  language: 'en',
  organisation: null,
  entities: [],
  pipelines: [],
  forms: [],
  reports: [],
  templates: [],
  views: [{ name: 'shipList', title: 'Ships', entity: 'ship', kind: 'list', fields: [] }],
} satisfies ModelDocument);

describe('periods', () => {
  it('end with the month of today', () => {
    expect(periodOf('month', '2026-02-10')).toEqual({ from: '2026-02-01', to: '2026-02-28' });
    expect(periodOf('quarter', '2026-01-31')).toEqual({ from: '2025-11-01', to: '2026-01-31' });
    expect(periodOf('year', '2026-11-22')).toEqual({ from: '2026-01-01', to: '2026-12-31' });
  });
  it('are known again by their days', () => {
    expect(periodKey({}, '2026-11-22')).toBe('all');
    expect(periodKey({ from: '2026-11-01', to: '2026-11-30' }, '2026-11-22')).toBe('month');
    expect(periodKey({ from: '2026-11-02' }, '2026-11-22')).toBe('custom');
  });
  it('go by the day where the firm is', () => {
    expect(todayIn('Europe/Tallinn', new Date('2026-10-31T23:00:00Z'))).toBe('2026-11-01');
    expect(todayIn('America/New_York', new Date('2026-11-01T02:00:00Z'))).toBe('2026-10-31');
  });
});

describe('drillLink', () => {
  it('opens the list of the entity with the filter as the report gave it', () => {
    const filter = { all: [{ outcome: 'won' }, { source: { eq: 'site' } }] };
    expect(drillLink(model, { entity: 'ship', filter })).toEqual({ view: 'shipList', filter });
  });
  it('is none where the reader has no such list, or nothing is behind the number', () => {
    expect(drillLink(model, { entity: 'crew', filter: {} })).toBeUndefined();
    expect(drillLink(model, undefined)).toBeUndefined();
  });
});

describe('figures', () => {
  const columns = [
    { key: 'source', title: 'Source', kind: 'dimension' },
    { key: 'sum', title: 'Sum', kind: 'measure', aggregate: 'sum' },
  ] as const;
  const row = { values: { source: null, sum: '12.50' }, labels: { source: '' }, drill: {} };

  it('are written by what they measure', () => {
    expect(figureKind({ key: 'r', title: '', kind: 'measure', aggregate: 'ratio' }, undefined)).toBe('percent');
    expect(figureKind({ key: 'c', title: '', kind: 'measure', aggregate: 'count' }, undefined)).toBe('count');
    expect(figureKind(columns[1], undefined)).toBe('decimal');
    expect(percentText(0.2143, 'en')).toBe('21.4%');
    expect(percentText(null, 'en')).toBe('—');
  });
  it('become points under the label of their row', () => {
    expect(rowLabel(row, columns, 'Not stated')).toBe('Not stated');
    expect(chartPoints([row], columns, { measure: 'sum', none: '-' })).toEqual([{ label: '-', value: 12.5, row }]);
  });
});
