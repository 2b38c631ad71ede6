import type { SchemaPlan, SchemaStep } from '../storage/plan.ts';
import { openSteps } from '../storage/plan.ts';
import { checksumOf } from '../storage/plan/journal.ts';
import { counted } from '../storage/plan/step.ts';

const HEADINGS = { safe: 'Safe', 'needs data': 'Needs data', lossy: 'Loses something' } as const;
const RULES: ReadonlySet<SchemaStep['kind']> = new Set([
  'addCheck',
  'dropConstraint',
  'addForeignKey',
  'createIndex',
  'dropIndex',
  'createSearch',
  'setAside',
]);

/** The plan for people: what happens, what it touches, what to type where an answer is needed. */
export function planText(plan: SchemaPlan): string {
  if (plan.steps.length === 0) return `Nothing to do: the database fits the definitions.\n${retiredText(plan)}`;
  const groups = (['safe', 'needs data', 'lossy'] as const).map((safety) => groupText(plan, safety));
  return [`Plan ${checksumOf(plan)}\n`, ...groups, touchedText(plan), openText(plan), retiredText(plan)]
    .filter((text) => text !== '')
    .join('\n');
}

function groupText(plan: SchemaPlan, safety: SchemaStep['safety']): string {
  const steps = plan.steps.filter((step) => step.safety === safety);
  if (steps.length === 0) return '';
  const told = steps.filter((step) => safety !== 'safe' || !RULES.has(step.kind)).map(stepText);
  const rules = safety === 'safe' ? rulesText(steps) : [];
  return `${HEADINGS[safety]}:\n${[...told, ...rules].join('\n')}\n`;
}

function stepText(step: SchemaStep): string {
  const { text, rows, trouble, options = [], answered, safety } = step;
  const size =
    rows === undefined || rows === 0 || text.includes('record') ? '' : ` (${counted(rows, 'row')} to be rewritten)`;
  const examples =
    trouble && trouble.examples.length > 0 ? [`      such as ${trouble.examples.map(({ id }) => id).join(', ')}`] : [];
  const asks = answered || safety === 'safe' ? [] : options.map((option) => `      ${option}`);
  return [`  ${answered && safety !== 'safe' ? 'answered: ' : ''}${text}${size}`, ...examples, ...asks].join('\n');
}

/** Names of indexes and checks tell nobody anything. */
function rulesText(steps: readonly SchemaStep[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { kind, table } of steps) if (RULES.has(kind)) counts.set(table, (counts.get(table) ?? 0) + 1);
  return [...counts].map(
    ([table, count]) => `  ${table}: ${counted(count, 'rule or index', 'rules and indexes')} put right`,
  );
}

function touchedText({ steps }: SchemaPlan): string {
  const rows = rowsOf(steps);
  const lost = steps.filter(({ safety }) => safety === 'lossy').length;
  if (rows === 0 && lost === 0) return 'No data is touched.\n';
  return `Rows to be rewritten: ${rows.toLocaleString('en')}. A snapshot is taken first where something could be lost.\n`;
}

/** A record of which several fields change is rewritten once. */
function rowsOf(steps: readonly SchemaStep[]): number {
  const most = new Map<string, number>();
  for (const { table, rows = 0 } of steps) most.set(table, Math.max(most.get(table) ?? 0, rows));
  return [...most.values()].reduce((sum, rows) => sum + rows, 0);
}

function openText(plan: SchemaPlan): string {
  const open = openSteps(plan);
  if (open.length === 0) {
    const isSafe = plan.steps.every(({ safety }) => safety === 'safe');
    return isSafe
      ? '"casement start" takes these steps by itself; "casement apply" takes them now.\n'
      : 'Every step has its answer: "casement apply" with the same options takes them.\n';
  }
  const blocked = open.filter(({ options = [] }) => options.length === 0).length;
  const answers = open.length - blocked;
  return [
    ...(answers > 0
      ? [`${counted(answers, 'step waits', 'steps wait')} for an answer: give "casement apply" the options above.`]
      : []),
    ...(blocked > 0
      ? [
          `${counted(blocked, 'step needs', 'steps need')} other records: change them in the running system, with the definitions it has.`,
        ]
      : []),
    '',
  ].join('\n');
}

function retiredText({ retired }: SchemaPlan): string {
  if (retired.length === 0) return '';
  const list = retired.map(
    ({ place, count }) => `  ${place}: ${counted(count, 'value')}, gone for good with --drop ${place}`,
  );
  return `Kept, though no definition speaks of it:\n${list.join('\n')}\n`;
}

/** The same for programs. */
export function planJson(plan: SchemaPlan): string {
  const steps = plan.steps.map(({ kind, table, safety, text, rows = 0, trouble, options = [], answered = false }) => ({
    kind,
    table,
    safety,
    text,
    rows,
    violating: trouble?.count ?? 0,
    examples: trouble?.examples ?? [],
    values: trouble?.values ?? [],
    options: safety === 'safe' ? [] : options,
    answered: safety === 'safe' || answered,
  }));
  const rows = rowsOf(plan.steps);
  const open = openSteps(plan).length;
  return `${JSON.stringify({ checksum: checksumOf(plan), open, rows, steps, retired: plan.retired }, null, 2)}\n`;
}
