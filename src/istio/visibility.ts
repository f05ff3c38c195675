/** Where a configuration object may be seen: `*`, `.`, `~` or namespaces. Istio: visibility.Instance */
export type ExportTo = ReadonlySet<string>;

export const PUBLIC = '*';
export const PRIVATE = '.';
export const NONE = '~';

/** The mesh's default as a version reads it. */
export function defaultExportTo(configured: ExportTo, mayNameNamespaces: boolean): ExportTo {
  if (mayNameNamespaces) return configured;
  return new Set([configured.has(PRIVATE) ? PRIVATE : configured.has(PUBLIC) ? PUBLIC : NONE]);
}

/**
 * Whether an object of `owner` may be seen from `viewer`. An empty or missing set means the mesh default.
 * Istio: PushContext.IsServiceVisible
 */
export function isVisible(exportTo: ExportTo | null, meshDefault: ExportTo, owner: string, viewer: string): boolean {
  const set = exportTo === null || exportTo.size === 0 ? meshDefault : exportTo;
  return set.has(PUBLIC) || (set.has(PRIVATE) && owner === viewer) || set.has(viewer);
}
