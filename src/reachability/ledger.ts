import type { Origin } from '../diagnostic/diagnostic.js';
import type { EvidenceSource } from '../evidence/traffic-evidence.js';
import { EMPTY_LEDGER, joinSkipped, type TreeLedger } from '../kubernetes/ledger.js';

/** A host that workloads name and that the mesh does not have; the place is the first that names it. */
export interface UnknownHost extends Origin {
  readonly host: string;
  /** How many workloads name it. */
  readonly workloads: number;
}

/** A snapshot that stands beside the manifests. */
export interface LedgerSnapshot {
  readonly path: string;
  /** How old it is, as a sentence. */
  readonly age: string;
  readonly objects: number;
}

/** Traffic evidence that stands beside the manifests. */
export interface LedgerEvidence {
  readonly path: string;
  readonly source: EvidenceSource;
  /** The window, in RFC 3339. */
  readonly from: string;
  readonly to: string;
  /** In words: `3 hours old`. */
  readonly age: string;
  /** How complete it is, in words. */
  readonly coverage: string;
}

/** What an answer rests on, and what it leaves out: of a change, on its new side. */
export interface Ledger extends TreeLedger {
  readonly filesRead: number;
  readonly resources: number;
  /** Kinds (`EnvoyFilter`) or features that are not modelled and are present; sorted. */
  readonly notModelled: readonly string[];
  /** Sorted by host. */
  readonly unknownHosts: readonly UnknownHost[];
  readonly snapshot: LedgerSnapshot | null;
  /** Absent without any. */
  readonly evidence?: LedgerEvidence;
}

export const NOTHING_READ: Ledger = {
  ...EMPTY_LEDGER,
  filesRead: 0,
  resources: 0,
  notModelled: [],
  unknownHosts: [],
  snapshot: null,
};

/** The ledgers of several meshes as one. */
export function joinLedgers(all: readonly Ledger[]): Ledger {
  const hosts = new Map<string, UnknownHost>();
  for (const each of all.flatMap(({ unknownHosts }) => unknownHosts)) {
    const known = hosts.get(each.host);
    hosts.set(each.host, known ? { ...known, workloads: known.workloads + each.workloads } : each);
  }
  const evidence = all.find((each) => each.evidence !== undefined)?.evidence;
  return {
    roots: all.flatMap(({ roots }) => roots),
    skipped: joinSkipped(all.flatMap(({ skipped }) => skipped)),
    filesRead: all.reduce((sum, { filesRead }) => sum + filesRead, 0),
    resources: all.reduce((sum, { resources }) => sum + resources, 0),
    notModelled: [...new Set(all.flatMap(({ notModelled }) => notModelled))].sort(),
    unknownHosts: [...hosts.values()].sort((a, b) => (a.host < b.host ? -1 : 1)),
    snapshot: all.find(({ snapshot }) => snapshot !== null)?.snapshot ?? null,
    ...(evidence === undefined ? {} : { evidence }),
  };
}

/** A ledger with that of the tree, out of which the meshes were made. */
export function withTree(ledger: Ledger, tree: TreeLedger): Ledger {
  return { ...ledger, roots: tree.roots, skipped: joinSkipped([...ledger.skipped, ...tree.skipped]) };
}
