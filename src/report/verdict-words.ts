import type { Need } from '../reachability/change.js';
import type { ComparedVerdict } from '../reachability/verdict.js';

/** What somebody who makes the call sees. */
export const VERDICT_WORDS = {
  meshed: 'routing and telemetry of the mesh, and mutual TLS with servers that have a sidecar',
  'no-endpoints': 'answered with 503: nothing runs behind the route',
  unmeshed: 'still works, but past the mesh: without its mutual TLS, policies and telemetry',
  refused: 'connection reset: the server does not accept the TLS mode that is used',
  blocked: 'the sidecar drops it: connection reset, or 502',
  misrouted: 'answered by the wrong server',
  unroutable: 'answered with 404 or 503: no route fits, or the route leads nowhere',
  bypass: 'no sidecar takes part, so nothing of the mesh applies',
  absent: 'there is no such destination: the name, the port or the protocol is not served',
} as const satisfies Record<ComparedVerdict, string>;

/** The verdict as the end of a sentence: `N workloads would … M destinations`. */
export const VERDICT_PREDICATES = {
  meshed: { before: 'reach', after: 'in the mesh' },
  'no-endpoints': { before: 'find nothing running behind', after: '' },
  unmeshed: { before: 'call', after: 'past the mesh, without mutual TLS' },
  refused: { before: 'be refused by', after: '' },
  blocked: { before: 'be cut off from', after: '' },
  misrouted: { before: 'be answered by the wrong server at', after: '' },
  unroutable: { before: 'have no route to', after: '' },
  bypass: { before: 'reach', after: 'without a sidecar' },
  absent: { before: 'lose', after: 'altogether' },
} as const satisfies Record<ComparedVerdict, { readonly before: string; readonly after: string }>;

/** Why an edge counts as needed, or does not. */
export const NEED_WORDS = {
  referenced: 'its manifest names the destination',
  observed: 'its manifest does not name the destination, and traffic evidence shows that it calls it',
  unknown: 'its manifest does not tell which destinations it calls, so it may need any',
  deliberate:
    'its manifest does not tell which destinations it calls; the Sidecar that picks it was changed on purpose',
  potential: 'its manifest names other destinations, not this one',
} as const satisfies Record<Need, string>;

export const NOT_A_FIREWALL =
  'A Sidecar is not a firewall: under ALLOW_ANY, what it leaves out can still be called, outside the mesh.';
