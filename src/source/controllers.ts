import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { digestOf } from '../kubernetes/digest.js';
import type { FollowedObject } from '../kubernetes/followed-object.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { expandApplicationSet, isApplicationSet, listGeneratorFiles } from '../layout/application-set.js';
import { IN_CLUSTER, isApplication, readApplication } from '../layout/argo-application.js';
import type { ConfiguredLayout } from '../layout/configured-layout.js';
import { controlledIn, keyOf, type Controlled } from '../layout/controlled.js';
import { CONFIGURED, deliveryOf, type Placed } from '../layout/delivery.js';
import type { DeliveryReading } from '../layout/delivery-reading.js';
import { environmentOf, environmentOfRoot } from '../layout/environment.js';
import {
  isArtifactGenerator,
  isFluxKustomization,
  isHelmRelease,
  readArtifactGenerator,
  readFluxKustomization,
  readHelmRelease,
  type Artifacts,
} from '../layout/flux.js';
import { configMapIn, substituted, variablesOf } from '../layout/flux-variables.js';
import type { ControlledPath } from '../layout/former-paths.js';
import { reachOf } from '../layout/kustomizations.js';
import { folderOf, isBelow, type PlainRoot, type Root } from '../layout/root.js';
import { applyDelivery, type Applied, type Workshop } from './apply-delivery.js';
import { isForReaders } from './render/closure.js';

/** Applications that make Applications, and so on: deeper than anybody's. */
const MOST_ROUNDS = 10;

/** How far it is known what an object of a controller has applied. */
interface Settlement extends Pick<DeliveryReading, 'isComplete' | 'diagnostics'> {
  /** Folders of the tree that it applies. */
  readonly roots: readonly string[];
}

/** What the controller of a cluster is to apply. */
interface Order extends Placed {
  readonly host: string | null;
  readonly owner: string;
}

/** The controllers of all clusters: they are given their objects, and have applied what these name. */
export class Controllers {
  readonly #applied: Applied[];
  /** By the object and its host. */
  readonly #followed = new Map<string, FollowedObject>();
  /** Keys of those that nobody asks for. */
  readonly #unwanted = new Set<string>();
  readonly #resolved = new Set<KubernetesObject>();
  readonly #opaqueFolders = new Set<string>();
  readonly #diagnostics: Diagnostic[] = [];

  /** @param configured what the configuration has applied. */
  constructor(
    private readonly workshop: Workshop,
    private readonly layout: ConfiguredLayout,
    configured: readonly Applied[],
  ) {
    this.#applied = [...configured];
  }

  /** What is applied, by the configuration and by the objects that were followed. */
  get applied(): readonly Applied[] {
    return this.#applied;
  }

  /** Objects in whose place stands what they have applied. */
  get resolved(): ReadonlySet<KubernetesObject> {
    return this.#resolved;
  }

  /** Folders whose files are made into objects in a way that is not known. */
  get opaqueFolders(): ReadonlySet<string> {
    return this.#opaqueFolders;
  }

