import type { ReportFormat } from '../output/write-output.ts';

/** What a template asks of its report. */
export interface SavedRequest {
  readonly from?: string;
  readonly to?: string;
  readonly period?: string;
  readonly group?: string;
  readonly parameters?: Readonly<Record<string, string>>;
}

/** When it is sent, by the clock of the organisation's zone. */
export interface Schedule {
  readonly every: 'day' | 'week' | 'month';
  /** `08:30`. */
  readonly at: string;
  /** Of a week, 1 = Monday; default 1. */
  readonly weekday?: number;
  /** Of a month, 1 to 28, or `last`; default 1. */
  readonly day?: number | 'last';
  readonly format: ReportFormat;
  readonly part?: 'figures' | 'details';
}

/** A reader's own settings of a report, for himself or for everybody who may run it. */
export interface ReportTemplate {
  readonly id: string;
  readonly report: string;
  readonly title: string;
  readonly isShared: boolean;
  readonly isMine: boolean;
  /** Name of whose it is; empty where the reader does not see him. */
  readonly owner: string;
  readonly request: SavedRequest;
  /** Its owner's matter: null for others. */
  readonly schedule: Schedule | null;
  readonly nextAt: string | null;
  /** Why it is not sent any more. */
  readonly stopped: string | null;
  readonly version: number;
}

/** What may be written. */
export interface TemplateInput {
  readonly title: string;
  readonly isShared: boolean;
  readonly request: SavedRequest;
  readonly schedule: Schedule | null;
}
