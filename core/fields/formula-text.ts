/** What a spreadsheet would take for the beginning of a formula, behind any number of apostrophes. */
const FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const ESCAPED = /^'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;

/** The cell as text that no spreadsheet runs: one apostrophe before it. `plainText(safeText(x)) === x` for every x. */
export function safeText(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** Takes the apostrophe of `safeText`, and of people who mark texts the same way, off again. */
export function plainText(text: string): string {
  return ESCAPED.test(text) ? text.slice(1) : text;
}
