/** A dozen variables that each name the one before twice make a string of any length; real values are far below this. */
const LONGEST_EXPANSION = 65_536;

/**
 * Expands `$(NAME)` as the kubelet does in environment values, commands and arguments: an unknown name stays as it is
 * written, `$$` is one dollar sign and starts no reference. One pass: what a value brings along is not expanded again.
 *
 * Kubernetes documentation: "Define Dependent Environment Variables".
 */
export function expandVariables(text: string, valueOf: (name: string) => string | undefined): string {
  let out = '';
  let at = 0;
  let closes = true;
  while (out.length < LONGEST_EXPANSION) {
    const dollar = text.indexOf('$', at);
    if (dollar < 0 || dollar === text.length - 1) return cut(out + text.slice(at));
    out += text.slice(at, dollar);
    const close = text[dollar + 1] === '(' && closes ? text.indexOf(')', dollar + 2) : -1;
    if (close >= 0) {
      out += valueOf(text.slice(dollar + 2, close)) ?? text.slice(dollar, close + 1);
      at = close + 1;
      continue;
    }
    // No bracket closes after here: remembered, so that hostile text is not searched again and again.
    if (text[dollar + 1] === '(') closes = false;
    out += text[dollar + 1] === '$' ? '$' : text.slice(dollar, dollar + 2);
    at = dollar + 2;
  }
  return cut(out);
}

function cut(text: string): string {
  return text.length > LONGEST_EXPANSION ? text.slice(0, LONGEST_EXPANSION) : text;
}
