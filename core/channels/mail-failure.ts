import { CasementError, validationError } from '../errors.ts';

interface SmtpError extends Error {
  readonly code?: string;
  readonly response?: string;
  readonly responseCode?: number;
  readonly rejected?: readonly string[];
}

/** What a failed delivery means to the sender: wrong for good, or worth another try. Passwords never stand in these texts. */
export function mailFailure(error: unknown): CasementError {
  if (error instanceof CasementError) return error;
  const failure: SmtpError = error instanceof Error ? error : new Error(String(error));
  if (failure.code === 'EAUTH') {
    return new CasementError(
      'UNAVAILABLE',
      'The mail server does not accept the log-in. Check the name and password in SMTP_URL.',
      { cause: error },
    );
  }
  const status = failure.responseCode ?? 0;
  if (status >= 500) {
    const who = failure.rejected?.length ? ` ${failure.rejected.join(', ')}` : '';
    const message = `The mail server refused${who}: ${failure.response ?? failure.message}`;
    return new CasementError('VALIDATION', message, {
      errors: [{ path: '/to', code: 'refused', message, params: { status } }],
      cause: error,
    });
  }
  if (failure.code === 'EENVELOPE' && status === 0)
    return validationError([{ path: '/to', code: 'format', message: failure.message }]);
  if (failure.code === 'ENOENT') {
    return new CasementError(
      'UNAVAILABLE',
      'An attached file is missing from the files folder. Restore it from a backup.',
      { cause: error },
    );
  }
  const said = failure.response ? ` It said: ${failure.response}` : '';
  return new CasementError(
    'UNAVAILABLE',
    `The mail server cannot be reached or is busy (${failure.code ?? failure.message}).${said}`,
    { cause: error },
  );
}
