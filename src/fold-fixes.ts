import { objectKey, objectsByKey, type KubernetesObject, type ManifestSet } from './kubernetes/manifest.js';
import type { Fix, ManifestEdit } from './reachability/fix.js';

/** What was found for one of several meshes. */
export interface MeshFixes {
  readonly name: string;
  readonly before: ManifestSet;
  readonly after: ManifestSet;
  readonly fixes: readonly Fix[];
}

/**
 * The fixes of all meshes, each once. What an edit of a file does was tried in the meshes in which it mends something: where the same
 * lines make another object, there or elsewhere, it must not be written down.
 */
export function foldFixes(meshes: readonly MeshFixes[]): readonly Fix[] {
  if (meshes.every(({ fixes }) => fixes.length === 0)) return [];
  const folded = new Map<string, { fix: Fix; tried: string[] }>();
  for (const { name, fixes } of meshes) {
    for (const fix of fixes) {
      const key = JSON.stringify(fix.edits.map(({ path, key: object, edited }) => [path, object, edited]));
      const known = folded.get(key);
      if (known) Object.assign(known, { fix: joined(known.fix, fix), tried: [...known.tried, name] });
      else folded.set(key, { fix, tried: [name] });
    }
  }
  const places = new Map(meshes.map((mesh) => [mesh.name, placesOf(mesh)]));
  return [...folded.values()].map(({ fix, tried }) => withheldWhereShared(fix, tried, places));
}

function joined(a: Fix, b: Fix): Fix {
  const meshes = [...new Set([...(a.meshes ?? []), ...(b.meshes ?? [])])];
  return {
    ...a,
    ...b,
    mends: [...new Set([...a.mends, ...b.mends])].sort(),
    opens: a.opens + b.opens,
    ...(a.opensUnregistered ? { opensUnregistered: true as const } : {}),
    ...(meshes.length === 0 ? {} : { meshes }),
  };
}

/** The objects of a mesh by the place that they are made from. */
interface Places {
  readonly origins: ReadonlyMap<string, KubernetesObject>;
  readonly made: ReadonlyMap<string, readonly string[]>;
}

function placesOf({ before, after }: MeshFixes): Places {
  const origins = objectsByKey([...before.objects, ...after.objects]);
  const made = new Map<string, string[]>();
  for (const object of after.objects) {
    const place = placeOf(object);
    const known = made.get(place);
    if (known) known.push(objectKey(object));
    else made.set(place, [objectKey(object)]);
  }
  return { origins, made };
}

function placeOf({ kind, origin: { path, line } }: KubernetesObject): string {
  return `${kind} ${line} ${path}`;
}

function withheldWhereShared(fix: Fix, tried: readonly string[], meshes: ReadonlyMap<string, Places>): Fix {
  if (fix.whyNoPatches !== undefined) return fix;
  for (const edit of fix.edits) {
    const untried = untriedUse(edit, tried, meshes);
    if (untried !== null) return { ...fix, patches: null, whyNoPatches: untried };
  }
  return fix;
}

function untriedUse(edit: ManifestEdit, tried: readonly string[], meshes: ReadonlyMap<string, Places>): string | null {
  const object = meshes.get(tried[0]!)?.origins.get(edit.key);
  if (!object) return null;
  for (const [name, { made }] of meshes) {
    const keys = made.get(placeOf(object)) ?? [];
    const others = keys.filter((key) => key !== edit.key);
    if (others.length === 0 && (keys.length === 0 || tried.includes(name))) continue;
    const where = tried.includes(name) ? 'more than one object' : `an object of the mesh ${name} too`;
    return `The same lines of ${object.origin.path} make ${where}, for which the edit was not tried.`;
  }
  return null;
}
