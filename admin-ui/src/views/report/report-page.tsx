/** Placeholder until the page is built. */
export function ReportPage() {
  return null;
}
