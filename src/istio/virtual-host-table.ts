import { isWildcarded } from './host-name.js';
import type { Route } from './http-route.js';
import type { Service } from './service.js';

/** The routes of one host. Istio: route.VirtualHost */
export interface VirtualHost {
  readonly name: string;
  readonly domains: readonly string[];
  readonly routes: readonly Route[];
  /** Null for a host that only a VirtualService knows. */
  readonly service: Service | null;
}

/** The virtual hosts of a port with an index of their domains. Envoy: RouteMatcher */
export class VirtualHostTable {
  readonly virtualHosts: VirtualHost[] = [];
  /** By domain in lower case, wildcards left out. */
  readonly #exact = new Map<string, VirtualHost>();
  /** By what follows the `*` of a domain that begins with it, in lower case. */
  readonly #wildcards = new Map<string, VirtualHost>();
  /** The lengths of those, the longest first. */
  #lengths: readonly number[] | null = null;

  /** Whether a virtual host has the domain, which is in lower case. */
  has(name: string): boolean {
    return isWildcarded(name) ? this.#wildcards.has(name.slice(1)) : this.#exact.has(name);
  }

  /**
   * A domain stays with the first virtual host that has it.
   *
   * @param names its domains in lower case.
   */
  add(
    virtualHost: VirtualHost,
    names: readonly string[] = virtualHost.domains.map((domain) => domain.toLowerCase()),
  ): void {
    this.virtualHosts.push(virtualHost);
    for (const name of names) {
      if (!isWildcarded(name)) {
        if (!this.#exact.has(name)) this.#exact.set(name, virtualHost);
        continue;
      }
      if (!this.#wildcards.has(name.slice(1))) this.#wildcards.set(name.slice(1), virtualHost);
      this.#lengths = null;
    }
  }

  /** The virtual host that has the very domain. */
  ofDomain(domain: string): VirtualHost | null {
    const name = domain.toLowerCase();
    const found = isWildcarded(name) ? this.#wildcards.get(name.slice(1)) : this.#exact.get(name);
    return found?.domains.includes(domain) ? found : null;
  }

  /** The virtual host of a `Host` header: exact, else by the longest wildcard. Envoy: RouteMatcher::findVirtualHost */
  find(host: string): VirtualHost | null {
    const wanted = host.toLowerCase();
    const exact = this.#exact.get(wanted);
    if (exact !== undefined || this.#wildcards.size === 0) return exact ?? null;
    this.#lengths ??= [...new Set(Array.from(this.#wildcards.keys(), ({ length }) => length))].sort((a, b) => b - a);
    for (const length of this.#lengths) {
      if (length >= wanted.length) continue;
      const found = this.#wildcards.get(wanted.slice(wanted.length - length));
      if (found) return found;
    }
    return null;
  }
}
