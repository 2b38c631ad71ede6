import type { AutomationService } from '../automation/create-automation.ts';
import type { Auth } from '../auth/create-auth.ts';
import type { CalendarFeeds } from '../channels/calendar-feed.ts';
import type { Channels } from '../channels/create-channels.ts';
import type { InboundDoor } from '../channels/receive-request.ts';
import type { SignedOutbound } from '../channels/signed-outbound.ts';
import type { CallRequest } from '../channels/telephony/start-call.ts';
import type { Webhooks } from '../channels/webhooks/create-webhooks.ts';
import type { Clock, Context, Log } from '../context.ts';
import type { ErrorDetail } from '../errors.ts';
import type { JsonSchema, RecordData } from '../fields/field-type.ts';
import type { ModelHolder } from '../definitions/model-holder.ts';
import type { OverlayKind } from '../definitions/overlay.ts';
import type { Files } from '../files/create-files.ts';
import type { Exports } from '../exports/create-exports.ts';
import type { Imports } from '../imports/create-imports.ts';
import type { JobQueue } from '../jobs/types.ts';
import type { RecordsService } from '../records/create-records.ts';
import type { Reports } from '../reports/create-reports.ts';
import type { MeasuredDatabase } from '../storage/measured-database.ts';

/** Everything the doors of HTTP stand on; `app.ts` puts it together. */
export interface HttpDeps {
  readonly db: MeasuredDatabase;
  readonly records: RecordsService;
  readonly auth: Auth;
  readonly jobs: JobQueue;
  readonly files: Pick<Files, 'discard' | 'store' | 'find' | 'open'>;
  readonly imports: Omit<Imports, 'stop' | 'sweep'>;
  readonly exports: Exports;
  readonly documents: DocumentMaker;
  readonly reports: Reports;
  readonly forms: FormServices;
  readonly automation: Omit<AutomationService, 'keepSchedules' | 'sweep'>;
  readonly definitions: Definitions;
  readonly ways: Ways;
  readonly live: Pick<ModelHolder, 'open' | 'hold' | 'onExchange'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: HttpSettings;
}

export interface HttpSettings {
  /** Public address, such as `https://crm.example.com`; https makes the cookie `__Host-` and Secure. */
  readonly url?: string;
  /** How many proxies stand in front, or their addresses; never simply "all". Default none. */
  readonly trustProxy?: number | string;
  /** Signs the stamps of public forms. */
  readonly secret: string;
  /** Folder with the built admin UI; null or absent = not built. */
  readonly uiDir?: string | null;
  /** Posts of public forms from one address in a minute; default 60. */
  readonly formsPerMinute?: number;
  /** Opens the door for commands of this machine, made at each start; absent = closed. */
  readonly controlKey?: string;
  /** Requests of one signed-in caller in a minute; off by default. */
  readonly requestsPerMinute?: number;
}

interface DocumentMaker {
  /** The document record; the same one again for the same key. */
  generate(ctx: Context, input: { template: string; entity: string; id: string; key?: string }): Promise<RecordData>;
}

/** Ways in and out. */
interface Ways {
  readonly channels: Pick<Channels, 'get' | 'list' | 'watch'>;
  readonly inbound: InboundDoor;
  readonly webhooks: Webhooks;
  readonly feeds: CalendarFeeds;
  readonly outbound: Pick<SignedOutbound, 'secretFor'>;
  startCall(ctx: Context, call: CallRequest): Promise<RecordData>;
}

/** What a public form needs beyond records. */
interface FormServices {
  /** Adds working time (milliseconds) to an instant, by a named calendar or the organisation's. */
  addWorkingTime(from: number, duration: number, calendar: string | undefined): number;
}

/** A document of the overlay as it shall be; `json: null` takes it away. */
export interface DefinitionEdit {
  readonly kind: OverlayKind;
  readonly name: string;
  readonly json: JsonSchema | null;
  /** The version it starts from; 0 = not there yet. */
  readonly version?: number;
}

interface Definitions {
  list(kind?: string): Promise<readonly object[]>;
  get(kind: string, name: string): Promise<{ readonly version: number }>;
  changes(
    ctx: Context,
    of: { readonly kind: string; readonly name: string; readonly limit: number; readonly after?: string },
  ): Promise<object>;
  check(ctx: Context, edit: DefinitionEdit): Promise<{ errors: readonly ErrorDetail[]; plan: readonly object[] }>;
  /** Undefined when nothing of that name is left. */
  save(ctx: Context, edit: DefinitionEdit): Promise<{ readonly version: number } | undefined>;
}
