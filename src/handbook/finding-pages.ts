import type { GateVerdict } from '../reachability/change.js';
import type { FindingName } from '../report/doc-links.js';
import type { Page } from './page.js';

/** A finding's sentence, and what more there is to say. */
export interface FindingPage extends Page {
  readonly meaning: string;
}

/** What a report lists. */
export const FINDING_PAGES = {
  broken: {
    meaning:
      'A call that arrived before does not arrive any more: it becomes blocked, refused, misrouted, unroutable or no-endpoints.',
    about:
      'This is the outage of the kind that people notice. It fails the gate where the workload’s manifest names the destination, and where it does not tell what the workload calls.',
    look: [
      {
        command: 'egress-scope explain AFTER --from WORKLOAD --to HOST:PORT',
        shows: 'Every decision on the way of the call, with the line that made it.',
      },
    ],
    mend: [
      'Look at the line that the report names as the cause, and at the page of the verdict that the call ends with.',
      'Where nothing calls it, say so: a waiver in the configuration, or `/egress-scope accept` on the pull request.',
    ],
    example: { scenario: 'omitted-service-registry-only' },
    readOn: ['scoping', 'network-issues'],
  },
  outside: {
    meaning: 'A call that was in the mesh leaves it: it becomes unmeshed or bypass.',
    about:
      'The call still works, so that nobody notices, but it is no longer encrypted or told apart by identity, and routes, policies and telemetry do not apply. The day on which the server becomes STRICT, it breaks. A Sidecar is not a firewall: under ALLOW_ANY, leaving a host out does not keep anybody from calling it.',
    look: [
      {
        command: 'egress-scope explain AFTER --from WORKLOAD --to HOST:PORT',
        shows: 'Every decision on the way of the call, with the line that made it.',
      },
    ],
    mend: [
      'List the host in the Sidecar that governs the workload.',
      'Where the workload does not call it, say so: a waiver, or a Sidecar with a `workloadSelector` for that workload, which counts as deliberate.',
    ],
    example: { scenario: 'omitted-service-allow-any' },
    readOn: ['sidecar', 'scoping', 'security-practice'],
  },
  absent: {
    meaning: 'A destination that was there before is gone.',
    about:
      'Its Service or ServiceEntry, or the port, was removed or renamed. It fails the gate where a manifest still names it; where no manifest tells, it is a notice.',
    look: [
      {
        command: 'kubectl get service,serviceentry -A',
        shows: 'Whether the cluster has it from elsewhere.',
      },
    ],
    mend: [
      'Change what names it in the same pull request; the report says where that is.',
      'Where another repository has it, let a snapshot of the cluster tell.',
    ],
    example: { scenario: 'service-removed' },
    readOn: ['service', 'service-entry'],
  },
  sideways: {
    meaning:
      'A call that was no better before goes on as badly, or goes elsewhere: the same verdict, but other clusters.',
    about:
      'Rerouted calls are often meant: a canary, a move to another version. They are a warning where a manifest names the destination, since whoever owns the caller may not know. A workload that newly names a destination which it cannot reach is listed here as well.',
    look: [
      {
        command: 'istioctl proxy-config route POD --name PORT -o json',
        shows: 'Where the routes lead now.',
      },
    ],
    mend: [
      'See whether the clusters that the report shows with `+` are the ones that are meant.',
      'A VirtualService for a host of another namespace is best in that namespace, or exported to `.` alone.',
    ],
    example: { scenario: 'virtual-service-takes-over' },
    readOn: ['virtual-service', 'traffic-routing'],
  },
  better: {
    meaning: 'A call gets better: it arrives where it did not, or comes into the mesh.',
    about:
      'It weighs nothing and is folded away. It can still be worth a look: a Sidecar without `egress` lets its workloads reach everything, also under a narrow one of the root namespace.',
    look: [
      {
        command: 'egress-scope diff BEFORE AFTER --format json',
        shows: 'All changes, with `severity: none` for these.',
      },
    ],
    mend: [
      'There is nothing to mend. A contract `must-not-reach` in the configuration holds what must not get better.',
    ],
    example: { scenario: 'selector-sidecar-escapes-root' },
    readOn: ['sidecar'],
  },
  'refused-object': {
    meaning: 'The cluster would refuse an object: its schema, Kubernetes’ own checks, or istiod’s webhook.',
    about:
      'The object never becomes live. Its previous version, where there is one, stays in force, and with Argo CD or Flux the whole sync may stop. An object that the change adds or edits fails the gate; one that was there before is listed only. The message is the cluster’s own.',
    look: [
      {
        command: 'kubectl apply --dry-run=server -f FILE',
        shows:
          'The same refusal, from the API server: `admission webhook "validation.istio.io" denied the request: …`, or `is invalid: …`.',
      },
      {
        command: 'istioctl validate -f FILE',
        shows: 'What the webhook would say, without a cluster.',
      },
    ],
    mend: ['Correct what the message names; the line is the object’s, or that of the value.'],
    example: { scenario: 'short-name-refused' },
    readOn: ['validation-problems', 'field-validation'],
  },
  'must-be-meshed': {
    meaning: 'A contract of the configuration says that these calls are meshed, and after the change they are not.',
    about:
      'A contract holds whether or not any manifest names the destination, and for every route of the call. Only what is new fails the gate; what was so before is listed, here and by `egress-scope audit`. `egress-scope contracts` shows which calls a contract is about.',
    look: [
      {
        command: 'egress-scope explain AFTER --from WORKLOAD --to HOST:PORT',
        shows: 'Why the call ends otherwise.',
      },
    ],
    mend: ['Mend the call; or change the contract, in a pull request of its own: it is read from the base branch.'],
    readOn: ['sidecar', 'scoping'],
  },
  'must-not-reach': {
    meaning: 'A contract of the configuration says that these calls have no way, and after the change they have one.',
    about:
      'A way is what a sidecar knows: the call is meshed, or would be if something ran there, or a route of another host leads there. This is what gates widening: a Sidecar without `egress`, an export to everybody. A call that only passes through, unmeshed, breaks the contract where it was kept off before, as when the policy becomes ALLOW_ANY; otherwise it does not, since no Sidecar keeps a call from that. A Sidecar is not a firewall.',
    look: [
      {
        command: 'egress-scope explain AFTER --from WORKLOAD --to HOST:PORT',
        shows: 'How the call gets through.',
      },
    ],
    mend: [
      'Narrow what the report names as the cause, or change the contract in a pull request of its own.',
      'To keep calls out for certain, use an AuthorizationPolicy at the server or a NetworkPolicy.',
    ],
    readOn: ['sidecar', 'authorization-policy', 'network-policy'],
  },
} as const satisfies Record<FindingName, FindingPage>;

