import { diagnostic, type Diagnostic, type Origin } from '../diagnostic/diagnostic.js';
import type { ParsedFile } from '../kubernetes/manifest.js';
import { matchesPath } from '../kubernetes/wildcard.js';
import { expandMeshes, MeshClaims, type ConfiguredMesh } from './configured-meshes.js';
import { configuredRoot } from './configured-root.js';
import { CONFIGURED, deliveryOf, placementFor, type Placed } from './delivery.js';
import type { TreeIndex } from './delivery-reading.js';
import { environmentOfRoot } from './environment.js';
import { isInScope, type ManifestScope } from './manifest-scope.js';
import { joinPath, type Root } from './root.js';

/** What the configuration says of a tree: its meshes, and what belongs to them. */
export class ConfiguredLayout {
  readonly meshes: readonly ConfiguredMesh[];
  /** What belongs to no mesh. */
  readonly diagnostics: readonly Diagnostic[];
  readonly #claims: MeshClaims;
  /** By mesh: what the configuration names and the tree does not have. */
  readonly #absent = new Map<string, { readonly path: string; readonly origin: Origin }[]>();

  constructor(
    readonly scope: ManifestScope,
    private readonly index: TreeIndex,
  ) {
    const { meshes, withoutFit } = expandMeshes(scope.meshes, index.paths);
    this.meshes = meshes;
    this.#claims = new MeshClaims(meshes);
    this.diagnostics = withoutFit.map(({ name, origin }) => {
      const message = `The mesh ${name} of the configuration fits nothing in this tree.`;
      return diagnostic('configured-path-unmatched', message, origin);
    });
  }

  /** What the configuration has applied. Also notes what it names in vain. */
  placeRoots(): readonly Placed[] {
    return this.meshes.flatMap((mesh) => {
      for (const glob of mesh.paths) {
        if (![...this.index.paths].some((path) => matchesPath(glob, path))) this.#noteAbsent(mesh, glob, mesh.origin);
      }
      return mesh.roots.flatMap((configured): readonly Placed[] => {
        const { origin, path, namespace } = configured;
        const root = configuredRoot(configured, mesh, this.index);
        if (root === null) {
          this.#noteAbsent(mesh, path || '.', origin);
          return [];
        }
        const delivery = { ...deliveryOf(root, CONFIGURED), placement: placementFor(namespace), declaredAt: origin };
        return [{ delivery, cluster: mesh.name, environment: environmentOfRoot(root), claimedBy: [mesh.name] }];
      });
    });
  }

  /** What a mesh lacks stands in it as something that could not be read: where it comes to be missing, the answer is not known. */
  absentIn(mesh: string): readonly ParsedFile[] {
    return (this.#absent.get(mesh) ?? []).map(({ path, origin }) => {
      const message = `${path}, which the configuration gives the mesh ${mesh}, fits nothing in this tree.`;
      return {
        path: `${path}\0`,
        objects: [],
        unreadable: [{ path, line: 1, kind: null, digest: 'absent', isAbsent: true }],
        diagnostics: [diagnostic('configured-path-unmatched', message, origin)],
        isManifest: true,
      };
    });
  }

  /** The configured meshes that a file belongs to. */
  claimsOfFile(path: string): readonly string[] {
    return this.#claims.of(path);
  }

  /** The one configured mesh that a file belongs to; null for none and for several. */
  onlyClaimOfFile(path: string): string | null {
    const [name = null, ...others] = this.#claims.of(path);
    return others.length === 0 ? name : null;
  }

  /** The configured meshes that what is found belongs to. */
  claimsOf(root: Root): readonly string[] {
    return this.#claims.of(this.#fileOf(root));
  }

  isWanted(claimedBy: readonly string[]): boolean {
    return this.scope.findsRest || claimedBy.length > 0;
  }

  /** Whether the configuration says how a folder is applied. */
  isConfigured(folder: string): boolean {
    return this.meshes.some(({ roots }) => roots.some(({ path }) => path === folder));
  }

  /** Whether the configuration leaves out what a controller would apply, or says itself how it is applied. */
  isOtherwise(root: Root): boolean {
    return this.isConfigured(root.path) || !isInScope(this.#fileOf(root), { ...this.scope, paths: [] });
  }

  /** A file that stands for a root. */
  #fileOf(root: Root): string {
    if (root.kind === 'chart') return joinPath(root.path, 'Chart.yaml');
    const file = root.kind === 'plain' ? root.files[0] : this.index.kustomizations.get(root.path)?.file;
    return file ?? root.path;
  }

  #noteAbsent({ name }: ConfiguredMesh, path: string, origin: Origin): void {
    this.#absent.set(name, [...(this.#absent.get(name) ?? []), { path, origin }]);
  }
}
