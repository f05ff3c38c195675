import { compareDiagnostics, diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import { buildManifestSet } from '../kubernetes/build-manifest-set.js';
import type { TreeLedger } from '../kubernetes/ledger.js';
import { ONLY_MESH, type KubernetesObject, type ManifestSet, type ParsedFile } from '../kubernetes/manifest.js';
import type { Placement } from '../kubernetes/place-object.js';
import type { ConfiguredLayout } from '../layout/configured-layout.js';
import { sourcesOf } from '../layout/controlled.js';
import { placementFor, withReason } from '../layout/delivery.js';
import { configMapIn, substituted, variablesOf } from '../layout/flux-variables.js';
import { groupMeshes, type PlacedDelivery } from '../layout/group-meshes.js';
import { isSample } from '../layout/samples.js';
import { placeAll, type Applied } from './apply-delivery.js';
import type { Mesh } from './discovery.js';
import { ledgerOfTree, type AppliedRoot } from './keep-ledger.js';
import type { IndexedTree } from './tree-index.js';

/** What is applied, and whether no controller of the tree applies it. */
export interface FoundDelivery extends Applied {
  readonly isLeftOver: boolean;
}

/** What meshes are made of beside deliveries. */
export interface Surroundings {
  readonly index: IndexedTree;
  readonly layout: ConfiguredLayout;
  /** Objects in whose place stands what they have applied. */
  readonly resolved: ReadonlySet<KubernetesObject>;
  /** What belongs to no mesh. */
  readonly diagnostics: readonly Diagnostic[];
  /** Paths that the configuration leaves out. */
  readonly ignored: readonly string[];
}

/** The meshes of a tree, of everything that is applied in one, and the ledger of it. */
export function assembleMeshes(
  all: readonly FoundDelivery[],
  { index, layout, resolved, diagnostics, ignored }: Surroundings,
): { readonly meshes: readonly Mesh[]; readonly ledger: TreeLedger; readonly diagnostics: readonly Diagnostic[] } {
  const byPlaced = new Map<PlacedDelivery, Applied>();
  for (const applied of all) {
    const { delivery, cluster, environment, isLeftOver, claimedBy, file, isComplete } = applied;
    const objects = isComplete ? file.objects : sourcesOf(delivery.root, index);
    byPlaced.set({ delivery, objects, isComplete, cluster, environment, isLeftOver, claimedBy }, applied);
  }
  const placed: AppliedRoot[] = [];
  const meshes = groupMeshes([...byPlaced.keys()], layout.meshes).map(({ name, deliveries }): Mesh => {
    const { defaultNamespace, rootNamespace } = layout.meshes.find((mesh) => mesh.name === name) ?? {};
    const parts = deliveries.map((each) => byPlaced.get(each)!);
    placed.push(...parts.map((part) => ({ ...part, mesh: name, root: part.delivery.root })));
    const inputs = new Set(parts.flatMap((part) => part.inputs));
    const files = filesOf(parts, placementFor(defaultNamespace), resolved);
    const manifests = buildManifestSet([...files, ...layout.absentIn(name)]);
    return {
      name,
      deliveries: deliveries.map(({ delivery, claimedBy }) => withReason(delivery, claimedBy)),
      manifests: { ...manifests, filesRead: inputs.size },
      ...(rootNamespace ? { rootNamespace } : {}),
    };
  });
  // Where controllers run that have everything applied elsewhere, there is no mesh.
  const configured = new Set(layout.meshes.map(({ name }) => name));
  const filled = meshes.filter(({ name, manifests }) => configured.has(name) || !isEmpty(manifests));
  const empty: Mesh = { name: ONLY_MESH, deliveries: [], manifests: buildManifestSet([]) };
  const sorted = [...diagnostics].sort(compareDiagnostics);
  return {
    meshes: filled.length > 0 ? filled : [empty],
    ledger: ledgerOfTree(index, placed, sorted, (path) => isSample(path, index), ignored),
    diagnostics: sorted,
  };
}

/** The files of a mesh, with Flux's variables put in, and without the objects in whose place others stand.
 *
 * @param placement of what nobody who applies it gives a namespace. */
function filesOf(
  parts: readonly Applied[],
  placement: Placement | null,
  resolved: ReadonlySet<KubernetesObject>,
): readonly ParsedFile[] {
  const all = parts.flatMap(({ file }) => file.objects);
  return parts.map(({ delivery: { substitution, declaredAt, placement: given }, file }, index) => {
    const left = file.objects.filter((object) => !resolved.has(object));
    const kept = placement && given === null ? placeAll(left, placement) : left;
    // Of two roots of one folder, the order is that of the deliveries.
    const path = `${file.path}\0${index}`;
    if (!substitution) return { ...file, path, objects: kept };
    const diagnostics: Diagnostic[] = [];
    for (const { namespace, name, isOptional } of substitution.configMaps) {
      if (isOptional || configMapIn(all, namespace, name)) continue;
      const message = `Variables come from ConfigMap ${namespace}/${name}, which is not in this tree.`;
      diagnostics.push(diagnostic('source-not-in-tree', message, declaredAt));
    }
    const variables = variablesOf(substitution, (namespace, name) => configMapIn(all, namespace, name));
    const objects = kept.map((object) => {
      const filled = substituted(object, variables);
      for (const name of filled.missing) {
        diagnostics.push(diagnostic('variable-without-value', `\`\${${name}}\` has no value here.`, object.origin));
      }
      return filled.object;
    });
    return { ...file, path, objects, diagnostics: [...file.diagnostics, ...diagnostics] };
  });
}

function isEmpty({ objects, unreadable, diagnostics }: ManifestSet): boolean {
  return objects.length + unreadable.length + diagnostics.length === 0;
}
