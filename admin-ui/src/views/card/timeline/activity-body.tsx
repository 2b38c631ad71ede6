import { Text } from '@mantine/core';
import { fieldModule } from '../../../fields/registry.ts';
import type { RecordData, Value } from '../../../model/types.ts';
import { useModel } from '../../../model/use-model.ts';
import classes from './timeline.module.css';

const isText = (value: Value | undefined): value is string => typeof value === 'string' && value.trim() !== '';

/** What was said, agreed and comes next. */
export function ActivityBody({ values }: { readonly values: RecordData }) {
  const model = useModel();
  const entity = model.findEntity('activity');
  const { body, outcome, nextStep, duration } = values;
  const title = (key: string): string => model.field('activity', key)?.title ?? '';
  const length = model.field('activity', 'duration');
  const Cell = fieldModule('duration').Cell;
  return (
    <>
      {isText(body) ? <div className={classes['text']}>{body}</div> : null}
      {isText(outcome) ? (
        <div className={classes['fact']}>
          <span>{title('outcome')}</span> {outcome}
        </div>
      ) : null}
      {isText(nextStep) ? (
        <div className={classes['fact']} data-next>
          <span>{title('nextStep')}</span> {nextStep}
        </div>
      ) : null}
      {isText(duration) && length && entity ? (
        <Text size="xs" c="dimmed">
          {title('duration')}: <Cell field={length} value={duration} record={values} entity={entity} />
        </Text>
      ) : null}
    </>
  );
}
