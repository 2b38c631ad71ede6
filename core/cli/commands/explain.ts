import type { Explanation } from '../../records/explain-types.ts';
import { findPerson } from '../people.ts';
import { UsageError, text } from '../command.ts';
import type { Call, Command } from '../command.ts';
import { withServer } from '../with-server.ts';

/** `casement explain`: who may do something, and which rule decides. */
export const explainCommand: Command = {
  name: 'explain',
  summary: 'tell whether a person may see or change a record, and which rule decides',
  about: `Talks to the running server, if there is one. Changes nothing.
--record deal names records in general, --record deal/ID one of them. Exit code 0 whatever the answer is.`,
  options: {
    user: { type: 'string', hint: 'EMAIL', text: 'whose rights' },
    record: { type: 'string', hint: 'ENTITY/ID', text: 'the record' },
    field: { type: 'string', hint: 'KEY', text: 'one field of it' },
    action: { type: 'string', hint: 'ACTION', text: 'read (default), create, update, delete or assign' },
  },
  async run(call) {
    const email = needed(call, 'user');
    const [entity = '', id, more] = needed(call, 'record').split('/');
    if (entity === '' || id === '' || more !== undefined)
      throw new UsageError('--record is the key of an entity and an id with a slash between them: deal/018f….');
    const [field, action] = [text(call, 'field'), text(call, 'action')];
    const answer = await withServer(call, 'explain', async (server) => {
      const { id: user } = await findPerson(server, email);
      const asked = Object.entries({ user, entity, id, field, action }).filter(([, value]) => value !== undefined);
      const query = asked.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
      return (await server.send('GET', `/explain?${query}`)) as Explanation;
    });
    call.print(asText(answer));
  },
};

function needed(call: Call, option: string): string {
  const value = text(call, option);
  if (value === undefined || value === '')
    throw new UsageError(`--${option} is missing. "casement explain --help" shows what it takes.`);
  return value;
}

function asText({ sentence, because }: Explanation): string {
  const lines = because.map(({ role, action, about, rule, matches, file, level, why, via }) => {
    const way = (via ?? []).map((step) => ` via ${step.field} → ${step.entity} ${step.action} ${written(step.rule)}`);
    const holds = matches === null ? '' : matches ? '  holds' : '  does not hold';
    const says = about === 'field' ? `field ${level ?? ''} (${why ?? ''})` : `${action} ${written(rule)}`;
    return `  ${role}: ${says}${way.join('')}${holds}  ${file}\n`;
  });
  return `${sentence}\n${lines.join('')}`;
}

function written(rule: unknown): string {
  return typeof rule === 'string' ? rule : JSON.stringify(rule);
}
