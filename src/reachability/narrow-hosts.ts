import { matches } from '../istio/host-name.js';
import type { EgressListener } from '../istio/sidecar.js';
import type { SidecarScope } from '../istio/sidecar-scope.js';
import type { Service } from '../istio/service.js';
import { probedHost } from './destination.js';
import type { Destination } from './egress-reachability.js';
import type { ProxyConfiguration } from './proxy-configuration.js';
import { routedHosts } from './routed-hosts.js';

/** A call that is to end as it does. */
export interface NeededCall {
  readonly workload: string;
  readonly destination: Destination;
  /** The clusters that it is sent to now. */
  readonly clusters: readonly string[];
  readonly config: ProxyConfiguration;
}

/** The hosts of each egress listener, in the listeners' order. */
export type HostLists = readonly (readonly string[])[];

/** What is tried: whether lists of hosts keep a call, and which calls they do not. */
export interface HostTrial {
  /** The calls that end otherwise with these hosts. */
  readonly losses: (hosts: HostLists, isPlain: boolean) => readonly NeededCall[];
  /** Whether proxies would have to know no more than they do. */
  readonly isNoWider: (hosts: HostLists, isPlain: boolean) => boolean;
}

export interface NarrowedHosts {
  readonly hosts: HostLists;
  /** Whether one listener for everything takes the place of those that there are. */
  readonly isPlain: boolean;
}

/** Imports nothing. */
const NOTHING = '~/*';

/**
 * The fewest host lines that keep all calls: a line a service first; where that is not enough, because a VirtualService of another
 * namespace steers the call, or a service stands behind it, lines for these; and only where no such lines do, what the listeners have
 * now. Whatever can be left out again is left out, the widest first.
 *
 * @param present the listeners as they are.
 */
export function narrowHosts(
  calls: readonly NeededCall[],
  beside: readonly string[],
  present: readonly EgressListener[],
  trial: HostTrial,
): NarrowedHosts {
  const lines = hostLines(calls, beside, (hosts) => trial.losses([hosts], true));
  if (lines !== null) {
    const plain = withoutNeedless([lines], (hosts) => trial.losses(hosts, true).length === 0);
    if (trial.isNoWider(plain, true)) return { hosts: plain, isPlain: true };
  }
  const kept = present.map(({ hosts }) => hosts);
  const own = hostLines(calls, beside, (hosts) =>
    trial.losses(
      kept.map(() => hosts),
      false,
    ),
  );
  const narrower = own === null ? null : kept.map(() => own);
  const start = narrower && trial.isNoWider(narrower, false) ? narrower : kept;
  const hosts = withoutNeedless(start, (each) => trial.losses(each, false).length === 0);
  return { hosts: trial.isNoWider(hosts, false) ? hosts : kept, isPlain: false };
}

/** Lines that keep all calls; null where there are none. */
function hostLines(
  calls: readonly NeededCall[],
  beside: readonly string[],
  lossesWith: (hosts: readonly string[]) => readonly NeededCall[],
): readonly string[] | null {
  const lines = new Set(beside);
  for (const linesOf of [serviceLines, virtualServiceLines, clusterLines]) {
    const losses = linesOf === serviceLines ? calls : lossesWith(orNothing(lines));
    if (losses.length === 0) return orNothing(lines);
    for (const call of losses) for (const line of linesOf(call)) lines.add(line);
  }
  return lossesWith(orNothing(lines)).length === 0 ? orNothing(lines) : null;
}

function orNothing(lines: ReadonlySet<string>): readonly string[] {
  return lines.size === 0 ? [NOTHING] : [...lines].sort();
}

function serviceLines({ destination: { host }, config: { scope } }: NeededCall): readonly string[] {
  const service = scope.servicesByHostname.get(host) ?? wildcardService(scope, host);
  if (service) return [lineOf(service)];
  // An ExternalName is a name of another service, and comes with it.
  return [...scope.servicesByHostname.values()]
    .filter(({ aliases }) => aliases.some(({ hostname }) => hostname === host))
    .map(lineOf);
}

/** Where a VirtualService stands, its host has to be listed too. */
function virtualServiceLines({ destination: { host }, config: { scope } }: NeededCall): readonly string[] {
  const steering = scope.egressListeners
    .flatMap(({ virtualServices }) => virtualServices)
    .filter(({ spec }) => spec.hosts.some((name) => matches(name, host)));
  return steering.flatMap(({ namespace, spec }) =>
    spec.hosts.filter((name) => matches(name, host)).map((name) => `${namespace}/${name === '*' ? host : name}`),
  );
}

/** The services behind the call's routes. */
function clusterLines({ clusters, config: { scope } }: NeededCall): readonly string[] {
  return routedHosts(clusters).flatMap(({ host }) => {
    const service = scope.servicesByHostname.get(host);
    return service ? [lineOf(service)] : [];
  });
}

function wildcardService({ servicesByHostname }: SidecarScope, host: string): Service | undefined {
  return [...servicesByHostname.values()].find(({ hostname }) => hostname !== host && probedHost(hostname) === host);
}

export function lineOf({ namespace, hostname }: Pick<Service, 'namespace' | 'hostname'>): string {
  return `${namespace}/${hostname}`;
}

/** Leaves out what nothing needs, the widest lines first. A listener without hosts is refused, so that it keeps one that imports nothing. */
function withoutNeedless(hosts: HostLists, keepsAll: (hosts: HostLists) => boolean): HostLists {
  let least = hosts;
  for (const [place, lines] of hosts.entries()) {
    for (const line of [...lines].sort((a, b) => widthOf(b) - widthOf(a) || (a < b ? 1 : -1))) {
      const others = least[place]!.filter((each) => each !== line);
      const without = least.with(place, others.length === 0 ? [NOTHING] : others);
      if (line !== NOTHING && keepsAll(without)) least = without;
    }
  }
  return least;
}

/** How much a line lets in: every namespace, every host of one, hosts by their ending, one host. */
function widthOf(line: string): number {
  const slash = line.indexOf('/');
  const [namespace, host] = [line.slice(0, slash), line.slice(slash + 1)];
  if (namespace.startsWith('~')) return 0;
  return (namespace === '*' ? 4 : 0) + (host === '*' ? 2 : host.startsWith('*') ? 1 : 0);
}

/** Whether a line stands for more than one host. */
export function isWildcardLine(line: string): boolean {
  return widthOf(line) > 0;
}
