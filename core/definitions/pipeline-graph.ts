import { hint, listOf } from './check-schema.ts';
import type { ErrorSink } from './definition-errors.ts';
import type { PipelineDoc } from './documents.ts';

/** Refuses transitions between unknown stages, stages nobody can reach from the first, and open stages nobody can leave. */
export function checkGraph(errors: ErrorSink, doc: PipelineDoc, file: string): void {
  const stages = doc.stages.map((stage) => stage.key);
  const known = new Set(stages);
  for (const [index, { from, to }] of doc.transitions.entries()) {
    const pointer = `/transitions/${index}`;
    if (!known.has(to)) errors.add(file, `${pointer}/to`, unknownStage(doc, to));
    for (const [position, stage] of from.entries()) {
      if (stage !== '*' && !known.has(stage)) errors.add(file, `${pointer}/from/${position}`, unknownStage(doc, stage));
      else if (stage === to)
        errors.add(file, `${pointer}/from/${position}`, `Leads from "${stage}" to itself. Take it out.`);
    }
    if (from.includes('*') && from.length > 1)
      errors.add(file, `${pointer}/from`, '"*" is every other stage already: write ["*"] alone.');
  }
  checkEnds(errors, doc, file);
}

/** What a pipeline says of a stage it does not have. */
function unknownStage(doc: Pick<PipelineDoc, 'name' | 'stages'>, stage: string): string {
  const keys = doc.stages.map(({ key }) => key);
  return `The pipeline ${doc.name} has no stage "${stage}"${hint(stage, keys)} It has ${listOf(keys)}.`;
}

function checkEnds(errors: ErrorSink, doc: PipelineDoc, file: string): void {
  const ways = doc.transitions.flatMap(({ from, to }) =>
    (from.includes('*') ? doc.stages.map((stage) => stage.key) : from)
      .filter((stage) => stage !== to)
      .map((stage) => [stage, to] as const),
  );
  const reached = new Set<string>();
  const walk = (stage: string): void => {
    if (reached.has(stage)) return;
    reached.add(stage);
    for (const [from, to] of ways) if (from === stage) walk(to);
  };
  walk(doc.stages[0]?.key ?? '');
  for (const [index, stage] of doc.stages.entries()) {
    if (!reached.has(stage.key))
      errors.add(
        file,
        `/stages/${index}`,
        `No way leads from the first stage to "${stage.key}". Add a transition to it, or take the stage out.`,
      );
    else if (stage.kind === 'open' && !ways.some(([from]) => from === stage.key)) {
      errors.add(
        file,
        `/stages/${index}`,
        `No transition leaves "${stage.key}", though it is open. Add one, or make it won or lost.`,
      );
    }
  }
}
