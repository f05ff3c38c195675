import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import type { Page } from './page.js';

/** Codes of what a change says to no effect, or without being seen. */
export const EFFECT_PAGES = {
  'sidecar-without-workloads': {
    about:
      'A Sidecar is for the workloads of its own namespace. That of the root namespace is for all namespaces that have none of their own; the root namespace is `istio-system`, where the mesh configuration does not say otherwise. Examples that put it into `istio-config` are for meshes whose configuration says so.',
    look: [
      { command: 'istioctl proxy-config cluster POD', shows: 'All clusters of the mesh: no Sidecar governs.' },
      {
        command: 'kubectl get configmap istio -n istio-system -o jsonpath={.data.mesh}',
        shows: '`rootNamespace`, where it is another one.',
      },
    ],
    mend: ['Move the Sidecar to the namespace that it is meant for.', 'Set `rootNamespace` in the mesh configuration.'],
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
