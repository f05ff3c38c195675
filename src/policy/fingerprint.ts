import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { ONLY_MESH } from '../kubernetes/manifest.js';
import type { ContractBreach, EdgeChange } from '../reachability/change.js';
import type { Destination, Rejection, WorkloadRef } from '../reachability/egress-reachability.js';

/** In hexadecimal digits: enough that nobody finds a second finding with the same one. */
const LENGTH = 20;

/** Names one pair of a change by what the finding is, not by where it stands or what causes it: moving lines about, or a
 * second cause, leaves it as it is; another verdict makes it another finding. */
export function fingerprintOfPair(change: EdgeChange, workload: WorkloadRef, destination: Destination): string {
  const { branch = null, after, rerouted, newReference = false, meshes = [ONLY_MESH] } = change;
  return digest([
    rerouted ? 'rerouted' : newReference ? 'new-reference' : 'edge',
    [workload.namespace, workload.kind, workload.name],
    [destination.host, destination.port, destination.protocol],
    branch,
    after,
    rerouted?.after ?? null,
    // What is right in one mesh may be wrong in another.
    meshes,
  ]);
}

/** Names one pair that breaks a contract, by the contract's own words and by what becomes of the call. */
export function fingerprintOfBreach(breach: ContractBreach, workload: WorkloadRef, destination: Destination): string {
  const { branch = null, after, meshes = [ONLY_MESH] } = breach;
  return digest([
    'breach',
    [breach.contract, breach.workload, breach.host],
    [workload.namespace, workload.kind, workload.name],
    [destination.host, destination.port, destination.protocol],
    branch,
    after,
    meshes,
  ]);
}

/** Names an object that a cluster refuses, with the reason. */
export function fingerprintOfRejection({ kind, namespace, name, message }: Rejection): string {
  return digest(['rejection', kind, namespace, name, message]);
}

/** Names what is said about the input, whatever line it is at. */
export function fingerprintOfDiagnostic({ code, path, message }: Diagnostic): string {
  return digest(['diagnostic', code, path, message]);
}

/** Names a set of findings, whatever their order. */
export function fingerprintOfAll(fingerprints: readonly string[]): string {
  return digest([...fingerprints].sort());
}

/** From a library, since the core imports nothing of the platform. */
function digest(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(JSON.stringify(value)))).slice(0, LENGTH);
}
