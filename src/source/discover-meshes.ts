import { buildManifestSet } from '../kubernetes/build-manifest-set.js';
import { ONLY_MESH, type ManifestSet, type ParsedFile } from '../kubernetes/manifest.js';
import { ConfiguredLayout } from '../layout/configured-layout.js';
import {
  controlledIn,
  hostOf,
  isControlled,
  toldApart,
  withoutDelivered,
  type Controlled,
} from '../layout/controlled.js';
import { deliveryOf, placementFor, type Delivery } from '../layout/delivery.js';
import { environmentOfRoot } from '../layout/environment.js';
import { FormerPaths, type ControlledPath } from '../layout/former-paths.js';
import { reachOf } from '../layout/kustomizations.js';
import { EVERY_MANIFEST, type ManifestScope } from '../layout/manifest-scope.js';
import { isBelow, joinPath, type Root } from '../layout/root.js';
import { findSeeds, PLAIN, remainderOf } from '../layout/seeds.js';
import { applyDelivery, placeAll, type Applied, type Outcome, type Workshop } from './apply-delivery.js';
import { assembleMeshes, type FoundDelivery } from './assemble-meshes.js';
import { Controllers } from './controllers.js';
import { createSourceTree } from './create-source-tree.js';
import type { Discovery, DiscoveryInput, DiscoveryOptions, Mesh } from './discovery.js';
import { ledgerOfFiles } from './keep-ledger.js';
import type { SourceTree } from './source-tree.js';
import { indexTree, isLayoutFile, type IndexedTree } from './tree-index.js';

/**
 * Finds out what of a tree is applied where, and renders it: what Argo CD and Flux objects of the tree name, kustomizations
 * that no other one takes in, charts, and manifests that nothing else accounts for. Objects that render to further Argo CD or
 * Flux objects are followed. What the configuration names is taken as it says.
 *
 * @throws SourceError when the tree cannot be read.
 */
export async function discoverMeshes(input: DiscoveryInput, options: DiscoveryOptions): Promise<Discovery> {
  const { files, openTree, ignored = [] } = input;
  const { scope = EVERY_MANIFEST, formerly = [], known = [] } = options;
  const hasLayout = formerly.length > 0 || files.some(isOfLayout);
  if (scope.meshes.length === 0 && (!hasLayout || openTree === null))
    return {
      meshes: [plainMesh(files, scope, known[0]?.manifests)],
      diagnostics: [],
      followed: [],
      ledger: ledgerOfFiles(files, ONLY_MESH, ignored),
      controlled: [],
      abandoned: [],
    };
  const tree = openTree === null ? treeOfNothingBut(files) : await openTree();
  return discoverIn(await indexTree(tree, files), options, ignored);
}

const ofLayout = new WeakMap<ParsedFile, boolean>();

/** Whether a file says what else is applied. Asked of thousands of files that many trees have in common. */
function isOfLayout(file: ParsedFile): boolean {
  let is = ofLayout.get(file);
  if (is === undefined) ofLayout.set(file, (is = isLayoutFile(file.path) || file.objects.some(isControlled)));
  return is;
}

/** What can be read of it has been read: nothing is to be rendered. */
function treeOfNothingBut(files: readonly ParsedFile[]): SourceTree {
  const entries = files.map(({ path }) => [path, { size: 0, digest: '' }] as const);
  return createSourceTree(new Map(entries), () => Promise.resolve(new Map()));
}

/** Manifests alone, in whatever folders, are one mesh. */
function plainMesh(
  files: readonly ParsedFile[],
  { defaultNamespace }: ManifestScope,
  known: ManifestSet | undefined,
): Mesh {
  const root: Root = { kind: 'plain', path: '', files: files.map(({ path }) => path).sort() };
  const placement = placementFor(defaultNamespace);
  const placed = placement ? files.map((file) => ({ ...file, objects: placeAll(file.objects, placement) })) : files;
  return { name: ONLY_MESH, deliveries: [deliveryOf(root, PLAIN)], manifests: buildManifestSet(placed, known) };
}

