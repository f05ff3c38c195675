import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import type { Page } from './page.js';

const MESH_CONFIG = 'kubectl get configmap istio -n istio-system -o jsonpath={.data.mesh}';

/** Codes of the mesh, and of what is not modelled. */
export const MESH_PAGES = {
  'several-mesh-configs': {
    about:
      'Each revision of istiod has a ConfigMap `istio` or `istio-REVISION` of its own. Pods of several revisions are judged by one of them here.',
    look: [
      {
        command: 'kubectl get configmaps -A | grep "istio"',
        shows: 'The mesh configurations of the cluster, by their revisions.',
      },
    ],
    mend: ['Give each cluster, or revision, a mesh of its own in the configuration, or narrow the paths.'],
    readOn: ['mesh-config', 'canary-upgrade'],
  },
  'mesh-config-unreadable': {
    about:
      'The configuration of before stays in force in istiod, or its defaults at a start. Which one it has, the manifests do not tell; a change of it is undetermined.',
    look: [
      {
        command: 'kubectl logs -n istio-system deployment/istiod | grep -i "mesh config"',
        shows: 'That the new configuration was not taken.',
      },
    ],
    mend: ['Correct the YAML of the key `mesh`: it is a text that holds YAML again.'],
    example: {
      manifest:
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    outboundTrafficPolicy: [mode\n',
    },
    readOn: ['mesh-config'],
  },
  'mesh-config-mode-unknown': {
    about:
      'With a mode that it does not know, istiod refuses the whole mesh configuration and keeps the one of before: a switch to REGISTRY_ONLY never happens.',
    look: [
      { command: MESH_CONFIG, shows: 'The mode as it is written.' },
      {
        command: 'kubectl logs -n istio-system deployment/istiod | grep -i "mesh config"',
        shows: 'That it was not taken, and why.',
      },
    ],
    mend: ['Write `ALLOW_ANY` or `REGISTRY_ONLY`, in capitals.'],
    example: { scenario: 'mode-with-a-typo' },
    readOn: ['mesh-config', 'egress-control'],
  },
  'unknown-istio-version': {
    about:
      'Versions differ in which namespace serves a host, in what `~` excludes, in which routes are looked at, and in what is refused.',
    look: [
      { command: 'istioctl version', shows: 'The versions of istioctl, of the control plane and of the proxies.' },
    ],
    mend: ['Set `istioVersion` in the configuration to the one that is nearest.', 'Update egress-scope.'],
    readOn: ['releases'],
  },
  'several-istio-versions': {
    about: 'A mesh is on its way from one version to another, or the manifests of two clusters were read as one.',
    look: [
      {
        command: 'istioctl proxy-status',
        shows: 'For each proxy, the istiod that it is connected to and its version.',
      },
    ],
    mend: ['Set `istioVersion` in the configuration.', 'Give each cluster a mesh of its own.'],
    readOn: ['releases', 'canary-upgrade'],
  },
  'undeclared-namespace': {
    about: 'Without the namespace’s labels nothing tells whether its pods get a sidecar. They are taken to.',
    look: [
      {
        command: 'kubectl get namespaces -L istio-injection,istio.io/rev',
        shows: 'Which namespaces are labelled for injection.',
      },
    ],
    mend: [
      'Add the Namespace with its labels to the manifests.',
      'Take a snapshot of the cluster: `egress-scope snapshot`.',
      'Choose the assumption: `injectionDefault` in the configuration.',
    ],
    example: {
      manifest:
        'apiVersion: v1\nkind: Pod\nmetadata: {name: card, namespace: pay}\nspec: {containers: [{name: app, image: card}]}\n',
    },
    readOn: ['injection', 'labels'],
  },
  'missing-revision': {
    about: 'No webhook of that revision injects the pods: new ones start without a sidecar.',
    look: [
      { command: 'istioctl tag list', shows: 'The revisions, and the tags that lead to them.' },
      { command: 'istioctl experimental check-inject POD -n NAMESPACE', shows: 'That no webhook matches.' },
    ],
    mend: [
      'Correct the label `istio.io/rev`.',
      'Add what installs the revision, or its tag, to the manifests, or take a snapshot.',
    ],
    readOn: ['canary-upgrade', 'injection-problems'],
  },
  'unknown-address': {
    about:
      'Whether an address of a Service lies in a range, only the cluster knows: a ClusterIP is given when the Service is made.',
    look: [
      { command: 'kubectl get services -A -o wide', shows: 'The ClusterIPs, to be held against the ranges.' },
      {
        command: 'kubectl cluster-info dump | grep -m1 service-cluster-ip-range',
        shows: 'The range that ClusterIPs come from.',
      },
    ],
    mend: ['Write the cluster’s own ranges into the annotation, or exclude ports instead of ranges.'],
    example: {
      manifest:
        'apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: pay}\nspec: {ports: [{name: http, port: 80}]}\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: card\n  namespace: pay\n  annotations: {traffic.sidecar.istio.io/includeOutboundIPRanges: 10.0.0.0/8}\nspec: {containers: [{name: app, image: card}]}\n',
    },
    readOn: ['annotations', 'egress-control'],
  },
  'envoy-filter': {
    about: 'An EnvoyFilter can replace routes, clusters and listeners. The verdicts are those without it.',
    look: [
      {
        command: 'istioctl proxy-config all POD -o json',
        shows: 'The configuration with the filter; compare it before and after.',
      },
    ],
    mend: [
      'Check by hand what the filter does to outbound calls.',
      'Use a field of Istio’s own objects where there is one.',
    ],
    example: {
      manifest:
        'apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: timeouts, namespace: shop}\nspec:\n  configPatches:\n    - applyTo: CLUSTER\n      match: {context: SIDECAR_OUTBOUND}\n      patch: {operation: MERGE, value: {connect_timeout: 1s}}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: app, image: web}]}\n',
    },
    readOn: ['envoy-filter'],
  },
  'ambient-namespace': {
    about: 'In ambient mode ztunnel takes the calls, and a Sidecar has no effect. The verdicts are those of sidecars.',
    look: [
      { command: 'kubectl get namespaces -L istio.io/dataplane-mode', shows: '`ambient` at the namespaces that are.' },
      {
        command: 'istioctl ztunnel-config workload',
        shows: 'The workloads that ztunnel knows; PROTOCOL is HBONE for those in ambient mode.',
      },
    ],
    mend: ['Do not rely on the answers for its workloads.', 'Remove Sidecars of that namespace: they do nothing.'],
    example: {
      manifest: 'apiVersion: v1\nkind: Namespace\nmetadata: {name: calm, labels: {istio.io/dataplane-mode: ambient}}\n',
    },
    readOn: ['ambient'],
  },
  waypoint: {
    about: 'A waypoint routes calls to the services that use it by its own rules. The verdicts are those without it.',
    look: [{ command: 'istioctl waypoint list -A', shows: 'The waypoints, and whether they are programmed.' }],
    mend: ['Do not rely on the answers for calls to services with the label `istio.io/use-waypoint`.'],
    example: {
      manifest:
        'apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {name: waypoint, namespace: shop}\nspec: {gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE}]}\n',
    },
    readOn: ['waypoint'],
  },
  'mesh-route-ignored': {
    about:
      'A route with a Service as its parent is for calls inside of the mesh. Which kinds istiod looks at, the version and its alpha support tell.',
    look: [
      {
        command: 'kubectl get tcproutes,tlsroutes,grpcroutes -A -o yaml',
        shows: 'No `status.parents` of `istio.io/gateway-controller` for the Service.',
      },
    ],
    mend: ['Use an HTTPRoute, or a VirtualService.', 'Turn the support on in istiod, and check by hand.'],
    example: {
      manifest:
        'apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: TCPRoute\nmetadata: {name: redis, namespace: shop}\nspec:\n  parentRefs: [{kind: Service, group: "", name: redis}]\n  rules: [{backendRefs: [{name: redis, port: 6379}]}]\n',
    },
    readOn: ['gateway-api'],
  },
  'istiod-flag': {
    about:
      'Flags are variables of istiod’s environment. A few of them decide what a proxy is sent; the engine goes by their defaults, and follows only `PILOT_SIDECAR_PICK_BEST_SERVICE_NAMESPACE`, `PILOT_ENABLE_GATEWAY_API` and `compatibilityVersion`.',
    look: [
      {
        command: 'kubectl get deployment -n istio-system istiod -o yaml',
        shows: 'The flag below `env` of `discovery`.',
      },
    ],
    mend: ['Leave the flag at its default.', 'Check by hand the calls that it is about.'],
    example: {
      manifest:
        'apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: default}\nspec: {version: v1.30.1, values: {pilot: {env: {PILOT_UNIFIED_SIDECAR_SCOPE: "false"}}}}\n',
    },
    readOn: ['releases', 'canary-upgrade'],
  },
  knative: {
    about:
      'Knative makes Deployments, Services and VirtualServices when its object is applied. None of them is in the manifests.',
    look: [{ command: 'kubectl get virtualservices,services -n NAMESPACE', shows: 'What Knative has made of it.' }],
    mend: ['Check by hand calls to and from it.', 'Take a snapshot of the cluster, which has them.'],
    example: {
      manifest:
        'apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: resize, namespace: shop}\nspec: {template: {spec: {containers: [{image: resize}]}}}\n',
    },
    readOn: ['knative'],
  },
  'dns-capture': {
    about:
      'With DNS capture the proxy answers names itself, and gives ServiceEntries without an address one of its own. TCP calls then reach them where they would be captured otherwise.',
    look: [
      { command: MESH_CONFIG, shows: '`ISTIO_META_DNS_CAPTURE: "true"` below `defaultConfig.proxyMetadata`.' },
      { command: 'istioctl proxy-config listener POD', shows: 'Listeners on addresses of 240.240.0.0/16.' },
    ],
    mend: [
      'Check by hand calls to ServiceEntries without `addresses`.',
      'Give them `addresses`: then it does not matter.',
    ],
    example: {
      manifest:
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    defaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: "true"}}\n---\napiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: bank, namespace: shop}\nspec: {hosts: [bank.example.com], resolution: DNS, ports: [{number: 443, name: tls, protocol: TLS}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: app, image: web}]}\n',
    },
    readOn: ['dns-proxy', 'service-entry'],
  },
  'not-rendered': {
    about:
      'The object names a source that is somewhere else, or of a kind that is not followed. What a controller makes of it is not known.',
    look: [{ command: 'egress-scope discover', shows: 'What was found, what was rendered, and what was not.' }],
    mend: ['Render it, and keep the output in the repository, or give it as well.', 'Take a snapshot of the cluster.'],
    example: {
      manifest:
        'apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop, namespace: argocd}\nspec: {source: {repoURL: https://git.example.com/shop, path: deploy}}\n',
    },
    readOn: ['argo-cd', 'flux'],
  },
  'change-not-rendered': {
    about: 'What the change does is not known, where the object is among those that cannot be followed.',
    look: [
      {
        command: 'helm template NAME CHART --version VERSION --values VALUES',
        shows: 'What the controller would apply; compare both sides.',
      },
    ],
    mend: ['Render both sides, and compare the outputs: `egress-scope diff before.yaml after.yaml`.'],
    readOn: ['flux', 'argo-cd', 'helm-template'],
  },
  'injection-template': {
    about:
      'Another template puts another container into the pod: `grpc-agent` and `grpc-simple` for gRPC without a proxy, `gateway` for gateways.',
    look: [
      {
        command: 'kubectl get pod POD -o jsonpath={.metadata.annotations}',
        shows: '`inject.istio.io/templates`, and in `sidecar.istio.io/status` what was put in.',
      },
    ],
    mend: ['Do not rely on the answers for these workloads.', 'Use the template `sidecar` where a proxy is meant.'],
    readOn: ['annotations', 'injection'],
  },
  'policy-not-modelled': {
    about:
      'An AuthorizationPolicy or NetworkPolicy can refuse a call that arrives. The verdicts say where calls go, not whether they are let in.',
    look: [
      { command: 'istioctl experimental authz check POD', shows: 'The AuthorizationPolicies that apply to a pod.' },
      { command: 'kubectl describe networkpolicy -n NAMESPACE', shows: 'What each NetworkPolicy lets in and out.' },
    ],
    mend: ['Review the policy by hand.'],
    example: { scenario: 'not-modelled' },
    readOn: ['authorization-policy', 'network-policy'],
  },
  'host-matches-nothing': {
    about:
      'No part of Istio complains of such a host: a Sidecar’s line then lists nothing, a VirtualService or DestinationRule is for nobody, and a route ends in 503. A host that the manifests cannot know, such as one outside of the cluster, is not reported.',
    look: [
      {
        command: 'kubectl get services,serviceentries -A',
        shows: 'In which namespace the host lives, and how it is spelt.',
      },
      {
        command: 'istioctl proxy-config clusters POD --fqdn HOST',
        shows: 'Nothing, where the proxy does not know the host.',
      },
    ],
    mend: [
      'Take the name that the message proposes, where it is the one that was meant.',
      'Write the namespace in which the Service or ServiceEntry lives, not that of the caller or of the service’s name.',
      'Export the host to the namespace (`exportTo`), where the message says that it is not.',
      'Take a snapshot of the cluster, where the host lives in other manifests: `egress-scope snapshot`.',
    ],
    example: { scenario: 'service-taken-for-namespace' },
    readOn: ['sidecar', 'service-entry'],
  },
  'selector-matches-nothing': {
    about: 'The object takes effect for no pod. Where a namespace has no workload in the manifests, nothing is said.',
    look: [{ command: 'kubectl get pods -n NAMESPACE --show-labels', shows: 'The labels that the pods have.' }],
    mend: ['Correct the labels of the selector.', 'Give the pod template the labels.'],
    example: {
      manifest:
        'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop, labels: {app: web}}\nspec: {containers: [{name: app, image: web}]}\n---\napiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: web, namespace: shop}\nspec: {workloadSelector: {labels: {app: wep}}, egress: [{hosts: [./*]}]}\n',
    },
    readOn: ['sidecar'],
  },
  'sidecar-without-effect': {
    about:
      'Of the Sidecars of a namespace one governs a pod: those with a selector come first, then the older one, then the name decides. They are never merged. Gateways, ambient namespaces and pods without a sidecar do not look at Sidecars at all.',
    look: [
      {
        command: 'kubectl get sidecars -n NAMESPACE --sort-by=.metadata.creationTimestamp',
        shows: 'The older ones first.',
      },
      { command: 'istioctl proxy-config clusters POD', shows: 'What the proxy knows, by the Sidecar that governs it.' },
    ],
    mend: [
      'Write the hosts into the Sidecar that governs.',
      'Give each Sidecar a selector that picks other pods.',
      'Remove it, where it is for a gateway or a namespace in ambient mode.',
    ],
    example: { scenario: 'two-sidecars-one-pod' },
    readOn: ['sidecar', 'ambient'],
  },
  'depends-on-age': {
    about:
      'Of two objects that could govern, istiod takes the older one. Git carries no ages: what was there before the change counts as older. A cluster that is built afresh applies them in some order, and may decide otherwise; the message gives both answers.',
    look: [
      {
        command: 'kubectl get sidecars.networking.istio.io -n NAMESPACE --sort-by=.metadata.creationTimestamp',
        shows: 'Which one is the oldest.',
      },
      {
        command: 'istioctl analyze -n NAMESPACE',
        shows: 'IST0110 or IST0111, where two Sidecars select the same workloads.',
      },
    ],
    mend: ['Let the two select different workloads, or put both into one.'],
    example: { scenario: 'two-sidecars-one-pod' },
    readOn: ['sidecar'],
  },
} as const satisfies Partial<Record<DiagnosticCode, Page>>;
