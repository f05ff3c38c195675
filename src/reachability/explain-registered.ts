import { subsetOf } from '../istio/host-name.js';
import { convertService } from '../istio/kubernetes-service.js';
import { convertServiceEntry, parseServiceEntry } from '../istio/service-entry.js';
import { UNSPECIFIED_IP, type Port, type Service } from '../istio/service.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import type { ValueDifference } from '../kubernetes/object-differences.js';
import { listDecisiveDifferences } from './bearing.js';
import { edgeProtocols, probedHost } from './destination.js';
import type { Destination } from './egress-reachability.js';
import type { ItemList } from './item-list.js';
import { explainExports, isOfExports } from './explain-exports.js';
import { isAbout, type ExplainContext, type ExplainedDifference, type Fact } from './explained-difference.js';
import { tellPlaceTaken } from './served-otherwise.js';
import { nameHosts, tellDifferences } from './words.js';

/** What an edit of a Service or ServiceEntry does to the destinations: their host, their port, its protocol, who sees them, what is behind them. */
export function explainRegistered(
  before: KubernetesObject,
  after: KubernetesObject,
  difference: ExplainedDifference,
  context: ExplainContext,
): Fact[] {
  const differences = listDecisiveDifferences(before, after);
  const [old, now] = [registeredBy(before, context), registeredBy(after, context)];
  const { destinations } = difference;
  const hosts = explainHosts(old, now, destinations, differences);
  if (hosts.length > 0) {
    const taken = tellPlaceTaken(after, difference, context);
    return hosts.map((fact, place) => (place < hosts.length - 1 ? fact : { ...fact, text: fact.text + taken }));
  }
  const ports = [
    ...explainPorts(old, now, after, destinations, differences),
    ...explainCapture(old, now, difference, differences),
  ];
  if (ports.length > 0) return ports;
  const facts = [
    ...explainExports(before, after, differences, difference, context),
    ...explainRest(after, now, difference, differences, context),
  ];
  // Whether there are endpoints is not a matter of who sees the host.
  const isOfEndpoints = isAbout(difference, ['no-endpoints']) && facts.length > 1;
  return isOfEndpoints ? facts.slice(1) : facts;
}

function registeredBy(object: KubernetesObject, { after }: ExplainContext): readonly Service[] {
  if (object.kind === 'Service') return [convertService(object, after.clusterDomain, () => 0)];
  return convertServiceEntry(parseServiceEntry(object, () => 0));
}

function withHost(services: readonly Service[], host: string): Service | undefined {
  return (
    services.find(({ hostname }) => probedHost(hostname) === host) ??
    services.find(({ hostname }) => subsetOf(host, hostname))
  );
}

function explainHosts(
  old: readonly Service[],
  now: readonly Service[],
  destinations: ItemList<Destination>,
  differences: readonly ValueDifference[],
): Fact[] {
  const lost = destinations.filter(({ host }) => withHost(old, host) && !withHost(now, host));
  const gained = destinations.filter(({ host }) => !withHost(old, host) && withHost(now, host));
  const path = pathTo(differences, 'hosts');
  return [
    ...(lost.length > 0 ? [{ path, text: `no longer registers ${nameHosts(lost)}` }] : []),
    ...(gained.length > 0 ? [{ path, text: `now registers ${nameHosts(gained)}` }] : []),
  ];
}

/** Ports that are gone, new, or of another protocol. */
function explainPorts(
  old: readonly Service[],
  now: readonly Service[],
  after: KubernetesObject,
  destinations: ItemList<Destination>,
  differences: readonly ValueDifference[],
): Fact[] {
  const path = pathTo(differences, 'ports');
  const portIn = (services: readonly Service[], { host, port }: Destination): Port | undefined =>
    withHost(services, host)?.ports.find((each) => each.port === port);
  const lost = destinations.filter((each) => portIn(old, each) && !portIn(now, each));
  const gained = destinations.filter((each) => !portIn(old, each) && portIn(now, each));
  const texts = destinations.flatMap((each): string[] => {
    const [was, is] = [portIn(old, each), portIn(now, each)];
    if (!was || !is || speaks(was) === speaks(is)) return [];
    const place = withHost(now, each.host)!.ports.indexOf(is);
    const told = differences.filter(({ path: at }) => at[1] === 'ports' && at[2] === place);
    const what = told.length > 0 ? `${tellDifferences(after, told)}; ` : '';
    return [`${what}port ${is.port} is ${tellProtocol(is)} now (before: ${tellProtocol(was)})`];
  });
  return [
    ...(lost.length > 0 ? [`no longer has ${namePorts(lost)}${tellPorts(withHost(now, lost[0]!.host), 'has')}`] : []),
    ...(gained.length > 0 ? [`now has ${namePorts(gained)}${tellPorts(withHost(old, gained[0]!.host), 'had')}`] : []),
    ...new Set(texts),
  ].map((text) => ({ path, text }));
}

