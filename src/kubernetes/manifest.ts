import type { Diagnostic, Origin } from '../diagnostic/diagnostic.js';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined;
}

/** A file as a source hands it over. Nothing about it has been checked. */
export interface ManifestFile {
  /** Relative to the root of the tree, with forward slashes. */
  readonly path: string;
  readonly content: string | Uint8Array;
  /** True for what a tool has rendered: braces that are left in it are text. */
  readonly isRendered?: boolean;
}

export interface ObjectMeta {
  readonly name: string;
  /** Empty for cluster-scoped kinds; `default` where a namespaced object names none. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; null where the manifest has none. */
  readonly creationTimestamp: number | null;
}

/** One Kubernetes object of one document (the items of a `List` are objects of their own). */
export interface KubernetesObject {
  readonly apiVersion: string;
  /** The part of `apiVersion` before the slash; empty for the core group. */
  readonly group: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  /** The whole object as JSON. */
  readonly body: JsonObject;
  /** The object's first line. */
  readonly origin: Origin;
  /** The line of the value at `path` in the body, or of its nearest ancestor that is written in the file. */
  readonly locate: (path: readonly (string | number)[]) => Origin;
  /** A tool has made it: it may stand nowhere as it is. */
  readonly isRendered?: true;
}

/** Content that could not be read as Kubernetes objects, and may hide some. */
export interface Unreadable {
  readonly path: string;
  readonly line: number;
  /** The kind, where it could still be told (a broken document of a kind that cannot matter is harmless). */
  readonly kind: string | null;
  /** Equal for equal content; without it, content that stands at one path on both sides is taken for changed. */
  readonly digest?: string;
  /** True where it stands for everything that a kustomization or a chart would render to. */
  readonly isRoot?: true;
  /** Of a root, the kinds of the objects that its files hold, where they tell: what else it has comes from where it is not read.
   * Empty for a kind that could not be told. */
  readonly kinds?: readonly string[];
  /** For readers: what could not be rendered, where the place does not tell. */
  readonly title?: string;
  /** True where there is nothing, and the configuration says that there is something. */
  readonly isAbsent?: boolean;
}

/** Everything one file says. Depends on path and content alone, so it can be cached by both. */
export interface ParsedFile {
  readonly path: string;
  readonly objects: readonly KubernetesObject[];
  readonly unreadable: readonly Unreadable[];
  readonly diagnostics: readonly Diagnostic[];
  /** False for files that hold no Kubernetes objects and were never meant to. */
  readonly isManifest: boolean;
  /** Of a file that is no manifest: equal for equal content. */
  readonly foreignDigest?: string;
}

/** What a tree's mesh is called where nothing gives it a name. */
export const ONLY_MESH = 'default';

/** One tree of manifests. */
export interface ManifestSet {
  /** In the order of the files' paths; of two objects of one identity only the last is here, as `kubectl apply` leaves it. */
  readonly objects: readonly KubernetesObject[];
  readonly unreadable: readonly Unreadable[];
  readonly diagnostics: readonly Diagnostic[];
  readonly filesRead: number;
  /** Paths of files that were not taken for manifests. */
  readonly filesSkipped: readonly string[];
}

/**
 * Identity of an object across two trees. The version is no part of it: `v1` and `v1beta1` name the same object.
 * What configures a tool may have no name; its file tells it from others.
 */
export function objectKey(object: KubernetesObject): string {
  let key = keys.get(object);
  if (key === undefined) {
    const { namespace, name } = object.metadata;
    key = `${object.group}/${object.kind}/${namespace}/${name === '' ? object.origin.path : name}`;
    keys.set(object, key);
  }
  return key;
}

/** Trees that are compared have nearly all objects in common, and each asks for their keys. */
const keys = new WeakMap<KubernetesObject, string>();

export function isConfigMap({ group, kind }: Pick<KubernetesObject, 'group' | 'kind'>): boolean {
  return group === '' && kind === 'ConfigMap';
}

/** Objects by their identity; of two with one identity the last. */
export function objectsByKey(objects: readonly KubernetesObject[]): Map<string, KubernetesObject> {
  return new Map(objects.map((object) => [objectKey(object), object]));
}
