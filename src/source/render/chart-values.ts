import type { Origin } from '../../diagnostic/diagnostic.js';
import { isObject } from '../../kubernetes/json.js';
import type { JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { isEqual } from '../../kubernetes/object-differences.js';
import { isBelow, joinPath } from '../../layout/root.js';
import type { ChartSources, Template } from './chart-template.js';
import { valueIn, type Path } from './rendered-path.js';

/** A value that some file gives the templates. */
interface Setting {
  readonly origin: Origin;
  readonly value: JsonValue;
  /** The whole way to it, as in `.Values`. */
  readonly path: Path;
}

/** Values files can hold anything; this many values of one are looked through. */
const MAX_VALUES = 5000;

/** The paths of values that a text of templates refers to. */
export function referencesIn(text: string): readonly Path[] {
  const found = new Map<string, Path>();
  for (const match of text.matchAll(/\.Values((?:\.[A-Za-z_]\w*)+)/g))
    found.set(match[1]!, match[1]!.split('.').slice(1));
  for (const match of text.matchAll(/index\s+\$?\.Values((?:\s+"[^"]*")+)/g)) {
    const path = [...match[1]!.matchAll(/"([^"]*)"/g)].map((key) => key[1]!);
    found.set(`.${path.join('.')}`, path);
  }
  return [...found.values()];
}

/**
 * Where the value of a rendered object is set among the values of the chart, or null. What the line refers to comes first, then
 * what the template does, then what the chart's other templates do.
 */
export function valueOrigin(
  object: KubernetesObject,
  path: Path,
  near: readonly Path[],
  template: Template,
  chart: ChartSources,
): Origin | null {
  const value = valueIn(object.body, path);
  if (value === undefined) return null;
  const keys = path.filter((step) => typeof step === 'string');
  const own = template.text === null ? [] : referencesIn(template.text.text);
  for (const references of [near, own]) {
    const found = references.flatMap((reference) => settingsOf(reference, value, template, chart));
    const set = best(found, keys, references === near);
    if (set !== null) return set;
  }
  const partial = near
    .flatMap((reference) => settings(reference, template, chart).slice(0, 1))
    .filter((setting) => isPartOf(setting.value, value));
  if (partial.length === 1) return { ...partial[0]!.origin, isExact: false };
  const folder = template.folders.at(-1)!;
  const helpers = [...chart.texts].filter(
    ([place]) => isBelow(joinPath(folder, 'templates'), place) && place.endsWith('.tpl'),
  );
  const indirect = [...new Set(helpers.flatMap(([, text]) => referencesIn(text.text)))];
  const all = template.text === null ? [[]] : indirect;
  return best(
    all.flatMap((reference) => settingsOf(reference, value, template, chart)),
    keys,
    false,
  );
}

function isPartOf(part: JsonValue, value: JsonValue): boolean {
  const text = scalarText(part) ?? '';
  return text !== '' && typeof value === 'string' && value.includes(text);
}

/** The setting whose own path is most like that of the value; none where only the value is alike. */
function best(found: readonly Setting[], keys: readonly string[], isNear: boolean): Origin | null {
  const rated = found.map((setting) => ({ setting, likeness: likeness(setting.path, keys) }));
  const most = Math.max(...rated.map((item) => item.likeness));
  const first = rated.filter((item) => item.likeness === most);
  if (first.length === 0 || (most === 0 && !isNear && first.length > 1)) return null;
  const isCertain = first.length === 1 && (isNear || most > 0);
  return { ...first[0]!.setting.origin, ...(isCertain ? {} : { isExact: false }) };
}

/** How many keys at the ends are the same. */
function likeness(path: Path, keys: readonly string[]): number {
  const names = path.filter((step) => typeof step === 'string');
  let same = 0;
  while (same < names.length && same < keys.length && names.at(-1 - same) === keys.at(-1 - same)) same += 1;
  return same;
}

/** Every place at or below a reference that holds the value; of one path only the place that counts. */
function settingsOf(reference: Path, value: JsonValue, template: Template, chart: ChartSources): readonly Setting[] {
  const found = new Map<string, Setting>();
  for (const setting of settings(reference, template, chart)) {
    let left = MAX_VALUES;
    const visit = (candidate: JsonValue, path: Path): void => {
      left -= 1;
      if (left < 0) return;
      if (isSame(candidate, value)) {
        const whole = [...setting.path, ...path];
        const key = JSON.stringify(whole);
        if (!found.has(key)) found.set(key, { origin: setting.originOf(path), value: candidate, path: whole });
      } else if (Array.isArray(candidate))
        (candidate as readonly JsonValue[]).forEach((item, index) => visit(item, [...path, index]));
      else if (isObject(candidate))
        for (const [name, item] of Object.entries(candidate)) visit(item ?? null, [...path, name]);
    };
    visit(setting.value, []);
  }
  return [...found.values()];
}

/** Templates write numbers and booleans as text. */
function isSame(setting: JsonValue, value: JsonValue): boolean {
  if (isEqual(setting, value)) return true;
  return scalarText(setting) !== null && scalarText(setting) === scalarText(value);
}

interface LayeredSetting extends Setting {
  readonly originOf: (inner: Path) => Origin;
}

/** What the values at a reference are set to, where they are, the place first that counts most. */
function settings(reference: Path, { folders, prefix }: Template, chart: ChartSources): readonly LayeredSetting[] {
  const found: LayeredSetting[] = [];
  const whole = (keys: readonly string[]): Path => (reference[0] === 'global' ? reference : [...keys, ...reference]);
  const add = (values: JsonValue | undefined, at: Path, originOf: (path: Path) => Origin): void => {
    const value = valueIn(values, at);
    if (value !== undefined)
      found.push({ value, path: reference, origin: originOf(at), originOf: (inner) => originOf([...at, ...inner]) });
  };
  for (const { values, locate } of chart.given.toReversed()) add(values, whole(prefix), locate);
  const files = [
    ...chart.valuesFiles.toReversed().map((place) => ({ place, keys: prefix })),
    ...folders.map((folder, depth) => ({ place: joinPath(folder, 'values.yaml'), keys: prefix.slice(depth) })),
  ];
  for (const { place, keys } of files) {
    const text = chart.texts.get(place);
    if (text !== undefined) add(text.value(), whole(keys), (at) => ({ path: text.path, line: text.lineOf(at) }));
  }
  return found;
}

/** What a template would write; null for a map, a list, and for nothing. */
export function scalarText(value: JsonValue | undefined): string | null {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : null;
}