const MOST_PORTS = 5;

function namePorts(destinations: ItemList<Destination>): string {
  const ports = [...new Set(destinations.map(({ port }) => port))];
  return `${ports.length === 1 ? 'port' : 'ports'} ${ports.join(', ')}`;
}

function tellPorts(service: Service | undefined, verb: string): string {
  const numbers = [...new Set((service?.ports ?? []).map(({ port }) => port))];
  return numbers.length === 0 || numbers.length > MOST_PORTS ? '' : ` (it ${verb} ${numbers.join(', ')})`;
}

/** Without an address, a TCP port of a ServiceEntry takes every call to that port. */
function explainCapture(
  old: readonly Service[],
  now: readonly Service[],
  difference: ExplainedDifference,
  differences: readonly ValueDifference[],
): Fact[] {
  if (!isAbout(difference, ['misrouted'])) return [];
  const captures = (services: readonly Service[], port: number): boolean =>
    services.some(
      ({ registry, address, ports }) =>
        registry === 'External' && address === UNSPECIFIED_IP && ports.some((each) => each.port === port),
    );
  const port = difference.destinations
    .map((destination) => destination.port)
    .find((each) => captures(old, each) !== captures(now, each));
  if (port === undefined) return [];
  const text = captures(now, port)
    ? `has port ${port} without an address, and so takes every call to that port`
    : `no longer takes every call to port ${port}, which it had without an address`;
  return [{ path: pathTo(differences, 'ports'), text }];
}

function speaks({ protocol }: Port): string {
  return edgeProtocols(protocol).join();
}

function tellProtocol({ protocol }: Port): string {
  return protocol === 'unsupported' ? 'of a protocol to be detected' : protocol.toUpperCase();
}

/** The selector, the address, the endpoints: of ports only what concerns the destinations. */
function explainRest(
  after: KubernetesObject,
  now: readonly Service[],
  difference: ExplainedDifference,
  differences: readonly ValueDifference[],
  { after: mesh }: ExplainContext,
): Fact[] {
  const asked = new Set(difference.destinations.map(({ port }) => port));
  const isOfAsked = ({ path }: ValueDifference): boolean => {
    const place = path.indexOf('ports');
    const port = path[place + 1];
    if (place !== 1 || typeof port !== 'number') return true;
    return now.some(({ ports }) => ports[port] === undefined || asked.has(ports[port].port));
  };
  const found = differences.filter((each) => !isOfExports(each) && isOfAsked(each) && each.path[0] === 'spec');
  const first = found[0];
  if (!first) return [];
  const field = (name: string): boolean => found.some(({ path }) => path[1] === name);
  const service = now[0];
  const served = service && mesh.services.byHostname.get(service.hostname)?.get(service.namespace);
  const text = tellDifferences(after, found);
  if (field('selector') && served && mesh.podsBehind(served).length === 0) {
    return [{ path: first.path, text: `${text}; no running pod has these labels` }];
  }
  if (field('clusterIP') && service?.resolution === 'Passthrough') {
    return [{ path: first.path, text: `${text}; its name now stands for the addresses of its pods` }];
  }
  const isEmptied = after.kind === 'ServiceEntry' && difference.after === 'no-endpoints';
  return [{ path: first.path, text: isEmptied ? `${text}; nothing is behind it now` : text }];
}

/** The way to the first value that differs under a field of the spec. */
function pathTo(differences: readonly ValueDifference[], field: string): Fact['path'] {
  return differences.find(({ path }) => path[1] === field)?.path ?? ['spec', field];
}
