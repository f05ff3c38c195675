/**
 * Whether kustomize or Helm would take a text for an address rather than for a path. kustomize asks this before it looks for a
 * folder (kustomize: git.NewRepoSpecFromURL, loader.isRemoteFile): URLs, `git::…`, `host:path`, `user@host…`, `github.com/…`,
 * and whatever carries a query or names a bare repository. What could be either counts as an address.
 */
export function isRemoteAddress(text: string): boolean {
  return /^github\.com\//i.test(text) || /[:@?]|\.git(?:\/|$)|(?:^|\/)_git\/|[^.]\/\//.test(text);
}

/** Whether a list names the address, or what it is below: scheme, host and port are the same, and the path begins with the same
 * parts. `github.com/acme` is `https://github.com/acme`, as it is for kustomize.
 *
 * @param allowed addresses with `https:`, `http:` or `oci:`. */
export function isAllowedAddress(address: string, allowed: readonly string[]): boolean {
  const asked = componentsOf(address.replace(/^git::/, '').replace(/^(?=github\.com\/)/i, 'https://'));
  if (asked === null) return false;
  return allowed.map(componentsOf).some((entry) => {
    return entry?.origin === asked.origin && entry.parts.every((part, index) => part === asked.parts[index]);
  });
}

interface Components {
  /** Scheme, host and port. */
  readonly origin: string;
  /** Of the path. */
  readonly parts: readonly string[];
}

/** Null for what is no such address, and for what a tool could read otherwise than it is read here: another user's or host's,
 * a way up, what is encoded, and a query's value that git could take for an option. */
function componentsOf(address: string): Components | null {
  if (/\.\.|[\\\s@%#]|=-/.test(address) || !/^(?:https?|oci):\/\/[^/]/i.test(address)) return null;
  if (!URL.canParse(address)) return null;
  const url = new URL(address);
  const parts = url.pathname.replace(/\/+$/, '').split('/').slice(1);
  return { origin: `${url.protocol}//${url.host.toLowerCase()}`, parts };
}