  get diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics;
  }

  /** Those that somebody asks for. */
  followed(): readonly FollowedObject[] {
    return [...this.#followed.values()].filter(({ key }) => !this.#unwanted.has(key));
  }

  /** Has everything applied that objects name, and what the objects name that this brings up. */
  async follow(tops: readonly Controlled[]): Promise<void> {
    let open = tops;
    for (let round = 0; open.length > 0 && round < MOST_ROUNDS; round += 1) open = await this.#followOnce(open);
  }

  /** The folders that an object has applied. */
  foldersOf({ object, host }: Controlled): readonly string[] {
    if (isApplicationSet(object)) return [];
    return this.#read(object, host).deliveries.map(({ root }) => root.path);
  }

  /** What controllers apply. */
  controlledPaths(): readonly ControlledPath[] {
    const opaque = [...this.#opaqueFolders].map((path) => {
      const { delivery, owner = '' } = this.#applied.find((applied) => applied.delivery.root.path === path) ?? {};
      return { path, by: delivery?.reason ?? '', owner, parts: new Set([path]) };
    });
    const applied = this.#applied.filter(({ delivery }) => delivery.reason !== CONFIGURED);
    return [
      ...opaque,
      ...applied.map(({ delivery: { root, reason }, owner = '' }) => ({
        path: root.path,
        by: reason,
        owner,
        parts: new Set(this.#partsOf(root)),
      })),
    ];
  }

  #partsOf(root: Root): Iterable<string> {
    const { kustomizations, paths } = this.workshop.index;
    if (root.kind === 'plain') return root.files;
    if (root.kind === 'kustomization') return reachOf(root.path, kustomizations);
    return [...paths].filter((path) => isBelow(root.path, path));
  }

  /** One round: has every object's deliveries applied, and gives the objects of controllers that this brings up. */
  async #followOnce(open: readonly Controlled[]): Promise<Controlled[]> {
    const next: Controlled[] = [];
    // A release may take its values from what the others apply.
    for (const isRelease of [false, true]) {
      const orders: Order[] = [];
      for (const controlled of open.filter(({ object }) => isHelmRelease(object) === isRelease)) {
        if (this.#isFollowed(controlled)) continue;
        if (isApplicationSet(controlled.object)) next.push(...(await this.#expand(controlled)));
        else orders.push(...this.#ordersOf(controlled));
      }
      const outcomes = await Promise.all(orders.map(({ delivery }) => applyDelivery(delivery, this.workshop)));
      const applied = orders.map((order, index) => ({ ...order, ...outcomes[index]! }));
      this.#applied.push(...applied);
      for (const { delivery, cluster, host, claimedBy, file, isComplete } of applied) {
        const variables = variablesOf(delivery.substitution, (namespace, name) =>
          this.#configMap(namespace, name, host),
        );
        for (const written of controlledIn(delivery.root, file.objects, isComplete, this.workshop.index))
          next.push({ object: substituted(written, variables).object, written, host: cluster, claimedBy });
      }
    }
    return next;
  }

  /** Whether an object was followed before: it may be delivered more than once. */
  #isFollowed(controlled: Controlled): boolean {
    const followed = this.#followed.get(keyOf(controlled));
    if (followed?.isComplete === true) this.#resolved.add(controlled.written);
    return followed !== undefined;
  }

  /** @param claimedBy the configured meshes that it has something applied in. */
  #settle(controlled: Controlled, { isComplete, diagnostics, roots }: Settlement, claimedBy: readonly string[]): void {
    const { object } = controlled;
    const key = keyOf(controlled);
    this.#followed.set(key, {
      key,
      title: `${object.kind} ${object.metadata.namespace}/${object.metadata.name}`,
      digest: digestOf(JSON.stringify(object.body)),
      isComplete,
      missing: diagnostics.map(({ message }) => message),
      roots,
    });
    if (!this.layout.isWanted(claimedBy)) this.#unwanted.add(key);
    if (isComplete) this.#resolved.add(controlled.written);
    if (this.layout.isWanted(claimedBy)) this.#diagnostics.push(...diagnostics);
  }

  async #expand(controlled: Controlled): Promise<readonly Controlled[]> {
    const { object, host, claimedBy } = controlled;
    const { tree, paths } = this.workshop.index;
    const contents = await tree.read(listGeneratorFiles(object, paths));
    const { applications, ...settlement } = expandApplicationSet(object, paths, contents);
    this.#settle(controlled, { ...settlement, roots: [] }, claimedBy);
    const madeBy = keyOf(controlled);
    return applications.map((object) => ({ object, written: object, host, claimedBy, madeBy }));
  }

  #ordersOf(controlled: Controlled): readonly Order[] {
    const { object, host } = controlled;
    const { deliveries, opaque, ...reading } = this.#read(object, host);
    const isHere = reading.cluster === IN_CLUSTER;
    const cluster = isHere ? host : reading.cluster;
    const claimedBy = isHere
      ? controlled.claimedBy
      : this.layout.meshes.map(({ name }) => name).filter((name) => name === cluster);
    this.#settle(controlled, { ...reading, roots: deliveries.map(({ root }) => root.path) }, claimedBy);
    const owner = controlled.madeBy ?? keyOf(controlled);
    if (opaque) this.#applied.push({ ...this.#opaque(object, cluster, opaque), claimedBy, owner });
    // A cluster with a folder of its own is one mesh, whatever the folders are called that it takes in.
    const isOwn = isHere && host !== null;
    return deliveries
      .filter(({ root }) => !this.layout.isOtherwise(root))
      .map((delivery) => {
        const own = this.layout.claimsOf(delivery.root);
        const environment = isOwn ? null : environmentOfRoot(delivery.root);
        return { delivery, cluster, host, environment, owner, claimedBy: own.length > 0 ? own : claimedBy };
      });
  }

  /** What stands for objects that are not known: as unreadable as what they are made of is different. */
  #opaque(object: KubernetesObject, cluster: string | null, folders: readonly string[]): Omit<Applied, 'claimedBy'> {
    const { path, line } = object.origin;
    const { name, namespace } = object.metadata;
    for (const folder of folders) this.#opaqueFolders.add(folder);
    const { tree, manifests } = this.workshop.index;
    const files = [...tree.files].filter(
      ([file]) => !isForReaders(file) && folders.some((folder) => isBelow(folder, file)),
    );
    // Whatever reads manifests takes comments in them for nothing.
    const states = files.map(([file, { digest }]) => {
      const { objects = [], unreadable = [] } = manifests.get(file) ?? {};
      return [file, objects.length > 0 && unreadable.length === 0 ? objects.map(({ body }) => body) : digest];
    });
    const digest = digestOf(JSON.stringify([object.body, states]));
    const who = `${object.kind} ${namespace}/${name}`;
    const title = `What ${who} makes${folders.length > 0 ? ` of ${folders.join(', ')}` : ''}`;
    const unreadable = [{ path, line, kind: null, digest, title }];
    const root: PlainRoot = { kind: 'plain', path: folders[0] ?? '', files: [] };
    return {
      delivery: { ...deliveryOf(root, who), declaredAt: object.origin },
      cluster,
      environment: null,
      isComplete: false,
      file: { path, objects: [], unreadable, diagnostics: [], isManifest: true },
      inputs: [],
      tools: [],
    };
  }

  #read(object: KubernetesObject, host: string | null): DeliveryReading {
    const { index } = this.workshop;
    if (isApplication(object)) return readApplication(object, index);
    if (isFluxKustomization(object)) return readFluxKustomization(object, index, this.#artifacts());
    return readHelmRelease(object, index, (namespace, name) => this.#configMap(namespace, name, host));
  }

  #artifacts(): Artifacts {
    const { manifests } = this.workshop.index;
    const generators = [...manifests.values()].flatMap(({ objects }) => objects.filter(isArtifactGenerator));
    return new Map(generators.flatMap((object) => [...readArtifactGenerator(object)]));
  }

  /** A ConfigMap of a cluster: one that is applied there; else one that is written for it, or for no cluster in particular. */
  #configMap(namespace: string, name: string, host: string | null): KubernetesObject | null {
    const applied = this.#applied.filter(({ cluster }) => cluster === host).flatMap(({ file }) => file.objects);
    const written = [...this.workshop.index.manifests.values()].flatMap(({ objects }) => objects);
    const writtenFor = (environment: string | null): readonly KubernetesObject[] =>
      written.filter(({ origin: { path } }) => {
        return (this.layout.onlyClaimOfFile(path) ?? environmentOf(folderOf(path))) === environment;
      });
    const anywhere = host === null ? written : [];
    for (const objects of [applied, writtenFor(host), writtenFor(null), anywhere]) {
      const found = configMapIn(objects, namespace, name);
      if (found) return found;
    }
    return null;
  }
}
