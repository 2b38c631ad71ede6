import type { TFunction } from 'i18next';
import { ApiError, type ErrorDetail } from '../api/client.ts';

/** One wrong place in the reader's language: by code and params where the UI has a text, else as the server said it. */
export const detailText = (detail: ErrorDetail, t: TFunction): string =>
  t(`details.${detail.code}`, { defaultValue: detail.message, ...detail.params });

/** What went wrong, for a person. A refusal with particular reasons tells those. */
export function errorText(error: unknown, t: TFunction): string {
  if (!(error instanceof ApiError)) return t('errors.INTERNAL');
  if (error.errors.length > 0) return error.errors.map((detail) => detailText(detail, t)).join(' ');
  // The server's sentence names place and remedy; the general ones are better in the reader's language.
  if (error.code === 'OFFLINE' || error.status === 401 || error.status >= 500) return t(`errors.${error.code}`, { defaultValue: error.detail });
  return error.detail || t(`errors.${error.code}`, { defaultValue: error.code });
}