async function discoverIn(
  index: IndexedTree,
  { renderer, permissions, scope = EVERY_MANIFEST, formerly = [] }: DiscoveryOptions,
  ignored: readonly string[],
): Promise<Discovery> {
  const layout = new ConfiguredLayout(scope, index);
  const workshop: Workshop = { index, renderer, permissions, defaultNamespace: scope.defaultNamespace };
  const configured = await Promise.all(
    layout.placeRoots().map(async (placed) => ({ ...placed, ...(await applyDelivery(placed.delivery, workshop)) })),
  );
  const controllers = new Controllers(workshop, layout, configured);
  const seeds = findSeeds(index, layout);
  const outcomes = await applyThoseWithControlled(seeds, workshop);
  const former = new FormerPaths(formerly);
  await controllers.follow(findTops({ configured, outcomes, index, layout, controllers, former }));
  // An object that is still there, and applies something else now, has let it go; what is gone with its object, too.
  const owners = new Set(controllers.followed().flatMap(({ key, isComplete }) => (isComplete ? [key] : [])));
  const isAbandoned = ({ path, owner }: ControlledPath): boolean =>
    !owners.has(owner) &&
    !controllers.applied.some(({ delivery }) => delivery.root.path === path) &&
    (index.paths.has(path) || index.hasFolder(path));
  const applied = controllers.applied.map(({ delivery }) => delivery.root);
  const remaining = seeds
    .filter(({ root }) => layout.isWanted(layout.claimsOf(root)))
    .map((seed) => remainderOf(seed, applied, controllers.opaqueFolders, index))
    .filter((seed) => seed !== null)
    .map((seed) => former.without(seed, isAbandoned))
    .filter((seed) => seed !== null);
  const leftOver = await Promise.all(
    remaining.map(async (delivery): Promise<FoundDelivery> => {
      const outcome = outcomes.get(delivery) ?? (await applyDelivery(delivery, workshop));
      const { root } = delivery;
      const isLeftOver = controlledIn(root, outcome.file.objects, outcome.isComplete, index).length === 0;
      const [environment, claimedBy] = [environmentOfRoot(root), layout.claimsOf(root)];
      return { delivery, cluster: null, environment, claimedBy, ...outcome, isLeftOver };
    }),
  );
  const byControllers = controllers.applied
    .filter(({ claimedBy }) => layout.isWanted(claimedBy))
    .map((each) => ({ ...each, isLeftOver: false }));
  const assembled = assembleMeshes([...byControllers, ...leftOver], {
    index,
    layout,
    resolved: controllers.resolved,
    diagnostics: [...layout.diagnostics, ...controllers.diagnostics],
    ignored,
  });
  return {
    ...assembled,
    followed: controllers.followed(),
    controlled: controllers.controlledPaths(),
    abandoned: former.abandoned(),
  };
}

/** What the seeds come to that could hold objects of controllers. */
async function applyThoseWithControlled(
  seeds: readonly Delivery[],
  workshop: Workshop,
): Promise<ReadonlyMap<Delivery, Outcome>> {
  const { index } = workshop;
  // The tree keeps them; one by one, each chart would cost its source a request or a process.
  await index.tree.read(templatesOf([...index.charts.keys()], index));
  const outcomes = await Promise.all(
    seeds.map(async (seed) =>
      (await mayHoldControlled(seed.root, index)) ? [[seed, await applyDelivery(seed, workshop)] as const] : [],
    ),
  );
  return new Map(outcomes.flat());
}

const CONTROLLED_TEXT = /^\s*-?\s*kind:\s*["']?(?:Application|ApplicationSet|HelmRelease|Kustomization)\b/m;

/** Whether rendering a seed could bring up objects of a controller: by what goes into it. */
async function mayHoldControlled(root: Root, index: IndexedTree): Promise<boolean> {
  const { kustomizations, manifests, charts, tree } = index;
  const { kind, path } = root;
  const files = kind === 'plain' ? root.files : kind === 'chart' ? [] : [...reachOf(path, kustomizations)];
  if (files.some((file) => manifests.get(file)?.objects.some(isControlled))) return true;
  const used = kind === 'chart' ? [path] : files.filter((file) => charts.has(file));
  const contents = await tree.read(templatesOf(used, index));
  return [...contents.values()].some((content) => CONTROLLED_TEXT.test(Buffer.from(content).toString('latin1')));
}

function templatesOf(charts: readonly string[], { tree }: IndexedTree): readonly string[] {
  const folders = charts.map((chart) => joinPath(chart, 'templates'));
  return [...tree.files.keys()].filter((path) => folders.some((folder) => isBelow(folder, path)));
}

interface Findings {
  readonly configured: readonly Applied[];
  readonly outcomes: ReadonlyMap<Delivery, Outcome>;
  readonly index: IndexedTree;
  readonly layout: ConfiguredLayout;
  readonly controllers: Controllers;
  readonly former: FormerPaths;
}

/** The objects of controllers that come of what nobody else applies. */
function findTops({ configured, outcomes, index, layout, controllers, former }: Findings): readonly Controlled[] {
  const startFrom = (root: Root, { file, isComplete }: Outcome, claimedBy: readonly string[]): readonly Controlled[] =>
    controlledIn(root, file.objects, isComplete, index).map((object) => {
      const own = layout.claimsOfFile(object.origin.path);
      const host = layout.onlyClaimOfFile(object.origin.path) ?? hostOf(object, root);
      return { object, written: object, host, claimedBy: own.length > 0 ? own : claimedBy };
    });
  const found = [
    ...configured.flatMap((applied) => startFrom(applied.delivery.root, applied, applied.claimedBy)),
    ...[...outcomes].flatMap(([{ root }, outcome]) => startFrom(root, outcome, layout.claimsOf(root))),
  ];
  const foldersOf = (controlled: Controlled): readonly string[] => controllers.foldersOf(controlled);
  // What a controller applied before the change, and none does now, be it itself, is followed no more.
  const isOrphan = (controlled: Controlled): boolean => {
    const { path } = controlled.written.origin;
    return former.has(path) && !foldersOf(controlled).some((folder) => isBelow(folder, path));
  };
  return toldApart(withoutDelivered(found, foldersOf).filter((controlled) => !isOrphan(controlled)));
}
