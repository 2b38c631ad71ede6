import { join } from 'node:path';
import type { MailService } from '../automation/actions/mail.ts';
import { createCalendarFeeds } from '../channels/calendar-feed.ts';
import type { CalendarFeeds } from '../channels/calendar-feed.ts';
import type { ChannelType } from '../channels/channel.ts';
import { createChannels, ChannelSettingsError } from '../channels/create-channels.ts';
import type { Channels } from '../channels/create-channels.ts';
import { mailChannel } from '../channels/mail-channel.ts';
import { createMailIn } from '../channels/mail-in/create-mail-in.ts';
import type { MailIn } from '../channels/mail-in/create-mail-in.ts';
import { createReplyTokens } from '../channels/mail-in/reply-token.ts';
import { createMail } from '../channels/mail.ts';
import type { Mail } from '../channels/mail.ts';
import { createOutbound, parseAllowed } from '../channels/outbound-request.ts';
import { createInboundDoor } from '../channels/receive-request.ts';
import type { InboundDoor } from '../channels/receive-request.ts';
import { createSignedOutbound } from '../channels/signed-outbound.ts';
import type { SignedOutbound } from '../channels/signed-outbound.ts';
import { CALL_JOB, callHandler, startCall } from '../channels/telephony/start-call.ts';
import type { CallRequest } from '../channels/telephony/start-call.ts';
import { telephonyChannel } from '../channels/telephony/telephony-channel.ts';
import { createWebhooks } from '../channels/webhooks/create-webhooks.ts';
import type { Webhooks } from '../channels/webhooks/create-webhooks.ts';
import { forgetTaken } from '../channels/take-once.ts';
import { asSystem } from '../context.ts';
import type { Clock, Context, Log, Principal } from '../context.ts';
import type { RecordData } from '../fields/field-type.ts';
import type { Files } from '../files/create-files.ts';
import type { JobQueue } from '../jobs/types.ts';
import type { RecordsService } from '../records/create-records.ts';
import type { ReceivedDoor } from '../records/received.ts';
import type { Database } from '../storage/database.ts';
import { createLetters } from './letters.ts';

export interface ChannelOptions {
  readonly dataDir: string;
  readonly secret: string;
  readonly smtpUrl?: string;
  readonly mailFrom?: string;
  readonly url?: string;
  /** Channels beside core's own. */
  readonly channels?: readonly ChannelType[];
  /** Where channels find their settings. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface ChannelParts {
  readonly db: Database;
  readonly records: RecordsService;
  readonly files: Files;
  readonly jobs: JobQueue;
  readonly clock: Clock;
  readonly log: Log;
  /** Called when something has come in. */
  readonly rules: ReceivedDoor;
  readonly principalOf: (user: string) => Promise<Principal>;
}

/** All ways in and out. */
export interface OpenChannels {
  readonly channels: Channels;
  /** For rules. */
  readonly outbound: SignedOutbound;
  readonly mail: Mail;
  readonly letters: MailService;
  readonly mailIn: MailIn;
  readonly inbound: InboundDoor;
  readonly webhooks: Webhooks;
  readonly feeds: CalendarFeeds;
  startCall(ctx: Context, call: CallRequest): Promise<RecordData>;
  sweep(): Promise<void>;
  /** Looks for what comes in, from now on. */
  start(): void;
  stop(): Promise<void>;
}

const DEFAULT_FROM = 'Casement <casement@localhost>';

/** Throws ChannelSettingsError with every setting of a channel that is wrong. */
export function openChannels(options: ChannelOptions, parts: ChannelParts): OpenChannels {
  const { db, records, files, jobs, clock, log, rules } = parts;
  const environment = environmentOf(options);
  const outbound = createOutbound({ allow: read(environment, 'OUTBOUND_ALLOW', parseAllowed) ?? [] });
  const tokens = read(environment, 'MAIL_REPLY_TO', (text) => createReplyTokens(options.secret, text));
  const replies = tokens ?? createReplyTokens(options.secret, undefined);
  const from = options.mailFrom ?? DEFAULT_FROM;
  const mail = createMail({ settings: mailSettings(options, from), clock, log });
  const mailIn = createMailIn({ db, records, files, rules, tokens: replies, own: addressOf(from), clock, log, jobs });
  const types = [mailChannel(mail), mailIn.type, telephonyChannel, ...(options.channels ?? [])];
  const channels = createChannels({ types, environment, outbound, db, clock, log });
  const calls = { records, channels, jobs };
  jobs.handle(
    CALL_JOB,
    callHandler(calls, () => channelContext(parts)),
  );
  const shared = { db, records, clock, log, principalOf: parts.principalOf };
  const webhooks = createWebhooks({ ...shared, jobs, outbound, secret: options.secret });
  return {
    channels,
    outbound: createSignedOutbound({ outbound, secret: options.secret, clock }),
    mail,
    letters: createLetters({ mail, from, files, records, channels, tokens: replies }),
    mailIn,
    inbound: createInboundDoor({ channels, records, rules, environment, clock, log }),
    webhooks,
    feeds: createCalendarFeeds({ ...shared, url: options.url }),
    startCall: (ctx, call) => startCall(calls, ctx, call),
    sweep: () => forgetTaken(db, clock.now()),
    start: () => mailIn.start((work) => channels.watch('mailbox', work)),
    async stop() {
      webhooks.close();
      await mailIn.stop();
    },
  };
}

function channelContext({ records, clock, log }: ChannelParts): Context {
  const nobody: Principal = { kind: 'public', id: null, name: 'channels', roles: [], teamMates: [] };
  const locale = records.organisation().language;
  return asSystem({ principal: nobody, door: 'automation' as const, clock, log, locale }, 'a call that was started');
}

function environmentOf({ environment, smtpUrl, mailFrom }: ChannelOptions) {
  return { ...environment, SMTP_URL: smtpUrl, MAIL_FROM: mailFrom };
}

function read<T>(
  environment: Readonly<Record<string, string | undefined>>,
  name: string,
  parse: (text: string) => T,
): T | undefined {
  const text = environment[name]?.trim();
  if (text === undefined || text === '') return undefined;
  try {
    return parse(text);
  } catch (error) {
    throw new ChannelSettingsError([`${name}: ${error instanceof Error ? error.message : String(error)}`]);
  }
}

function mailSettings({ smtpUrl, dataDir }: ChannelOptions, from: string) {
  const settings = { from, outboxDir: join(dataDir, 'outbox') };
  return smtpUrl === undefined ? settings : { ...settings, smtpUrl };
}

function addressOf(from: string): string {
  return /<([^<>]+)>\s*$/.exec(from)?.[1] ?? from.trim();
}
