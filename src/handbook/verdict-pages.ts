import type { ComparedVerdict } from '../reachability/verdict.js';
import type { Page } from './page.js';

/** What becomes of a call. `POD`, `HOST` and `PORT` stand for the caller's pod and the destination. */
export const VERDICT_PAGES = {
  meshed: {
    about:
      'The sidecar knows the destination and sends the call to a cluster of that host, or where a VirtualService sends it, or answers it as a VirtualService says. Mutual TLS, routing, policies and telemetry of the mesh apply.',
    look: [
      {
        command: 'istioctl proxy-config cluster POD --fqdn HOST --port PORT',
        shows: 'A line with the host, the port and `outbound`. Its type is `EDS` for a Service.',
      },
      {
        command: 'istioctl proxy-config endpoint POD --cluster "outbound|PORT||HOST"',
        shows: 'The addresses of the pods behind it, each `HEALTHY`.',
      },
    ],
    mend: ['There is nothing to mend.'],
    readOn: ['traffic-routing', 'proxy-config'],
  },
  'no-endpoints': {
    about:
      'The sidecar has the cluster, but the manifests put nothing behind it: the selector of the Service fits no pod, a subset of the DestinationRule fits no labels, `targetPort` names a port that no container has, or the workload has `replicas: 0`. The proxy answers by itself.',
    look: [
      {
        command: 'istioctl proxy-config endpoint POD --cluster "outbound|PORT|SUBSET|HOST"',
        shows: 'The heading alone. Leave SUBSET empty where the route names none.',
      },
      {
        command: 'kubectl get endpointslices -n NAMESPACE -l kubernetes.io/service-name=SERVICE',
        shows: 'No addresses below ENDPOINTS: then it is the Service. With addresses, it is the subset.',
      },
      {
        command: 'kubectl logs POD -c istio-proxy | grep "503 UH"',
        shows: 'Calls that the proxy answered with 503 for want of a healthy host, where access logs are on.',
      },
    ],
    mend: [
      'Let the selector of the Service name labels that the pod template has.',
      'Let each `subset` of the DestinationRule name labels that pods have, or change the route to another subset.',
      'Give the workload replicas again, or take its Service and what routes to it out as well.',
    ],
    example: { scenario: 'selector-without-pods' },
    readOn: ['service', 'destination-rule', 'response-flags'],
  },
  unmeshed: {
    about:
      'The sidecar does not know the destination, and lets the call pass through as it is: to `PassthroughCluster`, or to the original destination of another service. The call works, but without mutual TLS, past every policy and route of the mesh, and without its telemetry; of a Service, kube-proxy picks the pod. What the application does not encrypt itself goes in plain text. Under ALLOW_ANY this is what happens to whatever a Sidecar leaves out. A server that is STRICT would refuse the call: that is the verdict `refused`.',
    look: [
      {
        command: 'istioctl proxy-config cluster POD --fqdn HOST',
        shows: 'The heading alone: the sidecar has no cluster of that host.',
      },
      {
        command: 'kubectl logs POD -c istio-proxy | grep PassthroughCluster',
        shows: 'The calls that passed through, where access logs are on.',
      },
      {
        command: 'kubectl get sidecars.networking.istio.io -A',
        shows:
          'Which Sidecars there are. The one that selects the pod governs, else the one of its namespace without a selector, else that of the root namespace. They never add up.',
      },
    ],
    mend: [
      'List the host in `spec.egress[].hosts` of the Sidecar that governs the workload, as `namespace/host`. The namespace is that of the Service or ServiceEntry.',
      'Where a listener of the Sidecar has a `port`, give the destination’s port a listener too, or leave `port` out of the last one.',
      'Where the object is not exported to the caller, widen its `exportTo` (of a Service, the annotation `networking.istio.io/exportTo`).',
      'For a host outside of the mesh, add a ServiceEntry.',
    ],
    example: { scenario: 'host-line-removed' },
    readOn: ['sidecar', 'scoping', 'egress-control'],
  },
  refused: {
    about:
      'The call arrives in a TLS mode that a server behind the port does not accept: in plain text where PeerAuthentication demands STRICT, or in mutual TLS at a pod without a sidecar. One such pod behind the port is enough. The application sees a connection that is reset, or 503 with the flag `UC`.',
    look: [
      {
        command: 'istioctl x describe pod SERVER_POD -n NAMESPACE',
        shows: 'Which PeerAuthentication applies, and its mode: STRICT, PERMISSIVE or DISABLE.',
      },
      {
        command: 'istioctl proxy-config cluster POD --fqdn HOST -o json',
        shows:
          'What the client sends: `transportSocketMatches` with `tlsMode-istio` for automatic mutual TLS; no `transportSocket` for plain text.',
      },
    ],
    mend: [
      'Where the caller’s sidecar does not know the host, make it known: see `unmeshed`. Mutual TLS follows by itself.',
      'Where a DestinationRule has `tls.mode: DISABLE`, take that out, or set ISTIO_MUTUAL.',
      'Where the server has no sidecar, give it one; until then, set `tls.mode: DISABLE` for that host.',
      'To move step by step, set the PeerAuthentication to PERMISSIVE until no plain text arrives any more.',
    ],
    example: { scenario: 'server-becomes-strict' },
    readOn: ['peer-authentication', 'tls-configuration', 'describe', 'network-issues'],
  },
  blocked: {
    about:
      'Nobody registered the destination for this sidecar, and its outbound traffic policy is REGISTRY_ONLY: the call ends in `BlackHoleCluster`, or for HTTP in the virtual host `block_all`. The application sees a connection that is reset, or 502. The policy is that of the Sidecar which governs, else that of the mesh configuration; a Sidecar’s `outboundTrafficPolicy` without a mode is REGISTRY_ONLY.',
    look: [
      {
        command: 'kubectl logs POD -c istio-proxy | grep -E "BlackHoleCluster|block_all"',
        shows: 'The calls that were dropped, where access logs are on.',
      },
      {
        command: 'istioctl proxy-config cluster POD --fqdn HOST',
        shows: 'The heading alone: the sidecar has no cluster of that host.',
      },
      {
        command: 'kubectl get configmap istio -n istio-system -o jsonpath={.data.mesh}',
        shows: 'The mesh configuration, with `outboundTrafficPolicy.mode` where it is set. ALLOW_ANY is the default.',
      },
    ],
    mend: [
      'List the host in the Sidecar that governs the workload, as `namespace/host`.',
      'For a host outside of the mesh, add a ServiceEntry in a namespace that the Sidecar lists.',
      'Where blocking was not meant, set `outboundTrafficPolicy: {mode: ALLOW_ANY}` in the Sidecar.',
    ],
    example: { scenario: 'omitted-service-registry-only' },
    readOn: ['egress-control', 'sidecar', 'service-entry'],
  },
  misrouted: {
    about:
      'A TCP service without an address has captured the whole port: the listener on `0.0.0.0:PORT` takes calls to every address that no other listener has, and sends them to that service’s endpoints. The wrong server answers. It happens where a ServiceEntry of protocol TCP has no `addresses`, and the proxy does not resolve names itself.',
    look: [
      {
        command: 'istioctl proxy-config listener POD --port PORT',
        shows: 'A line with the address `0.0.0.0`, match `ALL`, and the cluster of another host.',
      },
      {
        command: 'istioctl analyze -A',
        shows: 'IST0134 at the ServiceEntry: virtual addresses are required for ports that serve TCP.',
      },
    ],
    mend: [
      'Give the ServiceEntry `addresses`: those of the host, or a virtual one that is used nowhere else.',
      'Name the protocol, where it is TLS or HTTP: the sidecar then goes by the name that the call carries.',
      'Take the ServiceEntry out of the caller’s sight, by `exportTo` or by its Sidecar.',
    ],
    example: { scenario: 'tcp-service-entry-captures-port' },
    readOn: ['service-entry', 'protocol-selection', 'dns-proxy', 'analyze'],
  },
  unroutable: {
    about:
      'The host has a VirtualService, but the call fits none of its routes (404, flag `NR`), or the route leads to a cluster that this sidecar does not have (503, flag `NC`): a host that its Sidecar leaves out, a port that the host does not serve, or a subset that no DestinationRule declares.',
    look: [
      {
        command: 'istioctl proxy-config route POD --name PORT -o json',
        shows: 'The routes of the virtual host of HOST, each with its `match` and its `cluster`.',
      },
      {
        command: 'istioctl proxy-config cluster POD --fqdn DESTINATION',
        shows: 'Whether the sidecar has the cluster that the route names, and which subsets.',
      },
      {
        command: 'istioctl analyze -n NAMESPACE',
        shows: 'IST0101 where the VirtualService refers to a host or subset that does not exist.',
      },
    ],
    mend: [
      'Declare the subset in a DestinationRule for the host that the route names.',
      'Let the route name a host and port that exist, in full: a short name is read in the namespace of the VirtualService.',
      'Give the VirtualService a last route without a `match`, for the requests that fit no other.',
    ],
    example: { scenario: 'canary-route-broken' },
    readOn: ['virtual-service', 'traffic-routing', 'response-flags', 'analyze'],
  },
  bypass: {
    about:
      'No sidecar takes part: the pod is not injected, or annotations of its template exclude the call. Nothing of the mesh applies to what it calls, and servers that are STRICT refuse it.',
    look: [
      {
        command: 'istioctl experimental check-inject POD -n NAMESPACE',
        shows: 'Which webhook would inject the pod, and why, or that none does.',
      },
      {
        command: 'kubectl get pod POD -o jsonpath={.spec.containers[*].name}{.spec.initContainers[*].name}',
        shows: 'The containers. Without `istio-proxy` there is no sidecar.',
      },
      {
        command: 'kubectl get pod POD -o jsonpath={.metadata.annotations}',
        shows: 'Annotations `traffic.sidecar.istio.io/…`, which exclude ports or addresses.',
      },
    ],
    mend: [
      'Label the namespace `istio-injection: enabled`, or with the revision as `istio.io/rev`.',
      'Take the label or annotation `sidecar.istio.io/inject: "false"` out of the pod template.',
      'Take the port or range out of `traffic.sidecar.istio.io/excludeOutboundPorts` and its kin.',
    ],
    example: { scenario: 'injection-removed' },
    readOn: ['injection', 'annotations', 'check-inject'],
  },
  absent: {
    about:
      'In a comparison only: the destination, or the workload, does not exist on that side. What becomes absent can be called no more: the name does not resolve, or nothing serves the port.',
    look: [
      {
        command: 'kubectl get service,serviceentry -A',
        shows: 'Which hosts there are. A ServiceEntry can be of any namespace; its `hosts` count.',
      },
    ],
    mend: [
      'Keep the Service, or the port, until nothing names it any more; `need: referenced` says where it is named.',
      'Where another repository has it, let a snapshot of the cluster tell: `egress-scope snapshot`.',
    ],
    example: { scenario: 'service-removed' },
    readOn: ['service', 'service-entry'],
  },
} as const satisfies Record<ComparedVerdict, Page>;
