import type { Origin } from '../diagnostic/diagnostic.js';
import { effectiveMode } from '../istio/peer-authentication.js';
import { isOutboundCaptured } from '../istio/traffic-annotations.js';
import type { Labels } from '../kubernetes/label-selector.js';
import { findFilterChain, findListener, findRouteHost } from './call-path.js';
import { addressFor, destinationKey, type CallTarget } from './destination.js';
import type { ExplainStep } from './egress-reachability.js';
import { explainExport, explainImport } from './explain-import.js';
import { explainRules } from './explain-rules.js';
import { behindAddress, chooseRoute, followCall, type CallOutcome } from './follow-call.js';
import { describeMatch } from '../istio/http-route.js';
import type { ProxyConfiguration } from './proxy-configuration.js';
import { nameFirst, writtenPath } from './words.js';

/** Every decision on a call's way, in the order in which they are made, each with the line that makes it. */
export function explainDecisions(config: ProxyConfiguration, target: CallTarget): ExplainStep[] {
  const outcome = followCall(config, target);
  return [
    explainInjection(config),
    ...(config.member.injection.injected ? explainMeshedCall(config, target, outcome) : []),
    explainVerdict(target, outcome),
  ];
}

function step(title: string, detail: string, origin: Origin | null = null): ExplainStep {
  return { title, detail, origin };
}

function explainInjection({ member }: ProxyConfiguration): ExplainStep {
  const { workload, injection } = member;
  const detail = injection.injected
    ? `The pods get a sidecar: ${injection.reason}.`
    : `The pods get no sidecar: ${injection.reason}.`;
  return step('Injection', detail, workload.object.origin);
}

function explainMeshedCall(config: ProxyConfiguration, target: CallTarget, outcome: CallOutcome): ExplainStep[] {
  const { member } = config;
  const address = addressFor(target, member.workload);
  const steps = [explainAddress(target, address)];
  if (!isOutboundCaptured(member.capture, address, target.port, target.inCluster)) {
    return [
      ...steps,
      step(
        'Capture',
        'A traffic annotation of the pod takes the call past the sidecar.',
        member.workload.object.origin,
      ),
    ];
  }
  return [
    ...steps,
    explainSidecar(config),
    ...explainExport(config, target),
    explainImport(config, target),
    explainListener(config, target, address),
    ...explainRoute(config, target, address),
    ...explainRules(config, outcome.clusters),
    explainPolicy(config),
    ...explainServers(config, target, outcome),
  ];
}

