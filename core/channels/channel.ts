import type { Clock, Log } from '../context.ts';
import type { JsonSchema } from '../fields/field-type.ts';
import type { Outbound } from './outbound-request.ts';

/**
 * The contract of a channel: a way in or out for messages, calls, payments. An adapter speaks its provider's language on one side and the types
 * of this file on the other; which records come of what it brings is for core (`take-message.ts`, `take-call.ts`) and for rules.
 */
export interface ChannelType {
  /** A key; of a plugin `<plugin>.<name>`. Its inbound door is `/hooks/{name}`. */
  readonly name: string;
  readonly title: string;
  /** An object of texts. `x-env` of a member names the variable that holds it; `x-secret` ones are told to nobody. */
  readonly settings: ChannelSettingsSchema;
  /** Called once at the start, when every required setting is there. Throws a sentence about a setting that is wrong. No network yet. */
  open(host: ChannelHost): Channel;
}

export interface ChannelSettingsSchema extends JsonSchema {
  readonly type: 'object';
  readonly properties: Readonly<Record<string, ChannelSetting>>;
  readonly required: readonly string[];
}

export interface ChannelSetting extends JsonSchema {
  readonly type: 'string';
  readonly title: string;
  readonly 'x-env': string;
  readonly 'x-secret'?: boolean;
}

/** All that an adapter gets of the application. */
export interface ChannelHost {
  /** By member of the schema; only those that are set. */
  readonly settings: Readonly<Record<string, string>>;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly log: Log;
}

/** An open channel; what it can do is what it has. */
export interface Channel {
  /** Hands a message to the provider. Resolves when it has been accepted. VALIDATION: refused for good. UNAVAILABLE: try again later. */
  send?(message: OutgoingMessage): Promise<Accepted>;
  /** Lets the provider ring the user first, then the other side. */
  call?(call: OutgoingCall): Promise<Accepted>;
  /** The secrets one of which an inbound request is signed with (`signature.ts`), the newest first. Where a provider signs in its own way: `verify`. */
  readonly inboundSecrets?: readonly string[];
  /** In place of the signature of `signature.ts`. UNAUTHENTICATED unless the request is the provider's and of now; the id tells a repetition. */
  verify?(request: InboundRequest): { readonly id: string; readonly at: number };
  /** Makes of a request what it says; nothing for what does not matter. VALIDATION for what cannot be understood. */
  receive?(request: InboundRequest): readonly Incoming[];
  /** Whether the provider can be reached, asked now. Throws the reason. */
  probe?(): Promise<void>;
}

export interface InboundRequest {
  /** By name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** As it came. */
  readonly body: Buffer;
}

export interface Accepted {
  /** The provider's name for it. */
  readonly id: string;
}

export interface OutgoingMessage {
  /** Stable for one message however often it is tried. */
  readonly key: string;
  /** An address or number in the form the channel takes. */
  readonly to: string;
  readonly subject?: string;
  readonly text: string;
}

export interface OutgoingCall {
  readonly key: string;
  /** Phone of the user who calls. */
  readonly from: string;
  /** E.164. */
  readonly to: string;
}

/** What comes in, in the words of core. */
export type Incoming = IncomingMessage | IncomingCall;

/** Who is on the other side. What is not known is absent. */
export interface Counterpart {
  readonly name?: string;
  readonly email?: string;
  readonly phone?: string;
}

export interface IncomingMessage {
  readonly is: 'message';
  /** The same for the same message at every delivery. */
  readonly id: string;
  readonly from: Counterpart;
  readonly subject?: string;
  readonly text: string;
  /** Instant in milliseconds. */
  readonly at: number;
}

/** One step of a call. The same call has the same id in every step. */
export interface IncomingCall {
  readonly is: 'call';
  readonly id: string;
  /** The key of the `OutgoingCall` it began with. */
  readonly reference?: string;
  readonly state: 'ringing' | 'talking' | 'ended' | 'missed' | 'failed';
  readonly direction: 'in' | 'out';
  /** The other side. */
  readonly with: Counterpart;
  /** Phone of the user it is for or by. */
  readonly user?: string;
  /** Instant in milliseconds; absent = now. */
  readonly at?: number;
  /** Seconds of talk. */
  readonly seconds?: number;
  /** Where the recording can be heard. */
  readonly recording?: string;
}
