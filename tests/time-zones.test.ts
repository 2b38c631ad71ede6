import { describe, expect, test } from 'vitest';
import { DIALECTS } from './support/databases.ts';
import type { Dialect } from './support/databases.ts';
import { TIMES } from './support/fields/times.ts';
import type { Caller, Reply } from './support/http-app.ts';
import { startServerProcess } from './support/server-process.ts';

/** Dates and instants do not depend on where the process runs. */

const ZONES = ['UTC', 'Asia/Kolkata', 'America/St_Johns'] as const;

const FILES = {
  'schemas/entities/sample.json': {
    $id: 'sample',
    title: 'Sample',
    type: 'object',
    'x-entity': { plural: 'samples', display: '{{name}}' },
    properties: {
      name: { type: 'string' },
      ...Object.fromEntries(TIMES.map(({ key, property }) => [key, property])),
    },
    additionalProperties: false,
  },
};

const transcripts = new Map<string, readonly string[]>();

describe.each(DIALECTS)('on %s', (dialect) => {
  test.each(ZONES)('under TZ=%s every date reads back as it was sent (R-24)', async (zone) => {
    const server = await startServerProcess(dialect, FILES, { TZ: zone });
    try {
      const said = await converse(server.owner);
      transcripts.set(`${dialect} ${zone}`, said);
      expect(said.filter((line) => line.startsWith('5'))).toEqual([]);
    } finally {
      await server.stop();
    }
  });
});

test('all zones and both databases have said the same (R-24)', () => {
  const expected = transcripts.get('sqlite UTC');
  expect(expected?.length).toBeGreaterThan(40);
  const places = DIALECTS.flatMap((dialect: Dialect) => ZONES.map((zone) => `${dialect} ${zone}`));
  for (const place of places) expect(transcripts.get(place), place).toEqual(expected);
});

async function converse(owner: Caller): Promise<readonly string[]> {
  const said: string[] = [];
  const keep = (reply: Reply): Reply => {
    said.push(`${reply.status} ${shape(reply)}`);
    return reply;
  };
  for (const { key, values, valid, invalid } of TIMES) {
    for (const { given, read } of [...values.map((value) => ({ given: value, read: value })), ...valid]) {
      const made = await owner('POST', '/api/samples', { name: key, [key]: given });
      expect([made.status, made.json[key]]).toEqual([201, read]);
      const filter = encodeURIComponent(JSON.stringify({ [key]: { gte: given, lte: given } }));
      const found = keep(await owner('GET', `/api/samples?sort=id&fields=${key}&filter=${filter}`));
      expect(found.text).toContain(JSON.stringify(read));
      const history = await owner('GET', `/api/samples/${String(made.json['id'])}/changes`);
      expect(history.text).toContain(JSON.stringify({ after: read, before: null }));
    }
    for (const { given } of invalid) keep(await owner('POST', '/api/samples', { [key]: given }));
    // SQLite knows the offsets of a zone from 1990 to ten years ahead; a calendar day has none.
    const since = key === 'dateTime' ? { dateTime: { gte: '1990-01-01T00:00:00Z', lt: '2035-01-01T00:00:00Z' } } : {};
    const filter = encodeURIComponent(JSON.stringify(since));
    const measures = `measures=count,min(${key}),max(${key})&filter=${filter}`;
    for (const grain of ['day', 'week', 'month', 'quarter', 'year'])
      keep(await owner('GET', `/api/samples/aggregate?group=${key}:${grain}&${measures}`));
    keep(await owner('GET', `/api/samples?sort=${key},id&fields=${key}`));
  }
  return said;
}

/** Without ids, which differ from run to run. */
function shape({ text }: Reply): string {
  return text.replace(/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '');
}
