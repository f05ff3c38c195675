/** JSON as the command line prints it: indented, with a newline at the end. */
export function toJsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
