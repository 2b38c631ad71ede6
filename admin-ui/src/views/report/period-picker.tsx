import { Group, SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fieldModule } from '../../fields/registry.ts';
import type { ModelField } from '../../model/types.ts';
import { useModel } from '../../model/use-model.ts';
import { useNow } from '../../model/use-now.ts';
import { type Period, type PeriodKey, periodKey, periodOf, todayIn } from './periods.ts';

interface Props {
  readonly period: Period;
  readonly onChange: (period: Period) => void;
}

const KEYS: readonly PeriodKey[] = ['month', 'quarter', 'year', 'all', 'custom'];

const dayField = (key: string, title: string): ModelField => ({
  key,
  title,
  type: 'date',
  required: false,
  readOnly: false,
  system: false,
  computed: false,
  searchable: false,
  operators: [],
});

/** The usual periods by one press, or any two days. */
export function PeriodPicker({ period, onChange }: Props) {
  const { t } = useTranslation();
  const { organisation } = useModel();
  const today = todayIn(organisation?.zone, useNow());
  const [isCustom, setCustom] = useState(() => periodKey(period, today) === 'custom');
  const key = isCustom ? 'custom' : periodKey(period, today);
  const choose = (next: string): void => {
    setCustom(next === 'custom');
    if (next !== 'custom') onChange(periodOf(next as Exclude<PeriodKey, 'custom'>, today));
  };
  return (
    <Group gap="xs" role="group" aria-label={t('report.period')}>
      <SegmentedControl
        size="xs"
        value={key}
        onChange={choose}
        data={KEYS.map((one) => ({ value: one, label: t(`report.periods.${one}`) }))}
      />
      {key === 'custom' ? (
        <>
          <Day title={t('report.from')} value={period.from} onChange={(from) => onChange({ ...period, from })} />
          <span aria-hidden>–</span>
          <Day title={t('report.to')} value={period.to} onChange={(to) => onChange({ ...period, to })} />
        </>
      ) : null}
    </Group>
  );
}

function Day({
  title,
  value,
  onChange,
}: {
  readonly title: string;
  readonly value: string | undefined;
  readonly onChange: (day: string | undefined) => void;
}) {
  const model = useModel();
  const { Input } = fieldModule('date');
  const entity = model.entities[0];
  if (!entity) return null;
  return (
    <div style={{ width: 150 }}>
      <Input
        bare
        field={dayField(title, title)}
        entity={entity}
        value={value ?? null}
        onChange={(day) => onChange(typeof day === 'string' && day ? day : undefined)}
      />
    </div>
  );
}
