export interface ReportRequest {
  readonly name: string;
  /** First and last day `YYYY-MM-DD` in the organisation's zone, both included. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** A named period such as `lastMonth` in place of days; `all` for all time. */
  readonly period?: string | undefined;
  /** Dimensions in place of the report's own: `assignee`, `createdAt:month`, several with commas; empty for the totals alone. */
  readonly group?: string | undefined;
  /** What the reader chose, by key of the parameter, as text. Empty text = nothing. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
}

/** Which figure: a measure, in the row of these values of the dimensions; without a row that of the totals. */
export interface FigureRequest extends ReportRequest {
  readonly measure: string;
  /** As JSON text: `{"source": "site"}`. */
  readonly row?: string | undefined;
  readonly limit?: number | undefined;
  readonly after?: string | undefined;
}

/** The address of the records behind a figure, for what no filter can say. */
export function recordsAddress(
  request: ReportRequest,
  figure: { readonly measure: string; readonly row?: object },
): string {
  const { name, parameters, ...own } = request;
  const query = new URLSearchParams();
  const all = { ...own, ...parameters, measure: figure.measure };
  for (const [key, value] of Object.entries(all)) if (value !== undefined) query.set(key, value);
  if (figure.row) query.set('row', JSON.stringify(figure.row));
  return `/reports/${name}/records?${query.toString()}`;
}
