import { createTextRenderer } from '../rules/render-text.ts';
import { checkTemplate } from './check-template.ts';
import type { TemplateProblem } from './check-template.ts';
import { refusePattern } from './pattern-safety.ts';

/** What takes long to find out of a text, and depends on nothing but that text. */
export interface SlowChecks {
  /** What is wrong with a regular expression. */
  pattern(source: string): string | undefined;
  /** What is wrong with a text that is filled in. */
  text(source: string): string | undefined;
  /** What is wrong with the source of a document. */
  template(source: string): readonly TemplateProblem[];
}

/** Texts in which nothing was wrong. */
export interface PassedChecks {
  readonly pattern: ReadonlySet<string>;
  readonly text: ReadonlySet<string>;
  readonly template: ReadonlySet<string>;
}

const NOTHING: readonly TemplateProblem[] = [];

export function createSlowChecks(): SlowChecks {
  const renderer = createTextRenderer();
  return { pattern: refusePattern, text: (source) => renderer.check(source), template: checkTemplate };
}

/** The same, writing down what passes. */
export function recordChecks(checks: SlowChecks): { readonly checks: SlowChecks; readonly passed: PassedChecks } {
  const passed = { pattern: new Set<string>(), text: new Set<string>(), template: new Set<string>() };
  const noted = (kind: 'pattern' | 'text') => (source: string) => {
    const problem = checks[kind](source);
    if (problem === undefined) passed[kind].add(source);
    return problem;
  };
  return {
    passed,
    checks: {
      pattern: noted('pattern'),
      text: noted('text'),
      template(source) {
        const problems = checks.template(source);
        if (problems.length === 0) passed.template.add(source);
        return problems;
      },
    },
  };
}

/** The same, without asking again about what has passed elsewhere. */
export function trustChecks(checks: SlowChecks, passed: PassedChecks): SlowChecks {
  const unless = (kind: 'pattern' | 'text') => (source: string) =>
    passed[kind].has(source) ? undefined : checks[kind](source);
  return {
    pattern: unless('pattern'),
    text: unless('text'),
    template: (source) => (passed.template.has(source) ? NOTHING : checks.template(source)),
  };
}
