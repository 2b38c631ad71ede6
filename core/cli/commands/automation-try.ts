import type { TryReport } from '../../automation/past/try-rule.ts';
import { flag, text } from '../command.ts';
import type { Command } from '../command.ts';
import { withServer } from '../with-server.ts';

/** `casement automation try`: what a rule would have done, before it is let loose. */
export const automationTryCommand: Command = {
  name: 'automation try',
  summary: 'list what a rule would have done in the past, without doing it',
  about: `Plays the history of the records once more and lists the records, instants and steps of the rule, as if it had been in force
and the server had run all the while. Works for rules that are switched off ("enabled": false), too. Talks to the running
server, if there is one. Changes nothing.`,
  operands: ['RULE'],
  options: {
    since: {
      type: 'string',
      hint: 'AGE',
      text: 'from when: 90d (default), or an instant such as 2026-03-01T00:00:00Z',
    },
    until: { type: 'string', hint: 'AGE', text: 'until when; default now' },
    json: { type: 'boolean', text: 'everything, with what each step would have been given, as JSON' },
  },
  async run(call) {
    const [rule = ''] = call.operands;
    const until = text(call, 'until');
    const asked = { since: text(call, 'since') ?? '90d', ...(until === undefined ? {} : { until }) };
    const report = await withServer(call, 'automation try', async (server) => {
      return (await server.send('POST', `/automations/${encodeURIComponent(rule)}/try`, asked)) as TryReport;
    });
    call.print(flag(call, 'json') ? `${JSON.stringify(report, null, 2)}\n` : asText(report));
  },
};

function asText({ rule, since, until, total, runs }: TryReport): string {
  const lines = runs.map(({ at, entity, record, display, steps }) => {
    const about = record === null ? '' : `  ${entity ?? ''} ${record} "${display}"`;
    const done = steps.map(({ step, action, problem }) => `${step} (${problem ?? action})`).join(', ');
    return `${at}${about}  ${done}\n`;
  });
  const rest = total > runs.length ? `and ${total - runs.length} more\n` : '';
  const times = total === 1 ? 'once' : `${total} times`;
  return `${lines.join('')}${rest}Rule ${rule} would have run ${times} from ${since} to ${until}.\n`;
}
