/** A list of which nothing is made before it is written: it can be longer than what there is room for. */
export class JsonList<T> {
  constructor(
    private readonly items: Iterable<T>,
    private readonly show: (item: T) => unknown,
  ) {}

  *[Symbol.iterator](): Iterator<unknown> {
    for (const item of this.items) yield this.show(item);
  }

  toJSON(): readonly unknown[] {
    return [...this];
  }
}

/** JSON as the command line prints it: indented, with a newline at the end. */
export function toJsonText(value: object): string {
  return [...jsonTextParts(value)].join('');
}

/** The same in parts, a `JsonList`'s items one by one, for what would be longer than a text can be. */
export function* jsonTextParts(value: object): Iterable<string> {
  yield* partsOf(value, '');
  yield '\n';
}

function* partsOf(value: unknown, indent: string): Iterable<string> {
  const inner = `${indent}  `;
  if (value instanceof JsonList) {
    let start = `[\n${inner}`;
    for (const item of value) {
      yield start;
      yield* partsOf(item, inner);
      start = `,\n${inner}`;
    }
    yield start.startsWith('[') ? '[]' : `\n${indent}]`;
    return;
  }
  if (!holdsList(value)) {
    // A break within a text is written as \n.
    yield JSON.stringify(value, null, 2).replaceAll('\n', `\n${indent}`);
    return;
  }
  let start = `{\n${inner}`;
  for (const [key, content] of Object.entries(value)) {
    if (content === undefined) continue;
    yield `${start}${JSON.stringify(key)}: `;
    yield* partsOf(content, inner);
    start = `,\n${inner}`;
  }
  yield `\n${indent}}`;
}

/** Whether a list stands somewhere in objects of objects; one that stands in an array is written as a whole. */
function holdsList(value: unknown): value is object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).some((content) => content instanceof JsonList || holdsList(content));
}
