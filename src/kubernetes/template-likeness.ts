import { asArray, asObject, asString, isObject } from './json.js';
import type { JsonValue } from './manifest.js';
import type { Workload } from './workload.js';

/** A pod template as its single values, by their way: twice, since what is called like the workload may be renamed with it. */
export interface TemplateValues {
  readonly ownName: string;
  readonly byName: ReadonlyMap<string, string>;
  /** With items that are called like the workload under one name for all. */
  readonly byOwnName: ReadonlyMap<string, string>;
}

const OWN_NAME = '\u0000';

/** A workload's labels, annotations and pod spec. Items of lists are told by their names, images by their repositories. */
export function templateValues({ labels, annotations, podSpec, name }: Workload): TemplateValues {
  const template = { labels, annotations, spec: podSpec };
  const collect = (stepOf: (item: string) => string): ReadonlyMap<string, string> => {
    const found = new Map<string, string>();
    collectValues(template, '', stepOf, found);
    return found;
  };
  return {
    ownName: name,
    byName: collect((item) => item),
    byOwnName: collect((item) => (item === name ? OWN_NAME : item)),
  };
}

/** How many of the values of two pod templates are the same, from 0 to 1. Values that are both workloads' own names are. */
export function likeness(a: TemplateValues, b: TemplateValues): number {
  return Math.max(shareOf(a, b, 'byName'), shareOf(a, b, 'byOwnName'));
}

function shareOf(a: TemplateValues, b: TemplateValues, key: 'byName' | 'byOwnName'): number {
  let same = 0;
  for (const [way, value] of a[key]) {
    const other = b[key].get(way);
    if (other === value || (value === a.ownName && other === b.ownName)) same++;
  }
  const all = new Set([...a[key].keys(), ...b[key].keys()]).size;
  return all === 0 ? 0 : same / all;
}

function collectValues(
  value: JsonValue | undefined,
  way: string,
  stepOf: (item: string) => string,
  found: Map<string, string>,
): void {
  if (Array.isArray(value)) {
    for (const [index, item] of (value as readonly JsonValue[]).entries()) {
      const name = asString(asObject(item)['name']);
      collectValues(item, `${way}/${name === '' ? index : stepOf(name)}`, stepOf, found);
    }
  } else if (isObject(value)) {
    for (const [key, below] of Object.entries(value)) collectValues(below, `${way}/${key}`, stepOf, found);
  } else {
    const text = typeof value === 'string' ? value : JSON.stringify(value ?? null);
    found.set(way, way.endsWith('/image') ? repositoryOf(text) : text);
  }
}

/** The repositories of a workload's images, without tags and digests; sorted, each once. */
export function imageRepositories({ podSpec }: Workload): readonly string[] {
  const images = asArray(podSpec['containers']).map((container) => asString(asObject(container)['image']));
  return [...new Set(images.filter((image) => image !== '').map(repositoryOf))].sort();
}

/** Of `registry:5000/shop/cart:v1@sha256:…` the part before the tag. */
function repositoryOf(image: string): string {
  const name = image.split('@', 1)[0] ?? '';
  const tag = name.indexOf(':', name.lastIndexOf('/') + 1);
  return tag < 0 ? name : name.slice(0, tag);
}
