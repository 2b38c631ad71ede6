import { hint, listOf } from './check-schema.ts';
import { defined } from './link-field.ts';
import { below, checkNamed, type At, type EntityDraft, type Linking } from './linking.ts';
import type { MovesDoc, ReportDoc } from './documents.ts';
import type { Moves } from './report-model.ts';

interface MovesPlace {
  readonly doc: ReportDoc;
  readonly at: At;
  readonly entity: EntityDraft;
}

/** The funnel or the stages of a report; undefined when it has neither, or a wrong one. */
export function linkMoves(linking: Linking, { doc, at, entity }: MovesPlace): Moves | undefined {
  if (doc.funnel && doc.stages)
    linking.errors.add(at.file, '/stages', 'A report is a funnel or speaks of the time in stages. Make two of it.');
  const kind = doc.funnel ? 'funnel' : 'stages';
  const moves = doc[kind];
  if (!moves) return undefined;
  const here = below(at, `/${kind}`);
  const pipeline = pipelineOf(linking, entity, { moves, at: here });
  if (pipeline === undefined) return undefined;
  const { time = 'plain', calendar } = moves;
  if (calendar !== undefined) {
    checkNamed(linking, 'calendar', calendar, below(here, '/calendar'));
    if (time !== 'working')
      linking.errors.add(here.file, `${here.pointer}/calendar`, 'Only working time has a calendar.');
  }
  const stages = stagesOf(linking, { moves, kind, pipeline, at: here });
  return { kind, pipeline, stages, time, ...defined({ calendar }) };
}

function pipelineOf(
  linking: Linking,
  entity: EntityDraft,
  { moves, at }: { moves: MovesDoc; at: At },
): string | undefined {
  const [only, ...others] = entity.pipelines;
  const tell = (pointer: string, message: string): undefined => {
    linking.errors.add(at.file, at.pointer + pointer, message);
  };
  if (only === undefined) return tell('', `${entity.name} has no pipeline, so it has no stages to count.`);
  if (moves.pipeline === undefined) {
    if (others.length === 0) return only;
    return tell('', `${entity.name} has several pipelines. Name one as "pipeline": ${listOf(entity.pipelines)}.`);
  }
  if (entity.pipelines.includes(moves.pipeline)) return moves.pipeline;
  return tell(
    '/pipeline',
    `${entity.name} has no pipeline "${moves.pipeline}"${hint(moves.pipeline, entity.pipelines)}`,
  );
}

interface StagesPlace {
  readonly moves: MovesDoc;
  readonly kind: Moves['kind'];
  readonly pipeline: string;
  readonly at: At;
}

function stagesOf(linking: Linking, { moves, kind, pipeline, at }: StagesPlace): readonly string[] {
  const all = linking.documents.of.pipeline.find(({ name }) => name === pipeline)?.json.stages ?? [];
  const ofKind = (wanted: string) => all.filter((stage) => stage.kind === wanted).map(({ key }) => key);
  const { stages } = moves;
  if (!stages) return kind === 'funnel' ? [...ofKind('open'), ...ofKind('won')] : ofKind('open');
  const known = all.map(({ key }) => key);
  for (const [index, stage] of stages.entries()) {
    if (known.includes(stage)) continue;
    const message = `The pipeline ${pipeline} has no stage "${stage}"${hint(stage, known)}`;
    linking.errors.add(at.file, `${at.pointer}/stages/${index}`, message);
  }
  return stages;
}
