import { Button, Group, Input } from '@mantine/core';
import { type PointerEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { fileUrl, uploadFile } from '../api/client.ts';
import { errorText } from '../i18n/error-text.ts';
import type { FieldInputProps } from './field-module.ts';
import { fileOf } from './file-value.ts';

const SIZE = { width: 480, height: 140 };

/** Where the pointer is, in the canvas's own pixels. */
function pointOf(event: PointerEvent<HTMLCanvasElement>): readonly [number, number] {
  const box = event.currentTarget.getBoundingClientRect();
  return [
    ((event.clientX - box.left) / box.width) * SIZE.width,
    ((event.clientY - box.top) / box.height) * SIZE.height,
  ];
}

export function SignaturePad(props: FieldInputProps) {
  const { t } = useTranslation();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [state, setState] = useState<{ drawn: boolean; busy: boolean; error?: string }>({ drawn: false, busy: false });
  const file = fileOf(props.value);
  const draw = (event: PointerEvent<HTMLCanvasElement>, begin: boolean): void => {
    const pen = event.currentTarget.getContext('2d');
    if (!pen || (!begin && event.buttons === 0)) return;
    const [x, y] = pointOf(event);
    if (begin) {
      event.currentTarget.setPointerCapture(event.pointerId);
      pen.beginPath();
      pen.lineWidth = 2.5;
      pen.lineCap = 'round';
      pen.moveTo(x, y);
    } else pen.lineTo(x, y);
    pen.stroke();
    if (begin) setState({ drawn: true, busy: false });
  };
  const clear = (): void => {
    canvas.current?.getContext('2d')?.clearRect(0, 0, SIZE.width, SIZE.height);
    setState({ drawn: false, busy: false });
    if (file) props.onChange(null);
  };
  const accept = (): void => {
    setState({ drawn: true, busy: true });
    canvas.current?.toBlob((blob) => {
      if (!blob) return setState({ drawn: true, busy: false });
      uploadFile(blob, `${props.field.key}.png`).then(
        (sent) => {
          setState({ drawn: false, busy: false });
          props.onChange(sent);
        },
        (problem: unknown) => setState({ drawn: true, busy: false, error: errorText(problem, t) }),
      );
    }, 'image/png');
  };
  const disabled = props.disabled ?? props.field.readOnly;
  // Paper is white in the dark as well: the picture is printed later.
  const sheet = {
    width: '100%',
    maxWidth: SIZE.width,
    background: '#fff',
    border: '1px solid var(--line-strong)',
    borderRadius: 6,
  };
  return (
    <Input.Wrapper
      label={props.field.title}
      labelElement="div"
      description={props.field.help}
      error={state.error ?? props.error}
      withAsterisk={props.field.required}
    >
      {file ? (
        <img src={fileUrl(file.id)} alt={props.field.title} style={{ ...sheet, display: 'block' }} />
      ) : (
        <canvas
          ref={canvas}
          {...SIZE}
          aria-label={t('fields.signHere')}
          role="img"
          style={{ ...sheet, display: 'block', touchAction: 'none', cursor: disabled ? 'not-allowed' : 'crosshair' }}
          onPointerDown={(event) => (disabled ? undefined : draw(event, true))}
          onPointerMove={(event) => (disabled ? undefined : draw(event, false))}
        />
      )}
      {disabled ? null : (
        <Group gap="xs" mt={6}>
          {file ? null : (
            <Button size="xs" onClick={accept} loading={state.busy} disabled={!state.drawn}>
              {t('fields.acceptSignature')}
            </Button>
          )}
          <Button size="xs" variant="default" onClick={clear} disabled={!file && !state.drawn}>
            {t('common.clear')}
          </Button>
        </Group>
      )}
    </Input.Wrapper>
  );
}