/** What the gate says. */
export const GATE_PAGES = {
  pass: {
    meaning: 'Nothing that may be needed gets worse, and everything that matters was understood.',
    about: 'The check run succeeds, or is neutral where there are warnings. The command line exits with 0.',
    look: [{ command: 'egress-scope diff', shows: 'What changes, also where it weighs nothing.' }],
    mend: ['There is nothing to mend.'],
    readOn: ['scoping'],
  },
  fail: {
    meaning:
      'A call that may be needed gets worse, the cluster would refuse an object of the change, or a contract no longer holds.',
    about: 'The check run fails. The command line exits with 1. With `failOn: warning`, a warning is enough.',
    look: [
      {
        command: 'egress-scope diff',
        shows: 'Each finding, worst first, with its cause and the line.',
      },
    ],
    mend: [
      'Mend the finding; `egress-scope why` has a page for each verdict.',
      'Where nobody needs the call, let somebody accept it, or waive it until a day.',
    ],
    example: { scenario: 'host-line-removed' },
    readOn: ['scoping', 'network-issues'],
  },
  undetermined: {
    meaning: 'Nothing is known to get worse, but something that matters could not be understood.',
    about:
      'It never passes a required check: what could not be read may be what breaks. Content that could not be read matters where it is part of the change, or stands in the folder of an object that makes an edge worse. The command line exits with 2. An old broken file elsewhere is reported, and holds nothing up.',
    look: [
      {
        command: 'egress-scope diff',
        shows: 'The reason in its first sentence, and the diagnostics with their lines.',
      },
      {
        command: 'egress-scope discover',
        shows: 'What was found to be applied where, and what could not be rendered.',
      },
    ],
    mend: [
      'Correct what could not be read; each diagnostic has a page.',
      'Leave what is no manifest out, by `ignores` in the configuration of the base branch.',
      'Where a chart or kustomization fetches something, keep a copy in the repository, or allow the address.',
    ],
    example: { scenario: 'unreadable-file-in-the-change' },
    readOn: ['field-validation'],
  },
} as const satisfies Record<GateVerdict, FindingPage>;
