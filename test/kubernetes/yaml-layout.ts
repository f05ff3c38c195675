import { isObject } from '../../src/kubernetes/json.js';
import type { JsonObject, JsonValue } from '../../src/kubernetes/manifest.js';
import { resolvePlainScalar } from '../../src/kubernetes/yaml-scalar.js';

/** Takes decisions about a layout; each has a few ways to go. */
export type Decide = (ways: number) => number;

/** A decider that goes by a list of numbers, over and over. */
export function decideBy(numbers: readonly number[]): Decide {
  let at = 0;
  return (ways) => (numbers[at++ % numbers.length] ?? 0) % ways;
}

interface Layout {
  readonly decide: Decide;
  readonly indent: number;
  readonly indentsLists: boolean;
}

/** Writes objects as somebody might: any style of lists, brackets, quotes, comments and line ends. */
export function writeFile(objects: readonly JsonObject[], decide: Decide): string {
  const layout = { decide, indent: 2 + decide(2) * 2, indentsLists: decide(2) === 0 };
  const lineEnd = decide(4) === 0 ? '\r\n' : '\n';
  const isList = decide(5) === 0;
  const documents = isList
    ? [writeDocument({ apiVersion: 'v1', kind: 'List', items: [...objects] }, layout)]
    : objects.map((object) => writeDocument(object, layout));
  const start = decide(3) === 0 ? ['# the file', '---'] : [];
  const lines = [...start, ...documents.flatMap((document, index) => (index > 0 ? ['---', ...document] : document))];
  return lines.join(lineEnd) + (decide(6) === 0 ? '' : lineEnd);
}

function writeDocument(object: JsonObject, layout: Layout): readonly string[] {
  return block(object, 0, layout);
}

function block(value: JsonValue, column: number, layout: Layout): readonly string[] {
  const { decide, indent, indentsLists } = layout;
  const blanks = ' '.repeat(column);
  if (Array.isArray(value) && value.length > 0) {
    return (value as readonly JsonValue[]).flatMap((item) => {
      const [first = '', ...rest] = block(item, column + 2, layout);
      return [...comment(column, decide), `${blanks}- ${first.trimStart()}`, ...rest];
    });
  }
  if (!isObject(value) || Object.keys(value).length === 0) return [`${blanks}${flow(value, decide)}${remark(decide)}`];
  return Object.entries(value).flatMap(([key, item = null], index) => {
    const name = `${blanks}${scalar(key, decide)}:`;
    const isNested = (isObject(item) || Array.isArray(item)) && Object.keys(item).length > 0;
    // A comment between a dash and its first key would stand behind the dash.
    const above = index > 0 ? comment(column, decide) : [];
    if (!isNested || decide(4) === 0) return [...above, `${name} ${flow(item, decide)}${remark(decide)}`];
    const inner = Array.isArray(item) && !indentsLists ? column : column + indent;
    return [...above, `${name}${remark(decide)}`, ...block(item, inner, layout)];
  });
}

function comment(column: number, decide: Decide): readonly string[] {
  return decide(5) === 0 ? [`${' '.repeat(column)}# comment ${decide(90)}`] : [];
}

function remark(decide: Decide): string {
  return decide(5) === 0 ? ` # remark ${decide(90)}` : '';
}

function flow(value: JsonValue, decide: Decide): string {
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map((item) => flow(item, decide)).join(', ')}]`;
  if (!isObject(value)) return typeof value === 'string' ? scalar(value, decide) : JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item = null]) => `${scalar(key, decide)}: ${flow(item, decide)}`)
    .join(', ')}}`;
}

function scalar(text: string, decide: Decide): string {
  const ways = [JSON.stringify(text), ...(/[^ -~]/.test(text) ? [] : [`'${text.replaceAll("'", "''")}'`])];
  const isPlain = /^[A-Za-z][\w./-]*$/.test(text) && resolvePlainScalar(text) === text;
  return isPlain && decide(3) > 0 ? text : ways[decide(ways.length)]!;
}
