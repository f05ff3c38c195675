import { titleOf } from '../kubernetes/object-title.js';
import type { JsonValue, KubernetesObject } from '../kubernetes/manifest.js';
import { valueAt, type ValueDifference, type ValuePath } from '../kubernetes/object-differences.js';
import type { Destination } from './egress-reachability.js';
import type { ItemList } from './item-list.js';

const MOST_NAMED = 3;
const MOST_TEXT = 60;

/** As many hosts as a sentence names, and how many there are. */
export interface NamedHosts {
  readonly first: readonly string[];
  readonly count: number;
}

/** The hosts of destinations that stand in order, each once. */
export function* eachHost(inOrder: Iterable<Destination>): Iterable<string> {
  let last: string | null = null;
  for (const { host } of inOrder) if (host !== last) yield (last = host);
}

/** @param hosts each once: a change can have more of them than should be kept for a sentence. */
export function nameFirstHosts(hosts: Iterable<string>, fits: (host: string) => boolean = () => true): NamedHosts {
  const first: string[] = [];
  let count = 0;
  for (const host of hosts) {
    if (!fits(host)) continue;
    count += 1;
    if (count <= MOST_NAMED) first.push(host);
  }
  return { first, count };
}

export function tellHosts({ first, count }: NamedHosts): string {
  return count <= MOST_NAMED ? first.join(', ') : `these ${count} hosts`;
}

/** The hosts of a change, as part of a sentence. */
export function nameHosts(destinations: ItemList<Destination>): string {
  return tellHosts(nameFirstHosts(new Set(eachHost(destinations))));
}

/** `namespace shop`, `namespaces ops, shop`, `7 namespaces` */
export function nameNamespaces(namespaces: readonly string[]): string {
  if (namespaces.length > MOST_NAMED) return `${namespaces.length} namespaces`;
  return `${namespaces.length === 1 ? 'namespace' : 'namespaces'} ${namespaces.join(', ')}`;
}

/** The first of some names, and how many there are besides: `a, b, c and 4 more`. */
export function nameFirst(names: readonly string[], most = MOST_NAMED): string {
  const more = names.length - most;
  return names.slice(0, most).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export function quoteList(items: readonly string[]): string {
  return nameFirst(items.map((item) => `"${item}"`));
}

/** What differs between two versions of an object; continues `Service shop/cart …`. */
export function tellDifferences(object: KubernetesObject, differences: readonly ValueDifference[]): string {
  const told = differences.slice(0, 2).map((difference) => tellDifference(object, difference));
  const more = differences.length - told.length;
  return told.join(' and ') + (more > 0 ? `, and has ${more} more ${more === 1 ? 'difference' : 'differences'}` : '');
}

function tellDifference(object: KubernetesObject, { path, before, after }: ValueDifference): string {
  const what = describePath(object, path);
  const [old, now] = [shortText(before), shortText(after)];
  if (after === undefined) return old === null ? `loses ${what}` : `loses ${what}, which was ${old}`;
  if (before === undefined) return now === null ? `adds ${what}` : `sets ${what} to ${now}`;
  return old === null || now === null ? `changes ${what}` : `changes ${what} from ${old} to ${now}`;
}

/** `the pods' label version`, `the annotation networking.istio.io/exportTo`, `trafficPolicy.tls.mode`, `ports[0].port` */
export function describePath(object: KubernetesObject, path: ValuePath): string {
  const metadata = path.indexOf('metadata');
  const [field, key] = metadata < 0 ? [] : path.slice(metadata + 1);
  const whose = metadata > 0 ? 'the pods’ ' : 'the ';
  if (field === 'labels' || field === 'annotations') {
    const noun = field === 'labels' ? 'label' : 'annotation';
    return key === undefined ? `${whose}${noun}s` : `${whose}${noun} ${key}`;
  }
  const shown = path[0] === 'spec' || path[0] === 'data' ? path.slice(1) : path;
  const text = shown.reduce<string>(
    (sum, step) => sum + (typeof step === 'number' ? `[${step}]` : sum ? `.${step}` : step),
    '',
  );
  return text || (path.length > 0 ? `its ${path.join('.')}` : `the ${object.kind}`);
}

/** A scalar, or a short list of scalars; null for anything else. */
function shortText(value: JsonValue | undefined): string | null {
  const isScalar = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
  const isList = Array.isArray(value) && value.every((item) => typeof item !== 'object');
  if (!isScalar && !isList) return null;
  const text = JSON.stringify(value);
  return text.length <= MOST_TEXT ? text : null;
}

/** The way to a value, or of one that is gone to what stands nearest to its place. */
export function writtenPath(object: KubernetesObject, path: ValuePath): ValuePath {
  const last = path.at(-1);
  if (path.length === 0 || valueAt(object, path) !== undefined) return path;
  const parent = path.slice(0, -1);
  const around = valueAt(object, parent);
  if (typeof last === 'number' && Array.isArray(around) && around.length > 0) return [...parent, around.length - 1];
  return writtenPath(object, parent);
}

/** `Sidecar shop/default (shop/sidecar.yaml:9)`: for an object that is not the cause that is told. */
export function placedTitle(object: KubernetesObject, path: ValuePath = []): string {
  const place = path.length > 0 ? object.locate(writtenPath(object, path)) : object.origin;
  return `${titleOf(object)} (${place.path}:${place.line})`;
}
