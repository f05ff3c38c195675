import { compareText } from '../diagnostic/compare-text.js';
import type { ProxyDump } from '../envoy/proxy-dump.js';
import { admitObjects } from '../istio/admission/admit-objects.js';
import type { AgeOf, IstioObject } from '../istio/istio-object.js';
import type { PushContext } from '../istio/push-context.js';
import { buildSidecarScope, type SidecarScope } from '../istio/sidecar-scope.js';
import { selectSidecar, type Sidecar } from '../istio/sidecar.js';
import { behaviorOf, KNOWN_ISTIO_VERSIONS } from '../istio/versions.js';
import type { JudgedTree } from '../judge-tree.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { callJudge } from '../reachability/call-judge.js';
import { workloadKey } from '../reachability/evaluate-mesh.js';
import { proxyConfiguration, type ProxyConfiguration } from '../reachability/proxy-configuration.js';
import { hostOf } from './compare-with-dump.js';
import { dumpMode } from './dump-mode.js';
import type { LikelyCause } from './verification.js';

/** What the proxy would have if one thing were otherwise than the manifests say. */
export interface Hypothesis {
  readonly cause: LikelyCause;
  /** In sentences, for a reader who is told that the proxy has what it would have then. */
  readonly reason: string;
  /** Undefined where the workload would have no proxy. */
  readonly configuration: () => ProxyConfiguration | undefined;
}

/** More Sidecars than these of one namespace are not tried. */
const MAX_SIDECARS = 20;

/** Whatever may make a proxy differ from the manifests as a whole, the most common first. */
export function listHypotheses(
  tree: JudgedTree,
  /** As admission gets them. */
  objects: readonly KubernetesObject[],
  previous: ReadonlyMap<string, KubernetesObject>,
  config: ProxyConfiguration,
  dump: ProxyDump,
): Hypothesis[] {
  return [
    ...otherSidecars(config),
    ...otherMode(config),
    ...otherVersions(tree, objects, previous, config),
    ...otherAges(tree, config),
    ...missingSidecar(config, dump),
  ];
}

function otherSidecars(config: ProxyConfiguration): Hypothesis[] {
  const { push, scope, proxy } = config;
  const governing = scope.sidecar;
  const under = (sidecar: IstioObject<Sidecar> | null, reason: string): Hypothesis => ({
    cause: 'sidecar',
    reason,
    configuration: () => withScope(config, buildSidecarScope(push, sidecar, scope.namespace)),
  });
  const own = push.sidecars.byNamespace.get(scope.namespace) ?? [];
  const others = [...new Set([...own, ...(push.sidecars.root ? [push.sidecars.root] : [])])].filter(
    (each) => each !== governing,
  );
  const found: Hypothesis[] = [];
  if (governing !== null) {
    // What governs then is the next one.
    const rest = {
      byNamespace: new Map([[scope.namespace, own.filter((each) => each !== governing)]]),
      root: push.sidecars.root,
    };
    const next = selectSidecar(rest, scope.namespace, proxy.labels);
    const heir = next === governing ? null : next;
    const then = heir === null ? '' : `, when ${nameOf(heir)} governs`;
    found.push(
      under(
        heir,
        `The proxy has what it would have without Sidecar ${nameOf(governing)}, which governs by the manifests${then}: the cluster does not have it, or the proxy’s configuration is older than it.`,
      ),
    );
    if (heir !== null)
      found.push(under(null, 'The proxy has what it would have without any Sidecar: the cluster has none for it.'));
  }
  const instead = governing === null ? '' : ` in the place of ${nameOf(governing)}`;
  for (const sidecar of others.slice(0, MAX_SIDECARS)) {
    found.push(
      under(
        sidecar,
        `The proxy has what it would have if Sidecar ${nameOf(sidecar)} governed${instead}: in the cluster, selectors, labels or ages are other ones.`,
      ),
    );
  }
  return found;
}

function otherMode(config: ProxyConfiguration): Hypothesis[] {
  const { scope } = config;
  const mode = scope.outboundTrafficPolicy === 'ALLOW_ANY' ? 'REGISTRY_ONLY' : 'ALLOW_ANY';
  return [
    {
      cause: 'egress-mode',
      reason: `The proxy has what it would have under ${mode}: the cluster has another mesh configuration, or a Sidecar with another outboundTrafficPolicy. ${modeOrigin(config)}`,
      configuration: () => withScope(config, { ...scope, outboundTrafficPolicy: mode }),
    },
  ];
}

/** Who says by the manifests what the mode is. */
export function modeOrigin({ push, scope }: ProxyConfiguration): string {
  const mode = scope.outboundTrafficPolicy;
  if (scope.sidecar?.spec.outboundTrafficPolicy)
    return `By the manifests, Sidecar ${nameOf(scope.sidecar)} says ${mode}.`;
  const { source } = push.meshConfig;
  return source === null
    ? `The manifests have no mesh configuration, so that Istio’s default, ${mode}, is taken.`
    : `By the manifests, ${source.kind} ${source.metadata.namespace}/${source.metadata.name} says ${mode}.`;
}

