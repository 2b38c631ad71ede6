/**
 * What a person typed as a figure, in the API's spelling: `1 234,50` → `1234.50`. The last separator is the decimal one;
 * text that is no figure comes back trimmed, for the server to refuse with its message.
 */
export function normaliseNumber(text: string): string {
  const compact = text.replace(/[\s\u00a0\u202f'’]/g, '').replace('−', '-');
  const comma = compact.lastIndexOf(',');
  const point = compact.lastIndexOf('.');
  let plain = compact;
  if (comma >= 0 && point >= 0) {
    plain = comma > point ? compact.replaceAll('.', '').replace(',', '.') : compact.replaceAll(',', '');
  } else if (comma >= 0) {
    plain = compact.indexOf(',') === comma ? compact.replace(',', '.') : compact.replaceAll(',', '');
  } else if (point >= 0 && compact.indexOf('.') !== point) {
    plain = compact.replaceAll('.', '');
  }
  return /^[-+]?(\d+\.?\d*|\.\d+)$/.test(plain)
    ? plain
        .replace(/^\+/, '')
        .replace(/\.$/, '')
        .replace(/^(-?)\./, '$10.')
    : text.trim();
}

export const isNumberText = (text: string): boolean => /^-?\d+(\.\d+)?$/.test(text);
