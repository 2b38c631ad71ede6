/** Placeholder until the page is built. */
export function BoardPage() {
  return null;
}
