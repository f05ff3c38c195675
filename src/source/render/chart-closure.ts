import type { Origin } from '../../diagnostic/diagnostic.js';
import { asArray, asObject, asString } from '../../kubernetes/json.js';
import { isBelow, joinPath, resolveIn, type ChartRoot } from '../../layout/root.js';
import { readChartArchive } from './chart-archive.js';
import type { Closure } from './closure.js';
import { isAllowedAddress } from './remote-address.js';

/** Collects what the release of a chart depends on, and refuses what would have to be fetched. */
export async function collectChart(closure: Closure, root: ChartRoot): Promise<void> {
  const origin = root.origin ?? { path: joinPath(root.path, 'Chart.yaml'), line: 1 };
  const valuesFiles: string[] = [];
  for (const name of root.valuesFiles) {
    const path = closure.addNamed('', name, 'The values file', origin);
    if (path !== null) valuesFiles.push(path);
  }
  if (closure.tree.files.has(joinPath(root.path, 'Chart.yaml')))
    await addChart(closure, root.path, valuesFiles, origin);
  else closure.missing(joinPath(root.path, 'Chart.yaml'), 'The chart', origin);
}

/** Adds a chart's folder, with the charts of the tree that it depends on and that are not packed into it. */
export async function addChart(
  closure: Closure,
  folder: string,
  valuesFiles: readonly string[],
  origin: Origin,
): Promise<void> {
  closure.charts.push({ folder, valuesFiles });
  closure.addFolder(folder);
  for (const name of ['Chart.yaml', 'requirements.yaml']) {
    const path = joinPath(folder, name);
    if (!closure.tree.files.has(path)) continue;
    const text = await closure.text(path, origin);
    const value = text?.value();
    for (const [index, item] of asArray(asObject(value)['dependencies']).entries()) {
      const dependency = asObject(item);
      const at = { path, line: text?.lineOf(['dependencies', index]) ?? 1 };
      addDependency(closure, folder, asString(dependency['name']), asString(dependency['repository']), at);
    }
  }
}

/** Helm: action.CheckDependencies, which wants every one in `charts/`, used or not. */
function addDependency(closure: Closure, folder: string, name: string, repository: string, origin: Origin): void {
  if (!/^[\w.-]+$/.test(name) || name === '.' || name === '..') {
    closure.refuse('rendering-failed', 'The dependency has no name that a chart can have', origin);
    return;
  }
  const charts = joinPath(folder, 'charts');
  const isPackedIn = [...closure.tree.files.keys()].some(
    (path) =>
      path === `${charts}/${name}/Chart.yaml` || (path.startsWith(`${charts}/${name}-`) && path.endsWith('.tgz')),
  );
  if (isPackedIn) return;
  if (repository.startsWith('file://')) {
    const written = repository.slice('file://'.length);
    const source = written.startsWith('/') ? null : resolveIn(folder, written);
    if (source === null)
      closure.refuse('rendering-refused', `The chart \`${repository}\` leads out of the repository`, origin);
    else if (!closure.tree.files.has(joinPath(source, 'Chart.yaml'))) closure.missing(source, 'The chart', origin);
    else closure.addFolder(source, `${charts}/${name}`);
  } else if (repository !== '' && isAllowedAddress(repository, closure.permissions.remotes)) {
    closure.needsNetwork = true;
    closure.toUpdate.add(folder);
  } else {
    const where = repository === '' ? 'is not in `charts/`' : `would come from \`${repository.slice(0, 120)}\``;
    const message = `The chart's dependency ${name} ${where}: run \`helm dependency update\` and commit what it fetches`;
    closure.refuse('rendering-refused', message, origin);
  }
}

/**
 * Looks into the contents of charts for what cannot be answered without a cluster (`lookup`), or reaches out of the chart (the
 * references of a schema).
 *
 * @param contents of the closure's files, by their paths in the tree.
 */
export async function inspectCharts(closure: Closure, contents: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const isAllowed = (path: string): boolean => closure.permissions.lookups.some((folder) => isBelow(folder, path));
  for (const [path, content] of contents) {
    if (!isOfChart(closure, path)) continue;
    if (path.endsWith('.tgz')) {
      const texts = await readChartArchive(content);
      if (texts === null) closure.refuse('rendering-failed', 'The packed chart cannot be read', { path, line: 1 });
      for (const [inner, text] of texts ?? []) inspectText(closure, { path, inner, text, mayLookUp: isAllowed(path) });
    } else {
      inspectText(closure, {
        path,
        inner: null,
        text: Buffer.from(content).toString('utf8'),
        mayLookUp: isAllowed(path),
      });
    }
  }
}

function isOfChart(closure: Closure, path: string): boolean {
  if (/\.(?:md|txt)$/i.test(path)) return false;
  return (
    closure.charts.some(({ folder, valuesFiles }) => isBelow(folder, path) || valuesFiles.includes(path)) ||
    [...closure.placed].some(([place, source]) => place !== source && source === path)
  );
}

interface ChartText {
  readonly path: string;
  /** Where it stands in a packed chart, else null. */
  readonly inner: string | null;
  readonly text: string;
  readonly mayLookUp: boolean;
}

function inspectText(closure: Closure, { path, inner, text, mayLookUp }: ChartText): void {
  const lookup = mayLookUp ? -1 : lookupOffset(text);
  const reference = /(?:^|\/)values\.schema\.json$/.test(inner ?? path)
    ? /"\$ref"\s*:\s*"(?:https?|file):[^"]*"/.exec(text)
    : null;
  const found: (readonly [number, string])[] = [];
  if (lookup !== -1) found.push([lookup, 'The template asks a cluster for objects (`lookup`), and here is none']);
  if (reference !== null && !isAllowedAddress(/"([^"]*)"$/.exec(reference[0])?.[1] ?? '', closure.permissions.remotes))
    found.push([reference.index, 'The schema refers to one outside of the chart']);
  else if (reference !== null) closure.needsNetwork = true;
  for (const [offset, message] of found) {
    const line = text.slice(0, offset).split('\n').length;
    const origin = inner === null ? { path, line } : { path, line: 1 };
    closure.refuse('rendering-refused', inner === null ? message : `${message}: ${inner}, line ${line}`, origin);
  }
}

/** Where a template calls `lookup`; -1 where none does. What stands in texts and comments is no call. One pass, whatever the text. */
export function lookupOffset(text: string): number {
  if (!text.includes('lookup')) return -1;
  let at = text.indexOf('{{');
  while (at !== -1 && at < text.length) {
    if (text.startsWith('}}', at)) at = text.indexOf('{{', at);
    else if (text[at] === '"') at = endOfText(text, at);
    else if (text[at] === '`') at = after(text, '`', at + 1);
    else if (text.startsWith('/*', at)) at = after(text, '*/', at + 2);
    else {
      WORD.lastIndex = at;
      const word = WORD.exec(text)?.[0];
      if (word === 'lookup') return at;
      at += word?.length ?? 1;
    }
  }
  return -1;
}

/** A name with the dot or the dollar that makes it a field's or a variable's. */
const WORD = /[.$]?\w+/y;

function endOfText(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

function after(text: string, end: string, from: number): number {
  const at = text.indexOf(end, from);
  return at === -1 ? text.length : at + end.length;
}
