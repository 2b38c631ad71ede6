import { setTimeout as pause } from 'node:timers/promises';
import { sql } from '../../../core/storage/sql.ts';
import type { Caller, Row } from './caller.ts';
import type { Installation } from './installation.ts';

/** Alarms ring at their instant: each exactly once inside, and once or more outside, always with the same key. */
export function alarmFiles(options: { readonly mails: boolean }): Readonly<Record<string, unknown>> {
  const mail = {
    key: 'mail',
    action: 'mail',
    with: { to: 'ring@example.com', subject: '{{record.title}}', body: '{{record.title}}' },
  };
  const note = {
    key: 'note',
    action: 'create',
    with: { entity: 'ringing', set: { alarm: { $expr: 'record.id' } } },
  };
  return {
    'schemas/entities/alarm.json': entity('alarm', {
      title: { type: 'string', maxLength: 80 },
      at: { type: 'string', format: 'date-time' },
    }),
    'schemas/entities/ringing.json': entity('ringing', {
      alarm: { type: 'string', 'x-field': { type: 'reference', to: 'alarm' } },
    }),
    'schemas/automations/ring.json': {
      name: 'ring',
      title: 'Ring',
      on: { trigger: 'due', entity: 'alarm', field: 'at', offset: '0s' },
      do: options.mails ? [note, mail] : [note],
      as: 'system',
    },
  };
}

function entity(name: string, properties: Readonly<Record<string, unknown>>) {
  return {
    $id: name,
    title: name,
    type: 'object',
    'x-entity': { plural: `${name}s`, display: name === 'alarm' ? '{{title}}' : '{{id}}' },
    properties,
    required: [],
    additionalProperties: false,
  };
}

const AT_ONCE = 250;

/** Sets `count` alarms, the n-th at `at(n)`. */
export async function setAlarms(caller: Caller, count: number, at: (index: number) => number): Promise<void> {
  for (let from = 0; from < count; from += AT_ONCE) {
    const body = Array.from({ length: Math.min(AT_ONCE, count - from) }, (_, index) => ({
      title: `Alarm ${from + index}`,
      at: new Date(at(from + index)).toISOString(),
    }));
    const { status, json } = await caller({ method: 'POST', path: '/api/alarms', body });
    if (status !== 201) throw new Error(`The alarms were not set: ${status} ${JSON.stringify(json).slice(0, 500)}`);
  }
}

export interface Rung {
  /** How many alarms have rung. */
  readonly rung: number;
  /** Alarms that rang twice. */
  readonly twice: number;
  /** Alarms that rang before their time. */
  readonly early: number;
  /** The longest time between an alarm and its ringing, milliseconds. */
  readonly latest: number;
}

export async function countRung(installation: Installation): Promise<Rung> {
  const rows = await installation.look((db) =>
    db.read<Row>(sql`select a."id" as "id", a."at" as "at", min(r."createdAt") as "first", count(*) as "times"
      from "ringing" r join "alarm" a on a."id" = r."alarm" group by a."id", a."at"`),
  );
  const late = rows.map((row) => instantOf(row['first']) - instantOf(row['at']));
  return {
    rung: rows.length,
    twice: rows.filter((row) => Number(row['times']) > 1).length,
    early: late.filter((ms) => ms < 0).length,
    latest: late.reduce((most, ms) => Math.max(most, ms), 0),
  };
}

function instantOf(value: unknown): number {
  return value instanceof Date ? value.getTime() : Date.parse(String(value));
}

/** Waits until so many have rung, or for `most` ms. */
export async function untilRung(installation: Installation, count: number, most: number): Promise<Rung> {
  for (const deadline = Date.now() + most; ; await pause(500)) {
    const rung = await countRung(installation);
    if (rung.rung >= count || Date.now() > deadline) return rung;
  }
}
