import { objectKey, type KubernetesObject, type ManifestSet } from './kubernetes/manifest.js';
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
  return [...folded.values()].map(({ fix, tried }) => withheldWhereShared(fix, tried, meshes));
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

function withheldWhereShared(fix: Fix, tried: readonly string[], meshes: readonly MeshFixes[]): Fix {
  if (fix.whyNoPatches !== undefined) return fix;
  for (const edit of fix.edits) {
    const untried = untriedUse(edit, tried, meshes);
    if (untried !== null) return { ...fix, patches: null, whyNoPatches: untried };
  }
  return fix;
}

function untriedUse(edit: ManifestEdit, tried: readonly string[], meshes: readonly MeshFixes[]): string | null {
  const object = meshes.filter(({ name }) => name === tried[0]).flatMap((mesh) => objectOf(edit, mesh) ?? [])[0];
  if (!object) return null;
  for (const { name, after } of meshes) {
    const keys = after.objects.filter((other) => isMadeOfSameLines(object, other)).map(objectKey);
    const others = keys.filter((key) => key !== edit.key);
    if (others.length === 0 && (keys.length === 0 || tried.includes(name))) continue;
    const where = tried.includes(name) ? 'more than one object' : `an object of the mesh ${name} too`;
    return `The same lines of ${object.origin.path} make ${where}, for which the edit was not tried.`;
  }
  return null;
}

/** What is edited, as it is after the change; where it is gone, as it was. */
function objectOf({ key, kind }: ManifestEdit, { before, after }: MeshFixes): KubernetesObject | undefined {
  const isEdited = (object: KubernetesObject): boolean => object.kind === kind && objectKey(object) === key;
  return after.objects.find(isEdited) ?? before.objects.find(isEdited);
}

function isMadeOfSameLines(one: KubernetesObject, other: KubernetesObject): boolean {
  return one.origin.line === other.origin.line && one.kind === other.kind && one.origin.path === other.origin.path;
}