function otherVersions(
  tree: JudgedTree,
  objects: readonly KubernetesObject[],
  previous: ReadonlyMap<string, KubernetesObject>,
  config: ProxyConfiguration,
): Hypothesis[] {
  const used = tree.behavior.version;
  return KNOWN_ISTIO_VERSIONS.filter((version) => version !== used).map((version) => ({
    cause: 'istio-version',
    reason: `The proxy has what Istio ${version} would give it; the manifests were judged by the rules of ${used}. Use --istio-version ${version}, if that is what runs.`,
    configuration: () => {
      const { live } = admitObjects(objects, version, previous);
      return configurationIn(tree.rebuild(live, undefined, behaviorOf(version)), config);
    },
  }));
}

/** Where the age of objects decides, manifests do not tell it: here the names decide the other way round. */
function otherAges(tree: JudgedTree, config: ProxyConfiguration): Hypothesis[] {
  const { live } = tree.admitted;
  const names = live.map(({ metadata }) => `${metadata.name}.${metadata.namespace}`);
  const order = new Map([...new Set(names)].sort((a, b) => compareText(b, a)).map((name, place) => [name, place]));
  const ageOf: AgeOf = ({ metadata }) => order.get(`${metadata.name}.${metadata.namespace}`) ?? 0;
  return [
    {
      cause: 'object-age',
      reason:
        'The proxy has what it would have if the objects were of other ages: manifests do not tell which of several that compete is the oldest. Add metadata.creationTimestamp, or lay a snapshot over them.',
      configuration: () => configurationIn(tree.rebuild(live, ageOf, tree.behavior), config),
    },
  ];
}

/** A Sidecar that is not in the manifests, with the hosts that the proxy has. */
function missingSidecar(config: ProxyConfiguration, dump: ProxyDump): Hypothesis[] {
  const { push, scope } = config;
  const imported = importedHosts(dump);
  const missing = [...scope.servicesByHostname.keys()].filter((host) => !imported.has(host));
  const hosts = hostLines(push, scope, imported);
  // Of a few hosts that are missing here and there, it is likelier that they are not there.
  const isNarrower =
    missing.length > 1 &&
    (hosts.every((line) => line.endsWith('/*')) || missing.length * 2 > scope.servicesByHostname.size);
  if (hosts.length === 0 || !isNarrower) return [];
  const object = push.workloads.find(({ workload }) => workload === config.member.workload)?.workload.object;
  if (!object) return [];
  const sidecar: IstioObject<Sidecar> = {
    name: '',
    namespace: scope.namespace,
    age: 0,
    object,
    spec: {
      selector: null,
      egress: [{ port: null, bind: '', captureNone: false, hosts, index: null }],
      outboundTrafficPolicy: { mode: dumpMode(dump) ?? scope.outboundTrafficPolicy, egressProxy: null },
    },
  };
  const shown = hosts.length > 5 ? `${hosts.slice(0, 5).join(', ')} and ${hosts.length - 5} more` : hosts.join(', ');
  const governing =
    scope.sidecar === null ? 'The manifests have none for it.' : `By the manifests, ${nameOf(scope.sidecar)} governs.`;
  return [
    {
      cause: 'sidecar',
      reason: `The proxy has what a Sidecar with the hosts ${shown} would give it. ${governing}`,
      configuration: () => withScope(config, buildSidecarScope(push, sidecar, scope.namespace)),
    },
  ];
}

function importedHosts({ clusters, scope }: ProxyDump): ReadonlySet<string> {
  if (scope !== null) return new Set(scope.imports.map((each) => each.slice(0, each.lastIndexOf(':'))));
  const names = [...(clusters?.keys() ?? [])].filter((name) => name.startsWith('outbound|'));
  return new Set(names.map(hostOf));
}

/** As short as they may be: a namespace of which all is imported that the default scope has is one line. */
function hostLines(push: PushContext, { namespace }: SidecarScope, imported: ReadonlySet<string>): string[] {
  const visible = [...buildSidecarScope(push, null, namespace).servicesByHostname.values()];
  const lines = new Set<string>();
  for (const owner of new Set(visible.map((service) => service.namespace))) {
    const own = visible.filter((service) => service.namespace === owner);
    const wanted = own.filter(({ hostname }) => imported.has(hostname));
    if (wanted.length === own.length) lines.add(`${owner}/*`);
    else for (const { hostname } of wanted) lines.add(`${owner}/${hostname}`);
  }
  return [...lines].sort();
}

function nameOf({ namespace, name }: IstioObject<Sidecar>): string {
  return `${namespace}/${name}`;
}

function withScope({ push, member }: ProxyConfiguration, scope: SidecarScope): ProxyConfiguration {
  return proxyConfiguration(push, scope, member);
}

/** The same workload's in another context, with a proxy if it has one here. */
function configurationIn(push: PushContext, { member }: ProxyConfiguration): ProxyConfiguration | undefined {
  const found = callJudge(push).configurationOf(workloadKey(member.workload));
  return found && proxyConfiguration(push, found.scope, { ...found.member, injection: member.injection });
}
