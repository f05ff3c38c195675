import { compareDiagnostics, type Diagnostic } from './diagnostic/diagnostic.js';
import { ONLY_MESH } from './kubernetes/manifest.js';

/** What differs in its meshes alone is one. */
export function joinMeshes<T extends { readonly meshes?: readonly string[] }>(items: readonly T[]): readonly T[] {
  const joined = new Map<string, T>();
  for (const item of items) {
    const { meshes = [ONLY_MESH], ...rest } = item;
    const key = JSON.stringify(rest);
    joined.set(key, { ...item, meshes: [...(joined.get(key)?.meshes ?? []), ...meshes] });
  }
  return [...joined.values()];
}

/** What is said of several, each once. */
export function joinDiagnostics(
  parts: readonly { readonly diagnostics: readonly Diagnostic[] }[],
): readonly Diagnostic[] {
  return [...distinct(parts.flatMap(({ diagnostics }) => diagnostics))].sort(compareDiagnostics);
}

/** A contract is about several meshes: it is about nothing only where it is so in each of them. */
export function joinMeshDiagnostics(
  meshes: readonly { readonly diagnostics: readonly Diagnostic[] }[],
): readonly Diagnostic[] {
  const isEverywhere = ({ code, line }: Diagnostic): boolean =>
    meshes.every(({ diagnostics }) => diagnostics.some((each) => each.code === code && each.line === line));
  return joinDiagnostics(meshes).filter((each) => each.code !== 'contract-unmatched' || isEverywhere(each));
}

/** Of versions such as `1.30`. */
export function lowestVersion(parts: readonly { readonly istioVersion: string }[]): string {
  const versions = parts.map(({ istioVersion }) => istioVersion);
  return versions.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }))[0] ?? '';
}

/** Each once, by its content. */
export function distinct<T>(items: readonly T[]): readonly T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
