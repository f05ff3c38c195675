/** One document of a stream: its text, and where in the file that starts. */
export interface DocumentText {
  readonly text: string;
  /** From 1. */
  readonly line: number;
  /** In UTF-16 units. */
  readonly start: number;
  /** What stands on the separator's line where only a comment may; such a document is refused. */
  readonly strayText: string | null;
}

/** kubectl takes text that begins with a brace for a stream of JSON objects; two braces are a template's. */
const LOOKS_LIKE_JSON = /^\s*\{(?!\{)/;
const SEPARATOR = '---';

/**
 * Splits a file into documents where kubectl does (`YAMLReader` of k8s.io/apimachinery): at each line that starts with
 * `---`, wherever it stands. JSON objects that follow each other without a separator are documents too.
 */
export function splitDocuments(content: string): readonly DocumentText[] {
  const documents: DocumentText[] = [];
  let start = 0;
  let line = 1;
  let strayText: string | null = null;
  for (let at = nextSeparator(content, 0); at !== -1; at = nextSeparator(content, start)) {
    const text = content.slice(start, at);
    addDocuments(documents, text, { line, start, strayText });
    line += countLines(text) + 1;
    const end = content.indexOf('\n', at);
    start = end === -1 ? content.length : end + 1;
    const rest = content.slice(at + SEPARATOR.length, start).trim();
    strayText = rest === '' || rest.startsWith('#') ? null : rest;
  }
  addDocuments(documents, content.slice(start), { line, start, strayText });
  return documents;
}

function nextSeparator(content: string, from: number): number {
  if (content.startsWith(SEPARATOR, from)) return from;
  const before = content.indexOf(`\n${SEPARATOR}`, from);
  return before === -1 ? -1 : before + 1;
}

/** The number of line breaks in a text. */
export function countLines(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}

function addDocuments(documents: DocumentText[], text: string, at: Omit<DocumentText, 'text'>): void {
  const mark = text.startsWith('\uFEFF') ? 1 : 0;
  const document = { ...at, text: text.slice(mark), start: at.start + mark };
  if (at.strayText === null && LOOKS_LIKE_JSON.test(document.text)) addJsonStream(documents, document);
  else documents.push(document);
}

/** Cuts after each brace that closes an object at the top level, where another object follows. */
function addJsonStream(documents: DocumentText[], { text, ...at }: DocumentText): void {
  let depth = 0;
  let start = 0;
  let line = at.line;
  for (let place = 0; place < text.length; place += 1) {
    const character = text[place];
    if (character === '"') place = endOfString(text, place);
    else if (character === '{') depth += 1;
    else if (character === '}') {
      depth -= 1;
      if (depth !== 0 || !followedByObject(text, place + 1)) continue;
      const part = text.slice(start, place + 1);
      documents.push({ text: part, line, start: at.start + start, strayText: null });
      line += countLines(part);
      start = place + 1;
    }
  }
  documents.push({ text: text.slice(start), line, start: at.start + start, strayText: null });
}

/** The place of the quote that closes the string opened at `open`; the text's end where there is none. */
function endOfString(text: string, open: number): number {
  let at = open + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}

function followedByObject(text: string, from: number): boolean {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return text[at] === '{';
}
