import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Diagnostic } from '../diagnostic/diagnostic.js';
import { ONLY_MESH } from '../kubernetes/manifest.js';
import type { ContractBreach, EdgeChange } from '../reachability/change.js';
import type { Destination, Rejection, WorkloadRef } from '../reachability/egress-reachability.js';
import type { ItemList } from '../reachability/item-list.js';

/** In hexadecimal digits: enough that nobody finds a second finding with the same one. */
const LENGTH = 20;

/** More pairs than anybody looks at one by one: they are one finding together. */
const MOST_PAIRS = 20_000;

/** Names one pair of a change by what the finding is, not by where it stands or what causes it: moving lines about, or a
 * second cause, leaves it as it is; another verdict makes it another finding. The pairs of a very large change have one name, by
 * all workloads and destinations that it has. */
export function fingerprintOfPair(change: EdgeChange, workload: WorkloadRef, destination: Destination): string {
  return isLarge(change)
    ? fingerprintOfWhole(change, () => changeDigest(change, change.workloads, change.destinations))
    : changeDigest(change, [workload], [destination]);
}

function changeDigest(
  change: EdgeChange,
  workloads: readonly WorkloadRef[],
  destinations: ItemList<Destination>,
): string {
  const { branch = null, after, rerouted, newReference = false, meshes = [ONLY_MESH] } = change;
  return digest([
    rerouted ? 'rerouted' : newReference ? 'new-reference' : 'edge',
    ...workloads.map(({ namespace, kind, name }) => [namespace, kind, name]),
    ...destinations.map(({ host, port, protocol }) => [host, port, protocol]),
    branch,
    after,
    rerouted?.after ?? null,
    // What is right in one mesh may be wrong in another.
    meshes,
  ]);
}

/** Names one pair that breaks a contract, by the contract's own words and by what becomes of the call; of very many, all of them. */
export function fingerprintOfBreach(breach: ContractBreach, workload: WorkloadRef, destination: Destination): string {
  return isLarge(breach)
    ? fingerprintOfWhole(breach, () => breachDigest(breach, breach.workloads, breach.destinations))
    : breachDigest(breach, [workload], [destination]);
}

function breachDigest(
  breach: ContractBreach,
  workloads: readonly WorkloadRef[],
  destinations: ItemList<Destination>,
): string {
  const { contract, workload, host, branch = null, after, meshes = [ONLY_MESH] } = breach;
  return digest([
    'breach',
    [contract, workload, host],
    ...workloads.map(({ namespace, kind, name }) => [namespace, kind, name]),
    ...destinations.map((destination) => [destination.host, destination.port, destination.protocol]),
    branch,
    after,
    meshes,
  ]);
}

/** The fingerprints of all pairs. */
export function fingerprintsOf<T extends EdgeChange | ContractBreach>(
  item: T,
  of: (item: T, workload: WorkloadRef, destination: Destination) => string,
): readonly string[] {
  const { workloads, destinations } = item;
  if (isLarge(item)) return [of(item, workloads[0]!, destinations.at(0)!)];
  return workloads.flatMap((workload) => destinations.map((destination) => of(item, workload, destination)));
}

function isLarge({ workloads, destinations }: EdgeChange | ContractBreach): boolean {
  return workloads.length * destinations.length > MOST_PAIRS;
}

const wholes = new WeakMap<EdgeChange | ContractBreach, string>();

function fingerprintOfWhole(item: EdgeChange | ContractBreach, compute: () => string): string {
  let known = wholes.get(item);
  if (known === undefined) wholes.set(item, (known = compute()));
  return known;
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

const encoder = new TextEncoder();

/** From a library, since the core imports nothing of the platform. */
function digest(value: unknown): string {
  return bytesToHex(sha256(encoder.encode(JSON.stringify(value)))).slice(0, LENGTH);
}
