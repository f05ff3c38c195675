/** The order of texts in every answer: by code units, whatever language the machine is set to. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
