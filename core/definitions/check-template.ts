import Handlebars from 'handlebars';
import { hint, listOf } from './check-schema.ts';

const HELPERS = ['t', 'money', 'date', 'number', 'eq'];
const BLOCKS = ['if', 'unless', 'each', 'with'];

export interface TemplateProblem {
  readonly line: number;
  readonly message: string;
}

/**
 * What is wrong with a template's source: its syntax, helpers that do not exist, and what templates may not do (text put in without escaping,
 * partials, decorators).
 */
export function checkTemplate(source: string): readonly TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(source);
  } catch (error) {
    return [{ line: 0, message: parseProblem(error) }];
  }
  walk(program, (node, message) =>
    problems.push({ line: node.loc.start.line, message: `Line ${node.loc.start.line}: ${message}` }),
  );
  return problems;
}

type Tell = (node: hbs.AST.Node, message: string) => void;
type Call = hbs.AST.MustacheStatement | hbs.AST.BlockStatement | hbs.AST.SubExpression;

function walk(node: hbs.AST.Node, tell: Tell): void {
  checkNode(node, tell);
  for (const below of childrenOf(node)) walk(below, tell);
}

function childrenOf(node: hbs.AST.Node): readonly hbs.AST.Node[] {
  return Object.entries(node)
    .filter(([key]) => key !== 'loc')
    .flatMap(([, value]: [string, unknown]) => (Array.isArray(value) ? value : [value]))
    .filter((value: unknown): value is hbs.AST.Node => typeof value === 'object' && value !== null && 'type' in value);
}

const REFUSED: Readonly<Record<string, string>> = {
  PartialStatement: 'Partials {{> …}} are not known here. Write their text into the template.',
  PartialBlockStatement: 'Partials {{#> …}} are not known here. Write their text into the template.',
  Decorator: 'Decorators {{* …}} are not known here. Take it out.',
  DecoratorBlock: 'Inline partials {{#* …}} are not known here. Write their text into the template.',
};

function checkNode(node: hbs.AST.Node, tell: Tell): void {
  const refusal = REFUSED[node.type];
  if (refusal !== undefined) tell(node, refusal);
  if ('escaped' in node && node.escaped === false) {
    tell(node, '{{{…}}} and {{&…}} put text in without escaping. Write {{…}}.');
  }
  if (isCall(node)) checkCall(node, tell);
}

function isCall(node: hbs.AST.Node): node is Call {
  return ['MustacheStatement', 'BlockStatement', 'SubExpression'].includes(node.type);
}

function checkCall(node: Call, tell: Tell): void {
  const name = 'original' in node.path ? node.path.original : '';
  const isCall = node.params.length > 0 || node.hash !== undefined || node.type === 'SubExpression';
  const known = node.type === 'BlockStatement' ? [...BLOCKS, ...HELPERS] : HELPERS;
  if (isCall && !known.includes(name))
    tell(node, `There is no helper "${name}"${hint(name, known)} Known: ${listOf(known)}.`);
}

/** The parser lists every token it would have taken; the line and the one it met are what helps. */
function parseProblem(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const [, line, met] = /Parse error on line (\d+)[\s\S]*got '(\w+)'/.exec(message) ?? [];
  if (line === undefined) return `The template cannot be read: ${message.replaceAll(/\s+/g, ' ')}.`;
  if (met === 'EOF') return `Line ${line}: the template breaks off before a block is closed.`;
  return `Line ${line}: the template cannot be read here (unexpected ${met}).`;
}
