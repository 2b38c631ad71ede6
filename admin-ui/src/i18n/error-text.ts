import type { TFunction } from 'i18next';
import { ApiError, type ErrorDetail } from '../api/client.ts';

/**
 * One wrong place in the reader's language: by code, params and the field's type where the UI has a text, else as the server
 * said it (what a definition asks for, such as the condition of a stage, comes translated).
 */
export const detailText = (detail: ErrorDetail, t: TFunction, fieldType?: string): string =>
  t(`details.${detail.code}`, {
    defaultValue: detail.message,
    ...detail.params,
    ...(fieldType ? { context: fieldType } : {}),
  });

/** What went wrong, for a person. A refusal with particular reasons tells those. */
export function errorText(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiError)) return t('errors.INTERNAL');
  if (error.errors.length > 0) return error.errors.map((detail) => detailText(detail, t)).join(' ');
  // The server's sentence names place and remedy; the UI's own is better only where there is none to name.
  return t(`errors.${error.code}`, { defaultValue: error.detail || error.code });
}
