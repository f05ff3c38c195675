import type { EdgeChange } from '../reachability/change.js';
import type { Destination, Rejection, WorkloadRef } from '../reachability/egress-reachability.js';
import { sha256 } from './sha256.js';

/** In hexadecimal digits: enough that nobody finds a second finding with the same one. */
const LENGTH = 20;

/** Names one pair of a change by what the finding is, not by where it stands or what causes it: moving lines about, or a
 * second cause, leaves it as it is; another verdict makes it another finding. */
export function fingerprintOfPair(change: EdgeChange, workload: WorkloadRef, destination: Destination): string {
  const { branch = null, after, rerouted, newReference = false } = change;
  return digest([
    rerouted ? 'rerouted' : newReference ? 'new-reference' : 'edge',
    [workload.namespace, workload.kind, workload.name],
    [destination.host, destination.port, destination.protocol],
    branch,
    after,
    rerouted?.after ?? null,
  ]);
}

/** Names an object that a cluster refuses, with the reason. */
export function fingerprintOfRejection({ kind, namespace, name, message }: Rejection): string {
  return digest(['rejection', kind, namespace, name, message]);
}

/** Names a set of findings, whatever their order. */
export function fingerprintOfAll(fingerprints: readonly string[]): string {
  return digest([...fingerprints].sort());
}

function digest(value: unknown): string {
  return sha256(JSON.stringify(value)).slice(0, LENGTH);
}
