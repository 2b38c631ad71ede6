import type { Model } from '../definitions/model.ts';
import { overlayFile } from '../definitions/overlay.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import type { OverlayRow } from './overlay-rows.ts';

/** One document of one layer. */
export interface DefinitionItem {
  readonly kind: string;
  readonly name: string;
  readonly package: string;
  readonly layer: string;
  /** Relative to the project; of the overlay `overlay/<kind>/<name>.json`. */
  readonly file: string;
  readonly document: JsonSchema;
  /** Of the overlay alone. */
  readonly version?: number;
  readonly updatedAt?: string;
  readonly updatedBy?: string | null;
}

export interface DefinitionDetail {
  readonly kind: string;
  readonly name: string;
  /** Of the overlay's document; 0 when there is none. */
  readonly version: number;
  /** What each layer says of it, in their order; the overlay last. */
  readonly layers: readonly DefinitionItem[];
  /** The overlay's own document: a patch, an addition or a whole definition; null when the overlay says nothing. */
  readonly overlay: JsonSchema | null;
}

/** Every document of every layer. The overlay is as the database has it now. */
export function describeDefinitions(model: Model, rows: readonly OverlayRow[]): readonly DefinitionItem[] {
  const files = model.documents
    .filter(({ layer }) => layer !== 'overlay')
    .map(({ kind, name, package: from, layer, file, json }) => ({
      kind,
      name,
      package: from,
      layer,
      file,
      document: json,
    }));
  const texts = model.locales
    .filter(({ layer }) => layer !== 'overlay')
    .map(({ language, file, package: from, layer, texts: document }) => ({
      kind: 'locale',
      name: language,
      package: from,
      layer,
      file,
      document,
    }));
  return [...files, ...texts, ...rows.map(overlayItem)];
}

function overlayItem(row: OverlayRow): DefinitionItem {
  const { kind, name, json, version, updatedAt, updatedBy } = row;
  const place = { package: 'overlay', layer: 'overlay', file: overlayFile(row) };
  return { kind, name, ...place, document: json, version, updatedAt, updatedBy };
}

/** Undefined when no layer has it. */
export function describeOne(
  model: Model,
  rows: readonly OverlayRow[],
  { kind, name }: { readonly kind: string; readonly name: string },
): DefinitionDetail | undefined {
  const layers = describeDefinitions(model, rows).filter((item) => item.kind === kind && item.name === name);
  if (layers.length === 0) return undefined;
  const row = rows.find((one) => one.kind === kind && one.name === name);
  return { kind, name, version: row?.version ?? 0, layers, overlay: row?.json ?? null };
}
