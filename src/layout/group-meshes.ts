import { objectKey, ONLY_MESH, type KubernetesObject } from '../kubernetes/manifest.js';
import { digestOf } from '../kubernetes/digest.js';
import { isMainKind } from './alternatives.js';
import { isClosed, type ConfiguredMesh } from './configured-meshes.js';
import { isTelling } from './environment.js';
import type { Placed } from './delivery.js';
import { commonFolder, lastPart } from './root.js';
import { compareText } from '../diagnostic/compare-text.js';

/** A delivery with what it comes to, and where it goes. */
export interface PlacedDelivery extends Placed {
  readonly objects: readonly KubernetesObject[];
  /** False where it could not be rendered: then the objects are those that it is made of. */
  readonly isComplete: boolean;
  /** True for what no controller of the tree applies. */
  readonly isLeftOver: boolean;
}

/** Deliveries whose objects live together. */
export interface MeshPlan {
  readonly name: string;
  readonly deliveries: readonly PlacedDelivery[];
}

/** The mesh of controllers that name no other cluster than their own. */
const THIS_CLUSTER = 'in-cluster';

/**
 * Which deliveries live together. What controllers apply lives together by cluster, and by environment where one cluster
 * has several. What no controller applies lives together by environment. What is for no environment is part of all of them,
 * unless it defines objects that they define, too; and of such alternatives, each lives alone.
 *
 * @param configured meshes that there are in any case. What is found to go by the name of one is part of it.
 */
export function groupMeshes(
  all: readonly PlacedDelivery[],
  configured: readonly ConfiguredMesh[] = [],
): readonly MeshPlan[] {
  const meshes = new Map<string, PlacedDelivery[]>(configured.map(({ name }) => [name, []]));
  const put = (name: string, delivery: PlacedDelivery): void => {
    const mesh = meshes.get(name) ?? [];
    if (!mesh.includes(delivery)) meshes.set(name, [...mesh, delivery]);
  };
  for (const delivery of all) for (const name of delivery.claimedBy) put(name, delivery);
  const deliveries = all.filter(({ claimedBy }) => claimedBy.length === 0);
  const applied = deliveries.filter(({ isLeftOver }) => !isLeftOver);
  for (const [cluster, list] of groupBy(applied, ({ cluster }) => cluster)) {
    const environments = [...new Set(list.flatMap(({ environment }) => environment ?? []))];
    for (const delivery of list) {
      const own = delivery.environment === null ? environments : [delivery.environment];
      const names =
        environments.length < 2
          ? [cluster ?? environments[0] ?? THIS_CLUSTER]
          : own.map((each) => nameOf(cluster, each));
      for (const name of names) put(name, delivery);
    }
  }
  const leftOver = deliveries.filter(({ isLeftOver }) => isLeftOver);
  for (const delivery of leftOver) if (delivery.environment !== null) put(delivery.environment, delivery);
  const rest = leftOver.filter(({ environment }) => environment === null);
  const closed = new Set(configured.filter(isClosed).map(({ name }) => name));
  spread(rest, { meshes, closed, hasControllers: applied.length > 0 }, put);
  return [...meshes].map(([name, list]) => ({ name, deliveries: list })).sort((a, b) => compareText(a.name, b.name));
}

function nameOf(cluster: string | null, environment: string): string {
  if (cluster === null || environment.includes(cluster) || cluster.includes(environment)) {
    return cluster !== null && cluster.length > environment.length ? cluster : environment;
  }
  return `${cluster}-${environment}`;
}

/** What deliveries for no environment may become part of. */
interface Surroundings {
  readonly meshes: ReadonlyMap<string, readonly PlacedDelivery[]>;
  /** Meshes that take in nothing by themselves. */
  readonly closed: ReadonlySet<string>;
  readonly hasControllers: boolean;
}

/**
 * Deliveries for no environment. Plain manifests are part of whatever they do not contradict. Charts and kustomizations are,
 * too, unless controllers apply others: then somebody else applies them, elsewhere. What nothing else takes in lives together.
 * Alternatives live alone, each with those of the others that it does not define itself.
 */
