import { Router } from 'express';
import type { Request, Response } from 'express';
import { CasementError } from '../errors.ts';
import { jsonOrFormBody, objectBody } from './body.ts';
import type { HttpDeps } from './deps.ts';
import { methodNotAllowed } from './guards.ts';
import { changeOwnPassword } from './own-password.ts';
import { html, sendPage } from './page.ts';
import type { Markup } from './page.ts';
import { parseQueryString, refuseUnknown } from './parse-query.ts';
import { readInput } from './read-input.ts';
import { sendJson, sendNothing } from './send.ts';

/** Where the one-time links lead: `/auth/password` (invite or reset) and `/auth/setup` (first administrator). Pages for people, JSON for programs. */
export function accountPages(deps: HttpDeps): Router {
  const router = Router({ caseSensitive: true });
  const body = jsonOrFormBody();
  const show = (page: AccountPage) => (request: Request, response: Response) => {
    const query = parseQueryString(request.url);
    refuseUnknown(query, ['token']);
    sendAccountPage(response, page, { values: { token: query.get('token') ?? '' } });
  };
  const take = (page: AccountPage) => async (request: Request, response: Response) =>
    takePost(deps, page, { request, response });
  for (const [path, page] of Object.entries(PAGES)) {
    router.route(path).get(show(page)).post(body, take(page)).all(methodNotAllowed('GET', 'POST'));
  }
  return router;
}

interface AccountPage {
  readonly title: string;
  readonly hint: string;
  readonly button: string;
  readonly inputs: readonly { key: string; label: string; type: string; autocomplete: string }[];
  submit(deps: HttpDeps, body: Readonly<Record<string, unknown>>): Promise<string | undefined>;
}

const PASSWORD = { key: 'password', label: 'Password', type: 'password', autocomplete: 'new-password' };

const PAGES: Readonly<Record<string, AccountPage>> = {
  '/password': {
    title: 'Choose your password',
    hint: 'At least 8 characters. A short sentence of your own is best.',
    button: 'Save password',
    inputs: [PASSWORD],
    async submit(deps, body) {
      const input = readInput(body, ['token', 'password']);
      const values = { token: input.text('token', 200), password: input.text('password', 4096) };
      input.finish();
      await deps.auth.choosePassword(values);
      return undefined;
    },
  },
  '/setup': {
    title: 'Set up Casement',
    hint: 'This makes the first administrator. The password needs at least 8 characters.',
    button: 'Create administrator',
    inputs: [
      { key: 'name', label: 'Your name', type: 'text', autocomplete: 'name' },
      { key: 'email', label: 'E-mail', type: 'email', autocomplete: 'username' },
      PASSWORD,
    ],
    async submit(deps, body) {
      const input = readInput(body, ['token', 'name', 'email', 'password']);
      const values = {
        token: input.text('token', 200),
        name: input.text('name', 120),
        email: input.text('email', 254),
        password: input.text('password', 4096),
      };
      input.finish();
      return deps.auth.completeSetup(values);
    },
  },
};

async function takePost(
  deps: HttpDeps,
  page: AccountPage,
  on: { request: Request; response: Response },
): Promise<void> {
  const { request, response } = on;
  refuseUnknown(parseQueryString(request.url), ['token']);
  if (!(request.body instanceof URLSearchParams)) {
    const body = objectBody(request);
    if (page === PAGES['/password'] && 'current' in body) return changeOwnPassword(deps, on, body);
    const id = await page.submit(deps, body);
    if (id === undefined) sendNothing(response);
    else sendJson(response, { id }, 201);
    return;
  }
  const values = Object.fromEntries(request.body);
  try {
    await page.submit(deps, values);
  } catch (error) {
    if (!(error instanceof CasementError) || error.code === 'INTERNAL') throw error;
    const wrong = new Map(error.errors.map(({ path, message }) => [path.slice(1), message]));
    sendAccountPage(
      response,
      page,
      { values, wrong, general: wrong.size === 0 ? error.message : wrong.get('token') },
      error.status,
    );
    return;
  }
  response.redirect(303, '/app/login');
}

interface Shown {
  readonly values: Readonly<Record<string, string>>;
  readonly wrong?: ReadonlyMap<string, string>;
  readonly general?: string | undefined;
}

function sendAccountPage(response: Response, page: AccountPage, shown: Shown, status = 200): void {
  const fields = page.inputs.map((input) => accountInput(input, shown));
  const content = html`${shown.general && html`<p class="wrong" role="alert">${shown.general}</p>`}
    <p class="hint">${page.hint}</p>
    <form method="post">
      <input type="hidden" name="token" value="${shown.values['token'] ?? ''}" />${fields}<button>
        ${page.button}
      </button>
    </form>`;
  sendPage(response, { title: page.title, language: 'en', content }, status);
}

function accountInput(input: AccountPage['inputs'][number], shown: Shown): Markup {
  const wrong = shown.wrong?.get(input.key);
  const value = input.type === 'password' ? '' : (shown.values[input.key] ?? '');
  return html`<div class="field">
    <label for="${input.key}">${input.label}</label>
    <input
      id="${input.key}"
      name="${input.key}"
      type="${input.type}"
      autocomplete="${input.autocomplete}"
      value="${value}"
      required
      aria-invalid="${wrong ? 'true' : 'false'}"
    />
    ${wrong && html`<p class="wrong" role="alert">${wrong}</p>`}
  </div>`;
}
