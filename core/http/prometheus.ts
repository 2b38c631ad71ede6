import type { Spread } from '../storage/measured-database.ts';

/** The text format of Prometheus, version 0.0.4. */

type Labels = Readonly<Record<string, string | number>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface Metric {
  /** `casement_http_requests_total`; a counter ends with `_total`, a time with `_seconds`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: readonly Sample[];
}

export interface Histogram {
  readonly name: string;
  readonly help: string;
  readonly type: 'histogram';
  readonly spreads: readonly { readonly labels?: Labels; readonly spread: Spread }[];
}

export function prometheusText(metrics: readonly (Metric | Histogram)[]): string {
  return metrics.map(metricText).join('');
}

function metricText(metric: Metric | Histogram): string {
  const head = `# HELP ${metric.name} ${metric.help}\n# TYPE ${metric.name} ${metric.type}\n`;
  if (metric.type === 'histogram') {
    return head + metric.spreads.map(({ labels, spread }) => spreadText(metric.name, labels ?? {}, spread)).join('');
  }
  return head + metric.samples.map(({ labels, value }) => line(metric.name, labels ?? {}, value)).join('');
}

function spreadText(name: string, labels: Labels, { bounds, counts, sum, count }: Spread): string {
  const buckets = bounds.map((bound, index) => line(`${name}_bucket`, { ...labels, le: bound }, counts[index] ?? 0));
  return [
    ...buckets,
    line(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ].join('');
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([key, text]) => `${key}="${escapeLabel(String(text))}"`);
  return `${name}${pairs.length > 0 ? `{${pairs.join(',')}}` : ''} ${value}\n`;
}

function escapeLabel(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
