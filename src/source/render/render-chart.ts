import type { Origin } from '../../diagnostic/diagnostic.js';
import { newJsonMap } from '../../kubernetes/json-map.js';
import { asObject } from '../../kubernetes/json.js';
import type { JsonValue } from '../../kubernetes/manifest.js';
import { joinPath, type ChartRoot, type GivenValues } from '../../layout/root.js';

/** The folder, beside `tree`, of values. Helm splits the paths it is given at commas: there they have plain names. */
export const VALUES = 'values';

/** The arguments of `helm template`, after the command itself, with `count` files of values. */
export function helmArguments(root: ChartRoot, folder: string, count: number): readonly string[] {
  return [
    `--namespace=${root.namespace}`,
    root.includeCrds ? '--include-crds' : '--skip-crds',
    ...(root.runsTests === true ? [] : ['--skip-tests']),
    ...(root.kubeVersion === undefined ? [] : [`--kube-version=${root.kubeVersion}`]),
    ...(root.apiVersions ?? []).map((version) => `--api-versions=${version}`),
    ...Array.from({ length: count }, (_, index) => `--values=${folder}/${VALUES}/${index}.yaml`),
    ...root.parameters.map(({ name, value, forceString }) => `--set${forceString ? '-string' : ''}=${name}=${value}`),
    '--',
    root.releaseName,
    joinPath(`${folder}/tree`, root.path),
  ];
}

/** The values that no file gives; parameters whose names are more than keys with dots are not looked into. */
export function givenValues({ values, parameters }: ChartRoot): readonly GivenValues[] {
  return [...values, ...parameters.flatMap(({ name, value, origin }) => parameterValues(name, value, origin))];
}

function parameterValues(name: string, value: string, origin: Origin): GivenValues | [] {
  if (!/^[\w-]+(?:\.[\w-]+)*$/.test(name)) return [];
  const values = name.split('.').reduceRight<JsonValue>((inner, key) => {
    return Object.assign(newJsonMap(), { [key]: inner });
  }, value);
  return { values: asObject(values), locate: () => origin };
}

/** The lines of single values, in their order: what is at another place is another rendering. */
export function placesOf({ values, locate }: GivenValues): readonly Origin[] {
  const places: Origin[] = [];
  const visit = (value: JsonValue | undefined, path: readonly (string | number)[]): void => {
    const inner = Array.isArray(value)
      ? [...(value as readonly JsonValue[]).entries()]
      : Object.entries(asObject(value));
    if (inner.length === 0) places.push(locate(path));
    for (const [step, item] of inner) visit(item, [...path, step]);
  };
  visit(values, []);
  return places;
}

/** The template that Helm names above a manifest, or null. */
export function sourceComment(document: string): string | null {
  return /^(?:\s*\n)*# Source: (.+)$/m.exec(document.slice(0, 2000))?.[1]?.trim() ?? null;
}
