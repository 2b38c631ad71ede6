import Handlebars from 'handlebars';
import { expressionError } from './cel-values.ts';

type Scope = Readonly<Record<string, unknown>>;

export interface TextRenderer {
  /** Fills `{{record.title}}` from a scope of plain JSON. Absent values are empty text. Throws FieldError `expression`. */
  readonly render: (source: string, scope: Scope) => string;
  /** What is wrong with a text, in a sentence; undefined when nothing is. */
  readonly check: (source: string) => string | undefined;
}

const MAX_SOURCE = 20_000;
const MAX_RESULT = 100_000;
const MAX_KEPT = 500;

const COMPILE_OPTIONS: CompileOptions = {
  noEscape: true,
  knownHelpersOnly: true,
  knownHelpers: { log: false, lookup: false },
  preventIndent: true,
};

/**
 * Short plain texts: subjects, titles, messages. Handlebars with `if`, `unless`, `each` and `with` only, own properties
 * only, nothing escaped since the result is no HTML. Compiled texts are kept by source; one renderer belongs to one app.
 */
export function createTextRenderer(): TextRenderer {
  const handlebars = Handlebars.create();
  handlebars.unregisterHelper('log');
  handlebars.unregisterHelper('lookup');
  const compiled = new Map<string, (scope: Scope) => string>();

  const compile = (source: string): ((scope: Scope) => string) => {
    const known = compiled.get(source);
    if (known) return known;
    // An object would be taken as a syntax tree and could carry code.
    if (typeof source !== 'string') throw new TypeError('A text template must be a text.');
    if (source.length > MAX_SOURCE) throw new RangeError(`A text may have at most ${MAX_SOURCE} characters.`);
    const template = handlebars.compile<Scope>(source, COMPILE_OPTIONS);
    if (compiled.size >= MAX_KEPT) compiled.clear();
    compiled.set(source, template);
    return template;
  };

  return {
    render(source, scope) {
      try {
        const text = compile(source)(scope);
        if (text.length <= MAX_RESULT) return text;
      } catch (error) {
        throw expressionError(`The text cannot be filled in: ${firstLine(error)}`);
      }
      throw expressionError(`The text grows beyond ${MAX_RESULT} characters.`);
    },
    check(source) {
      try {
        handlebars.precompile(source, COMPILE_OPTIONS);
        return undefined;
      } catch (error) {
        return `The text is no valid template: ${firstLine(error)}`;
      }
    },
  };
}

/** Handlebars draws the place of an error over several lines; they become one. */
function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/\s*\n[-^\s]*/g, ' ').trim();
}
