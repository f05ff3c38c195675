import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import type { Page } from './page.js';

/** Codes of what a change says to no effect, or without being seen. */
export const EFFECT_PAGES = {
  'host-without-effect': {
    about:
      'A host line may name what is not there, so neither Kubernetes nor Istio complains. A namespace that is misspelt, a service in the place of its namespace, a short name, a host of another namespace, or one that is not exported: the line brings nothing, and what was meant is left out. Lines for which the manifests have nothing similar are not named: what they mean may live elsewhere.',
    look: [
      { command: 'istioctl proxy-config cluster POD --fqdn HOST', shows: 'No cluster of the host that was meant.' },
      { command: 'kubectl get services,serviceentries -A', shows: 'In which namespace each host lives.' },
    ],
    mend: [
      'Write `NAMESPACE/HOST`: the namespace in which the Service or ServiceEntry lives, and its full name, such as `pay/card.pay.svc.cluster.local`.',
    ],
    example: { scenario: 'namespace-with-a-typo' },
    readOn: ['sidecar', 'scoping'],
  },
  'sidecar-without-effect': {
    about:
      'Of the Sidecars of a namespace one governs a workload: the oldest whose selector fits, else the oldest without one, else that of the root namespace. One that is never it decides nothing. So does one in a namespace without workloads that is not the root namespace, one that selects nobody, and one for pods that have no sidecar.',
    look: [
      {
        command: 'istioctl analyze -n NAMESPACE',
        shows: 'IST0110 or IST0111, where two Sidecars select the same workloads.',
      },
      {
        command: 'kubectl get pods -n NAMESPACE --show-labels',
        shows: 'The labels that the selector has to fit.',
      },
    ],
    mend: [
      'Correct the selector, or the namespace: the root namespace is `istio-system`, where the mesh configuration does not say otherwise.',
      'Put what two Sidecars say into one.',
    ],
    example: { scenario: 'wrong-root-namespace' },
    readOn: ['sidecar', 'mesh-config'],
  },
  'annotation-without-effect': {
    about:
      'The injector and the sidecar read annotations of pods. A Deployment, a StatefulSet or a CronJob hands on those of its pod template, and keeps its own to itself.',
    look: [
      {
        command: 'kubectl get pods -n NAMESPACE -o jsonpath={.items[*].metadata.annotations}',
        shows: 'The annotations that the pods have.',
      },
    ],
    mend: ['Move the annotation to `spec.template.metadata.annotations`; of a CronJob, that of its `jobTemplate`.'],
    example: { scenario: 'annotation-at-the-wrong-level' },
    readOn: ['annotations'],
  },
  'served-elsewhere': {
    about:
      'ServiceEntries of several namespaces may register one host name, also that of a Service. Of those that a Sidecar lists, the own namespace’s wins, then a Kubernetes Service, then the oldest. Whichever it is, the cluster has the same name; so a call that goes to other servers than before counts as the same, and this is how it is told.',
    look: [
      {
        command: "istioctl proxy-config endpoint POD --cluster 'outbound|PORT||HOST'",
        shows: 'The servers that are called.',
      },
      { command: 'kubectl get serviceentries -A', shows: 'Who registers the host.' },
    ],
    mend: [
      'Name the namespace in the Sidecar’s host lines, in place of `*`.',
      'Narrow `exportTo` of the one that is not for everybody, or give it another host name.',
    ],
    example: { scenario: 'scope-picks-another-of-one-name' },
    readOn: ['service-entry', 'sidecar'],
  },
  'telemetry-not-imported': {
    about:
      'A provider of the mesh configuration names a service, and the proxies send traces or logs there by themselves. Their configuration names its cluster, also where the Sidecar that governs leaves the service out, so that the proxy does not have it. Providers count that the mesh configuration takes by default, or that a Telemetry names.',
    look: [
      { command: 'istioctl proxy-config cluster POD --fqdn HOST', shows: 'No cluster of the service.' },
      {
        command: 'kubectl logs POD -c istio-proxy | grep -i "unknown cluster"',
        shows: 'That listeners were refused, after a restart at the latest.',
      },
    ],
    mend: ['Add the service to the hosts of the Sidecar: `NAMESPACE/HOST`.'],
    example: { scenario: 'tracing-backend-dropped' },
    readOn: ['sidecar', 'mesh-config'],
  },
} as const satisfies Partial<Record<DiagnosticCode, Page>>;
