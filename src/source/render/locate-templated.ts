import type { Origin } from '../../diagnostic/diagnostic.js';
import { isObject } from '../../kubernetes/json.js';
import type { JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { onlyTemplateOf, templateOf, type ChartSources } from './chart-template.js';
import { referencesIn, scalarText, valueOrigin } from './chart-values.js';
import { existingPath, valueIn, type Path } from './rendered-path.js';
import { lineOf, startOf } from './template-lines.js';

/**
 * Gives an object that Helm rendered the places of its sources.
 *
 * @param source the path that Helm writes into a comment above each manifest (`# Source: chart/templates/a.yaml`); null where it
 *   is not known, then a template that is the only one to name the object's kind is taken.
 */
export function locateTemplated(
  rendered: KubernetesObject,
  source: string | null,
  chart: ChartSources,
): KubernetesObject {
  const template = source === null ? onlyTemplateOf(rendered, chart) : templateOf(source, chart);
  const { text } = template;
  if (text === null) {
    const origin: Origin = { path: template.path, line: 1, isExact: false };
    const locate = (path: Path): Origin => valueOrigin(rendered, path, [], template, chart) ?? origin;
    return { ...rendered, origin, locate };
  }
  const parsed = text
    .manifest()
    .objects.find(({ kind, metadata }) => kind === rendered.kind && metadata.name === rendered.metadata.name);
  const start = parsed === undefined ? startOf(rendered, text) : { line: parsed.origin.line, isCertain: true };
  const origin: Origin = { path: text.path, line: start.line, ...(start.isCertain ? {} : { isExact: false }) };
  const locate = (path: Path): Origin => {
    const existing = existingPath(rendered.body, path);
    if (existing.length === 0) return origin;
    const value = valueIn(rendered.body, existing);
    const { line, missing } = lineOf(text, start.line, existing);
    const [written = '', following = ''] = text.lines().slice(line - 1, line + 1);
    const there: Origin = { path: text.path, line };
    const isThere = missing.length === 0 && start.isCertain && !written.includes('{{') && isWritten(written, value);
    // An action below a key can write all that it holds.
    if (isThere && !(isContainer(value) && following.includes('{{'))) return there;
    const isOfLine = missing.every((step) => typeof step === 'number');
    const near = isOfLine ? `${written}\n${following}` : '';
    const set = valueOrigin(rendered, existing, referencesIn(near), template, chart);
    return set ?? (isThere ? there : { ...there, isExact: false });
  };
  return { ...rendered, origin, locate };
}

function isContainer(value: JsonValue | undefined): boolean {
  return Array.isArray(value) || isObject(value);
}

/** Whether a line of a template writes a value as it is; a map or a list begins there. */
function isWritten(line: string, value: JsonValue | undefined): boolean {
  if (isContainer(value) || value === null) return true;
  const text = line
    .replace(/^\s*(?:- +)*/, '')
    .replace(/^[^\s:"']+:\s*/, '')
    .replace(/\s+#.*$/, '')
    .trim();
  return text.replace(/^(["'])(.*)\1$/, '$2') === scalarText(value);
}
