import type { Form, FormField, Texts } from '../definitions/model.ts';
import type { ErrorDetail } from '../errors.ts';
import { HONEYPOT, STAMP } from './form-guard.ts';
import { errorText, formTexts } from './form-texts.ts';
import type { FormTexts } from './form-texts.ts';
import { html } from './page.ts';
import type { Markup, Page } from './page.ts';

/** What the page of a public form shows: the form, what was filled in and what was wrong with it. */
export interface FormView {
  readonly form: Form;
  readonly texts: Texts;
  readonly locale: string;
  readonly values: ReadonlyMap<string, unknown>;
  readonly errors: readonly ErrorDetail[];
  readonly stamp: string;
  /** Source parameters to carry along. */
  readonly source: ReadonlyMap<string, string>;
}

interface Field {
  readonly view: FormView;
  readonly own: FormTexts;
  readonly field: FormField;
}

export function formPage(view: FormView): Page {
  const { form, texts, locale } = view;
  const own = formTexts(locale);
  const general = view.errors.some(({ path }) => path === '') || view.errors.some(({ code }) => code === 'robot');
  const fields = form.fields.map((field) => formField({ view, own, field }));
  const source = [...view.source].map(([key, value]) => html`<input type="hidden" name="${key}" value="${value}" />`);
  const content = html`${general && html`<p class="wrong" role="alert">${own.again}</p>`}
    <form method="post">
      ${fields}
      <div class="apart" aria-hidden="true">
        <label for="${HONEYPOT}">${own.leaveEmpty}</label
        ><input id="${HONEYPOT}" name="${HONEYPOT}" tabindex="-1" autocomplete="off" />
      </div>
      ${source}<input type="hidden" name="${STAMP}" value="${view.stamp}" /> <button>${own.send}</button>
    </form>`;
  return { title: texts.get(`forms.${form.name}.title`, locale), language: locale, content };
}

export function thanksPage(form: Form, texts: Texts, locale: string): Page {
  const title = texts.get(`forms.${form.name}.title`, locale);
  return {
    title,
    language: locale,
    content: html`<p role="status">${texts.get(`forms.${form.name}.thanks`, locale)}</p>`,
  };
}

function formField(shown: Field): Markup {
  const { view, own, field } = shown;
  const given = view.values.get(field.key);
  const value = typeof given === 'string' ? given : '';
  if (field.hidden) return html`<input type="hidden" name="${field.key}" value="${value}" />`;
  const title = view.texts.get(`forms.${view.form.name}.fields.${field.key}`, view.locale);
  const error = view.errors.find(({ path }) => path === `/${field.key}`);
  const note =
    error && html`<p class="wrong" id="${field.key}-error" role="alert">${errorText(own, error, view.locale)}</p>`;
  const label = html`<label for="${field.key}">${title}${field.required && ' *'}</label>`;
  const control = formControl(shown, { value, wrong: error !== undefined });
  const isCheck = schemaOf(field)['type'] === 'boolean';
  if (isCheck)
    return html`<div class="field">
      <div class="check">${control}${label}</div>
      ${note}
    </div>`;
  return html`<div class="field">${label}${control}${note}</div>`;
}

function formControl(shown: Field, state: { value: string; wrong: boolean }): Markup {
  const { field, own } = shown;
  const describedBy = state.wrong && html` aria-invalid="true" aria-describedby="${field.key}-error"`;
  const attributes = html`id="${field.key}" name="${field.key}"${field.required && ' required'}${describedBy}`;
  const { options, maxLength } = field.like;
  if (options) {
    const items = options.map((option) => {
      return html`<option value="${option}" ${option === state.value && ' selected'}>
        ${optionTitle(shown, option)}
      </option>`;
    });
    return html`<select ${attributes}${schemaOf(field)['type'] === 'array' && ' multiple'}>
      <option value="">${own.choose}</option>
      ${items}
    </select>`;
  }
  if (field.multiline || (maxLength ?? 0) > 500)
    return html`<textarea ${attributes} maxlength="${maxLength ?? 5000}">${state.value}</textarea>`;
  const schema = schemaOf(field);
  if (schema['type'] === 'boolean')
    return html`<input type="checkbox" ${attributes} value="true" ${state.value === 'true' && ' checked'} />`;
  return html`<input ${attributes} ${inputKind(field)} value="${state.value}" maxlength="${maxLength ?? 255}" />`;
}

function optionTitle({ view, field }: Field, option: string): string {
  return view.texts.get(`entities.${field.like.entity}.options.${field.like.key}.${option}`, view.locale) || option;
}

/** What a phone's keyboard and the browser's memory should offer, by the field type's own JSON Schema. */
function inputKind(field: FormField): Markup {
  const format = schemaOf(field)['format'];
  if (format === 'email') return html`type="email" autocomplete="email"`;
  if (format === 'phone') return html`type="tel" autocomplete="tel"`;
  if (format === 'date') return html`type="date"`;
  if (field.key === 'name') return html`type="text" autocomplete="name"`;
  return html`type="text"`;
}

function schemaOf(field: FormField): Readonly<Record<string, unknown>> {
  return { ...field.like.type.schema(field.like), ...field.like.schema };
}