function explainAddress(target: CallTarget, address: string): ExplainStep {
  const { service } = target;
  if (service === null) return step('Address', `No Service or ServiceEntry has the host ${target.host}.`);
  const { kind, metadata } = service.object;
  const shown =
    address.includes(':') && !/^\[|^[0-9a-f:]+$/i.test(address) ? 'an address that the manifests do not tell' : address;
  return step(
    'Address',
    `${target.host} is ${kind} ${metadata.namespace}/${metadata.name}; the call goes to ${shown}.`,
    service.object.origin,
  );
}

/** Which Sidecar governs, and why not the others of the namespace. */
function explainSidecar({ push, scope, member }: ProxyConfiguration): ExplainStep {
  const { workload } = member;
  const { sidecar } = scope;
  const passed = (push.sidecars.byNamespace.get(workload.namespace) ?? []).filter((s) => s !== sidecar);
  const picks = (selector: Labels | null): boolean =>
    selector === null || Object.entries(selector).every(([key, value]) => workload.labels[key] === value);
  const [later, unfit] = [passed.filter((s) => picks(s.spec.selector)), passed.filter((s) => !picks(s.spec.selector))];
  const rest = [
    ...(later.length > 0 ? [` ${COMES_FIRST}: ${nameFirst(namesOf(later), MOST_NAMED)}.`] : []),
    ...(unfit.length > 0 ? [` Of other pods: ${nameFirst(namesOf(unfit), MOST_NAMED)}.`] : []),
  ].join('');
  if (sidecar === null) {
    return step('Sidecar', `No Sidecar governs the workload: it sees every exported service (*/*).${rest}`);
  }
  const where =
    sidecar.namespace === workload.namespace
      ? ''
      : `, the root namespace's, since namespace ${workload.namespace} has none of its own that fits`;
  return step('Sidecar', `Sidecar ${sidecar.namespace}/${sidecar.name} governs${where}.${rest}`, sidecar.object.origin);
}

/** Before the names of those that fit the pods as well. */
const COMES_FIRST =
  'Sidecars are not merged: one with a selector comes first, then the older, then the first by name. Without effect here';

const MOST_NAMED = 5;

function namesOf(sidecars: readonly { readonly name: string }[]): readonly string[] {
  return sidecars.map(({ name }) => name);
}

function explainListener(config: ProxyConfiguration, target: CallTarget, address: string): ExplainStep {
  const listener = findListener(config, address, target.port);
  if (listener === null)
    return step('Listener', `The proxy has no listener for port ${target.port} that takes the call.`);
  const chain = findFilterChain(listener, target, address);
  const bound = listener.bind === '0.0.0.0' ? 'all addresses' : 'the service’s own address';
  if (chain === null)
    return step(
      'Listener',
      `The listener on port ${target.port} (${bound}) has no filter chain for ${target.protocol} to ${target.host}.`,
    );
  const owner = chain.http ? 'the port’s HTTP routes' : `${chain.service.hostname}, as TCP`;
  return step(
    'Listener',
    `The listener on port ${target.port} (${bound}) takes the call for ${owner}.`,
    chain.service.object.origin,
  );
}

function explainRoute(config: ProxyConfiguration, target: CallTarget, address: string): ExplainStep[] {
  const listener = findListener(config, address, target.port);
  const chain = listener && findFilterChain(listener, target, address);
  if (!chain) return [];
  if (chain.http === null) {
    if (chain.virtualService === null) return [];
    const { namespace, name, object } = chain.virtualService;
    return [
      step('Route', `VirtualService ${namespace}/${name} sends it to ${chain.clusters.join(', ')}.`, object.origin),
    ];
  }
  const { virtualHost } = findRouteHost(config, target, chain.http.routeName);
  if (virtualHost === null) return [step('Route', `No route has the host ${target.host}.`)];
  const route = chooseRoute(virtualHost, target);
  const config_ = virtualHost.routes[0]?.virtualService;
  const by = config_
    ? `${config_.object.kind} ${config_.object.metadata.namespace}/${config_.object.metadata.name}`
    : 'The service’s own route';
  const origin = config_?.object.origin ?? null;
  if (route === null) return [step('Route', `${by} has no route for GET /.`, origin)];
  const to = route.clusters.length > 0 ? `to ${route.clusters.join(', ')}` : 'answers by itself';
  return [step('Route', `${by} (${describeMatch(route.match)}) ${to}.`, origin)];
}

function explainPolicy({ push, scope }: ProxyConfiguration): ExplainStep {
  const { sidecar, outboundTrafficPolicy } = scope;
  const own = sidecar !== null && sidecar.spec.outboundTrafficPolicy !== null;
  const { source } = push.meshConfig;
  const from = own
    ? `Sidecar ${sidecar.namespace}/${sidecar.name} sets it`
    : source
      ? `by the mesh configuration in ${source.kind} ${source.metadata.namespace}/${source.metadata.name}`
      : "Istio's default: the manifests hold no mesh configuration";
  const effect =
    outboundTrafficPolicy === 'ALLOW_ANY'
      ? 'what nobody registered passes through'
      : 'what nobody registered is blocked';
  const origin = own ? sidecar.object.locate(['spec', 'outboundTrafficPolicy']) : (source?.origin ?? null);
  return step('Outbound traffic policy', `${outboundTrafficPolicy} (${from}): ${effect}.`, origin);
}

const ACCEPTED = {
  STRICT: 'only mutual TLS',
  PERMISSIVE: 'mutual TLS and plain text',
  DISABLE: 'only plain text',
} as const;

/** What the servers demand, where it decided. */
function explainServers(config: ProxyConfiguration, target: CallTarget, outcome: CallOutcome): ExplainStep[] {
  const endpoints = outcome.endpoints.length > 0 ? outcome.endpoints : behindAddress(config, target);
  const steps = new Map<string, ExplainStep>();
  for (const { workload, namespace, labels, port, tlsMode } of endpoints) {
    if (workload === null) continue;
    const who = `${workload.namespace}/${workload.kind}/${workload.name}`;
    const { mode, policy } = effectiveMode(config.push.authentication, namespace, labels, port);
    const by = policy ? `by PeerAuthentication ${policy.namespace}/${policy.name}` : 'no PeerAuthentication';
    const detail =
      tlsMode === 'istio'
        ? `${who} accepts ${ACCEPTED[mode]} on port ${port} (${mode}, ${by}).`
        : `${who} has no sidecar, and accepts no mutual TLS.`;
    const origin = policy?.object.locate(writtenPath(policy.object, ['spec', 'mtls', 'mode'])) ?? null;
    steps.set(who, step('Server', detail, origin));
  }
  return [...steps.values()].slice(0, 5);
}

function explainVerdict(target: CallTarget, { verdict, clusters, branches }: CallOutcome): ExplainStep {
  const via = clusters.length > 0 ? `; the sidecar sends it to ${clusters.join(', ')}` : '';
  const ways = branches.map((branch) => `${branch.match}: ${branch.verdict}`).join('; ');
  return step('Verdict', `${destinationKey(target)} is ${verdict}${via}.${ways ? ` By route: ${ways}.` : ''}`);
}
