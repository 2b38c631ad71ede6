import { Temporal } from 'temporal-polyfill';
import type { ConvertEnv } from '../../fields/convert.ts';
import type { FoundSchema } from '../introspect.ts';
import { raw } from '../sql.ts';
import { quoted } from '../table-spec.ts';
import type { PlanReader } from './scan-field.ts';

/** What the organisation's one record decides for values that become others. */
export interface OrganisationValues {
  readonly currency: string;
  readonly country: string | null;
  /** IANA zone. */
  readonly zone: string;
}

/** As the record stands in the database; before it exists, what it would fall back on. */
export async function readOrganisation(db: PlanReader, found: FoundSchema): Promise<OrganisationValues> {
  const columns = found.tables.get('organisation')?.columns;
  const keys = ['currency', 'country', 'zone'].filter((key) => columns?.has(key));
  const [row] =
    keys.length === 0
      ? []
      : await db.read<Record<string, string | null>>(
          raw(
            `select ${keys.map(quoted).join(', ')} from "organisation" where "deletedAt" is null order by "id" limit 1`,
          ),
        );
  return {
    currency: row?.['currency'] ?? 'EUR',
    country: row?.['country'] ?? null,
    zone: row?.['zone'] ?? 'UTC',
  };
}

export function createConvertEnv(of: OrganisationValues): ConvertEnv {
  return {
    currency: of.currency,
    ...(of.country === null ? {} : { country: of.country }),
    instantOf: (date) =>
      new Date(Temporal.PlainDate.from(date).toZonedDateTime(of.zone).epochMilliseconds).toISOString(),
    dayOf: (instant) => Temporal.Instant.from(instant).toZonedDateTimeISO(of.zone).toPlainDate().toString(),
  };
}
