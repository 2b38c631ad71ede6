/**
 * Finds the pattern an address follows, among those of the OpenAPI document: literal parts win over parameters. Undefined for an
 * address that follows none.
 */
export function createPathTemplates(paths: Iterable<string>): (address: string) => string | undefined {
  const bySize = new Map<number, readonly (readonly string[])[]>();
  for (const path of paths) {
    const parts = path.split('/');
    bySize.set(parts.length, [...(bySize.get(parts.length) ?? []), parts]);
  }
  for (const [size, templates] of bySize) {
    bySize.set(
      size,
      [...templates].sort((a, b) => parameters(a) - parameters(b)),
    );
  }
  return (address) => {
    // Express takes an address with a slash at its end for the one without.
    const parts = address.replace(/(?<=.)\/$/, '').split('/');
    const fits = (template: readonly string[]) =>
      template.every((piece, at) => piece === parts[at] || (piece.startsWith('{') && parts[at] !== ''));
    return bySize.get(parts.length)?.find(fits)?.join('/');
  };
}

function parameters(template: readonly string[]): number {
  return template.filter((piece) => piece.startsWith('{')).length;
}
