import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** A rule whose effect can be counted: for each contact exactly one task. */
const GREET = {
  name: 'greet',
  title: 'A task for each contact',
  on: { trigger: 'created', entity: 'contact' },
  do: [
    {
      key: 'call',
      action: 'create',
      with: {
        entity: 'task',
        set: { title: 'Call {{record.name}}', about: { entity: 'contact', id: { $expr: 'record.id' } } },
      },
    },
  ],
  as: 'system',
};

const SALE = {
  name: 'sale',
  title: 'Sale',
  entity: 'deal',
  stages: [
    { key: 'new', title: 'New', kind: 'open' },
    { key: 'offer', title: 'Offer', kind: 'open' },
    { key: 'won', title: 'Won', kind: 'won' },
  ],
  transitions: [
    { key: 'toOffer', from: ['new'], to: 'offer' },
    { key: 'toWon', from: ['offer'], to: 'won' },
  ],
};

/** A project over the base package: a pipeline, a rule, and what the drill adds. */
export async function writeProject(dir: string, more: Readonly<Record<string, unknown>> = {}): Promise<void> {
  const files: Readonly<Record<string, unknown>> = {
    'package.json': { name: 'drill', version: '1.0.0', casement: { title: 'Drill', plugins: [] } },
    'schemas/pipelines/sale.json': SALE,
    'schemas/automations/greet.json': GREET,
    ...more,
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), JSON.stringify(content));
  }
}