function spread(
  rest: readonly PlacedDelivery[],
  { meshes, closed, hasControllers }: Surroundings,
  put: (name: string, delivery: PlacedDelivery) => void,
): void {
  const others = [...meshes].filter(([name]) => !closed.has(name));
  const isShared = ({ delivery }: PlacedDelivery): boolean => delivery.root.kind === 'plain' || !hasControllers;
  const alternatives = rest.filter((delivery) => {
    const rivals = isShared(delivery) ? others.flatMap(([, list]) => list) : [];
    return [...rest, ...rivals].some((other) => other !== delivery && isAlternative(other, delivery));
  });
  // What could not be rendered may be one of several alternatives, or may not: it keeps a name of its own.
  const alone = alternatives.length === 0 ? [] : rest.filter((each) => alternatives.includes(each) || !each.isComplete);
  const together: PlacedDelivery[] = [];
  for (const delivery of rest.filter((each) => !alone.includes(each))) {
    const hosts = isShared(delivery)
      ? others.filter(([, list]) => !list.some((other) => contradict(other, delivery)))
      : [];
    for (const [name] of hosts) put(name, delivery);
    if (hosts.length === 0) together.push(delivery);
  }
  const taken = new Set(meshes.keys());
  const free = (path: string): string => {
    const named = path.replace(/\.(?:ya?ml|json)$/i, '');
    const wanted = named.split('/').findLast(isTelling) ?? (lastPart(named) || ONLY_MESH);
    const name = taken.has(wanted) ? named.replaceAll('/', '-') || `${ONLY_MESH}-2` : wanted;
    taken.add(name);
    return name;
  };
  const shared = together.filter((each) => !hasControllers && alone.some((other) => !overlap(other, each)));
  for (const delivery of alone) {
    const name = free(delivery.delivery.root.path);
    for (const each of [delivery, ...shared.filter((other) => !overlap(other, delivery))]) put(name, each);
  }
  const left = together.filter((each) => !shared.includes(each));
  if (left.length === 0) return;
  const name = free(commonFolder(left.map(({ delivery }) => delivery.root.path)));
  for (const delivery of left) put(name, delivery);
}

/** Whether two deliveries cannot live together: they have objects of one identity that differ. Namespaces are often repeated. */
function contradict(a: PlacedDelivery, b: PlacedDelivery): boolean {
  return conflicts(a, b).length > 0;
}

/** Whether two deliveries define the same, be it a copy. */
function overlap(a: PlacedDelivery, b: PlacedDelivery): boolean {
  const own = definitionsOf(a);
  return [...definitionsOf(b).keys()].some((key) => own.has(key));
}

/** Whether two deliveries are ways to run the same: a workload or Service of one name, wherever each puts it, that differs. */
function isAlternative(a: PlacedDelivery, b: PlacedDelivery): boolean {
  return conflicts(a, b).some(({ isOneOfAName }) => isOneOfAName);
}

interface Definition {
  readonly digest: string;
  /** True for what has its name once in a cluster by custom, whatever its namespace. */
  readonly isOneOfAName: boolean;
}

function conflicts(a: PlacedDelivery, b: PlacedDelivery): readonly Definition[] {
  const own = definitionsOf(a);
  const isKnown = a.isComplete && b.isComplete;
  return [...definitionsOf(b)].flatMap(([key, definition]) => {
    const other = own.get(key);
    return other === undefined || (isKnown && other.digest === definition.digest) ? [] : [definition];
  });
}

const DEFINITIONS = new WeakMap<readonly KubernetesObject[], ReadonlyMap<string, Definition>>();

function definitionsOf({ objects }: PlacedDelivery): ReadonlyMap<string, Definition> {
  const known = DEFINITIONS.get(objects);
  if (known) return known;
  const definitions = new Map<string, Definition>();
  for (const object of objects) {
    const { kind, metadata } = object;
    if (kind === 'Namespace' || metadata.name === '') continue;
    const digest = digestOf(JSON.stringify([metadata.namespace, object.body]));
    const isOneOfAName = isMainKind(object);
    definitions.set(isOneOfAName ? `${kind} ${metadata.name}` : objectKey(object), { digest, isOneOfAName });
  }
  DEFINITIONS.set(objects, definitions);
  return definitions;
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): ReadonlyMap<K, readonly T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
