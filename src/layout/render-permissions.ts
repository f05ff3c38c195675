/** What a rendering may do that is refused otherwise. Has to come from a place that the author of a change does not control. */
export interface RenderPermissions {
  /**
   * Addresses, each with all that is below it: `https://github.com/acme/platform`, `oci://ghcr.io/acme`. What names one of
   * them is fetched, with the network; what that names in turn is fetched as well.
   */
  readonly remotes: readonly string[];
  /** Folders of charts in whose templates `lookup` may stand. It finds nothing, as with `helm template`. */
  readonly lookups: readonly string[];
}

export const NOTHING_ALLOWED: RenderPermissions = { remotes: [], lookups: [] };
