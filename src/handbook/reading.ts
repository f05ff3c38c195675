/** Where others document what pages speak of. */
export const READING = {
  // Istio: the objects
  sidecar: ['Sidecar', 'https://istio.io/latest/docs/reference/config/networking/sidecar/'],
  'virtual-service': ['VirtualService', 'https://istio.io/latest/docs/reference/config/networking/virtual-service/'],
  'destination-rule': ['DestinationRule', 'https://istio.io/latest/docs/reference/config/networking/destination-rule/'],
  'service-entry': ['ServiceEntry', 'https://istio.io/latest/docs/reference/config/networking/service-entry/'],
  'envoy-filter': ['EnvoyFilter', 'https://istio.io/latest/docs/reference/config/networking/envoy-filter/'],
  'peer-authentication': [
    'PeerAuthentication',
    'https://istio.io/latest/docs/reference/config/security/peer_authentication/',
  ],
  'authorization-policy': [
    'AuthorizationPolicy',
    'https://istio.io/latest/docs/reference/config/security/authorization-policy/',
  ],
  'mesh-config': ['Global mesh options', 'https://istio.io/latest/docs/reference/config/istio.mesh.v1alpha1/'],
  annotations: ['Resource annotations', 'https://istio.io/latest/docs/reference/config/annotations/'],
  labels: ['Resource labels', 'https://istio.io/latest/docs/reference/config/labels/'],
  // Istio: how it works
  scoping: ['Configuration scoping', 'https://istio.io/latest/docs/ops/configuration/mesh/configuration-scoping/'],
  injection: ['Installing the sidecar', 'https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/'],
  'egress-control': [
    'Accessing external services',
    'https://istio.io/latest/docs/tasks/traffic-management/egress/egress-control/',
  ],
  'protocol-selection': [
    'Protocol selection',
    'https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/',
  ],
  'tls-configuration': [
    'Understanding TLS configuration',
    'https://istio.io/latest/docs/ops/configuration/traffic-management/tls-configuration/',
  ],
  'traffic-routing': [
    'Understanding traffic routing',
    'https://istio.io/latest/docs/ops/configuration/traffic-management/traffic-routing/',
  ],
  'dns-proxy': ['DNS proxying', 'https://istio.io/latest/docs/ops/configuration/traffic-management/dns-proxy/'],
  ambient: ['Ambient mode', 'https://istio.io/latest/docs/ambient/'],
  waypoint: ['Waypoint proxies', 'https://istio.io/latest/docs/ambient/usage/waypoint/'],
  'gateway-api': ['Gateway API', 'https://istio.io/latest/docs/tasks/traffic-management/ingress/gateway-api/'],
  'canary-upgrade': ['Canary upgrades', 'https://istio.io/latest/docs/setup/upgrade/canary/'],
  releases: ['Supported releases', 'https://istio.io/latest/docs/releases/supported-releases/'],
  'security-practice': ['Security best practices', 'https://istio.io/latest/docs/ops/best-practices/security/'],
  'standard-metrics': ['Istio standard metrics', 'https://istio.io/latest/docs/reference/config/metrics/'],
  // Istio: how to look
  'proxy-config': ['Debugging Envoy and istiod', 'https://istio.io/latest/docs/ops/diagnostic-tools/proxy-cmd/'],
  describe: ['istioctl describe', 'https://istio.io/latest/docs/ops/diagnostic-tools/istioctl-describe/'],
  analyze: ['istioctl analyze', 'https://istio.io/latest/docs/ops/diagnostic-tools/istioctl-analyze/'],
  'check-inject': ['istioctl check-inject', 'https://istio.io/latest/docs/ops/diagnostic-tools/check-inject/'],
  'network-issues': ['Traffic management problems', 'https://istio.io/latest/docs/ops/common-problems/network-issues/'],
  'injection-problems': ['Injection problems', 'https://istio.io/latest/docs/ops/common-problems/injection/'],
  'validation-problems': [
    'Configuration validation problems',
    'https://istio.io/latest/docs/ops/common-problems/validation/',
  ],
  'response-flags': [
    "Envoy's response flags",
    'https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#response-flags',
  ],
  // Kubernetes, and what renders for it
  'field-validation': [
    'Field validation',
    'https://kubernetes.io/docs/reference/using-api/api-concepts/#field-validation',
  ],
  objects: ['Kubernetes objects', 'https://kubernetes.io/docs/concepts/overview/working-with-objects/'],
  names: ['Object names', 'https://kubernetes.io/docs/concepts/overview/working-with-objects/names/'],
  selectors: ['Labels and selectors', 'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/'],
  service: ['Service', 'https://kubernetes.io/docs/concepts/services-networking/service/'],
  'network-policy': ['NetworkPolicy', 'https://kubernetes.io/docs/concepts/services-networking/network-policies/'],
  configmap: ['ConfigMaps', 'https://kubernetes.io/docs/concepts/configuration/configmap/'],
  yaml: ['The YAML specification', 'https://yaml.org/spec/1.2.2/'],
  kustomize: ['kustomize', 'https://kubectl.docs.kubernetes.io/references/kustomize/'],
  'helm-template': ['helm template', 'https://helm.sh/docs/helm/helm_template/'],
  'argo-cd': ['Argo CD: Applications', 'https://argo-cd.readthedocs.io/en/stable/operator-manual/declarative-setup/'],
  'application-set': [
    'Argo CD: generators',
    'https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators/',
  ],
  flux: ['Flux: Kustomization', 'https://fluxcd.io/flux/components/kustomize/kustomizations/'],
  knative: ['Knative Serving', 'https://knative.dev/docs/serving/'],
  'git-lfs': ['Git LFS', 'https://git-lfs.com/'],
  submodules: ['Git submodules', 'https://git-scm.com/book/en/v2/Git-Tools-Submodules'],
} as const satisfies Record<string, readonly [title: string, address: string]>;

export type ReadingName = keyof typeof READING;
