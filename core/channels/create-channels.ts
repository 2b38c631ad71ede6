import type { Clock, Log } from '../context.ts';
import { CasementError } from '../errors.ts';
import { createChannelStates } from './channel-states.ts';
import type { ChannelState, ChannelStates } from './channel-states.ts';
import type { Channel, ChannelType } from './channel.ts';
import type { Outbound } from './outbound-request.ts';
import type { Database } from '../storage/database.ts';

/** A channel as administrators see it: what it needs and how it does. No value of a setting is told. */
export interface ChannelInfo {
  readonly name: string;
  readonly title: string;
  /** `off`: a setting it needs is missing. */
  readonly state: 'off' | ChannelState['state'];
  readonly since: string | null;
  readonly detail: string | null;
  readonly settings: readonly {
    readonly env: string;
    readonly title: string;
    readonly required: boolean;
    readonly isSet: boolean;
  }[];
}

export interface Channels {
  /** Undefined while it is off or not known. */
  get(name: string): Channel | undefined;
  list(): Promise<readonly ChannelInfo[]>;
  /** Runs a piece of a channel's work and notes how it went. */
  watch<T>(name: string, work: () => Promise<T>): Promise<T>;
}

export interface ChannelsDeps {
  /** Core's and those of plugins. */
  readonly types: readonly ChannelType[];
  /** Where settings come from: the environment of the process. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly outbound: Outbound;
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
}

/** Every setting that is wrong, one sentence each. */
export class ChannelSettingsError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ChannelSettingsError';
    this.problems = problems;
  }
}

/** The one place where channels are registered and opened. Throws ChannelSettingsError. */
export function createChannels(deps: ChannelsDeps): Channels {
  const { types, environment } = deps;
  const states = createChannelStates(deps);
  const open = openAll(deps);
  return {
    get: (name) => open.get(name),
    async list() {
      const known = await states.read();
      return types.map((type) =>
        describe(type, { environment, isOpen: open.has(type.name), state: known.get(type.name) }),
      );
    },
    watch: (name, work) => watch(states, name, work),
  };
}

function openAll({ types, environment, outbound, clock, log }: ChannelsDeps): ReadonlyMap<string, Channel> {
  const open = new Map<string, Channel>();
  const problems: string[] = [];
  for (const type of types) {
    if (open.has(type.name)) throw new Error(`There are two channels named "${type.name}".`);
    const settings = settingsOf(type, environment);
    if (type.settings.required.some((key) => settings[key] === undefined)) continue;
    try {
      open.set(type.name, type.open({ settings, outbound, clock, log }));
    } catch (error) {
      const names = Object.keys(settings).map((key) => type.settings.properties[key]?.['x-env']);
      problems.push(`${names.join(', ')}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (problems.length > 0) throw new ChannelSettingsError(problems);
  return open;
}

function settingsOf(type: ChannelType, environment: ChannelsDeps['environment']): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(type.settings.properties).flatMap(([key, setting]) => {
      const value = environment[setting['x-env']]?.trim();
      return value === undefined || value === '' ? [] : [[key, value]];
    }),
  );
}

interface Described {
  readonly environment: ChannelsDeps['environment'];
  readonly isOpen: boolean;
  readonly state: ChannelState | undefined;
}

function describe(type: ChannelType, { environment, isOpen, state }: Described): ChannelInfo {
  const set = settingsOf(type, environment);
  return {
    name: type.name,
    title: type.title,
    state: isOpen ? (state?.state ?? 'untried') : 'off',
    since: isOpen && state ? instantOf(state.since) : null,
    detail: isOpen ? (state?.detail ?? null) : null,
    settings: Object.entries(type.settings.properties).map(([key, setting]) => ({
      env: setting['x-env'],
      title: setting.title,
      required: type.settings.required.includes(key),
      isSet: set[key] !== undefined,
    })),
  };
}

function instantOf(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}

async function watch<T>(states: ChannelStates, name: string, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    await states.note(name, null);
    return result;
  } catch (error) {
    // A wrong address is nothing that the channel could help.
    const isOurs = !(error instanceof CasementError) || error.code === 'UNAVAILABLE';
    if (isOurs) await states.note(name, error instanceof Error ? error.message : String(error));
    throw error;
  }
}
