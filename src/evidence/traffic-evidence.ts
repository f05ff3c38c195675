import type { Diagnostic } from '../diagnostic/diagnostic.js';

/** Where calls end that no cluster of a host takes, as metrics name it; `unknown` for calls without a route. */
export const UNREGISTERED = ['PassthroughCluster', 'BlackHoleCluster', 'unknown'] as const;
export type Unregistered = (typeof UNREGISTERED)[number];

/** Calls of one workload that metrics have counted. */
export interface SeenCall {
  /** `namespace/name`: metrics know no kind. */
  readonly from: string;
  /** The host of the service that took the calls; null where nothing names it. */
  readonly host: string | null;
  /** Null where the metric does not tell, as Istio's do not by default. */
  readonly port: number | null;
  readonly protocol: 'http' | 'tcp';
  /** Where no cluster of a host took them. */
  readonly via: Unregistered | null;
  /** Requests or, over tcp, connections a minute, in the mean over the window. Null where that is not known; 0 where they were counted, but
   * not in the window. */
  readonly perMinute: number | null;
  /** Milliseconds since the epoch; null where it is not known. */
  readonly lastSeen: number | null;
}

/** A workload of which some call was counted by its own sidecar: what it did not call, the evidence tells as well. */
export interface ReportingCaller {
  /** `namespace/name` */
  readonly workload: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** What was left out of what is told of its calls; absent for nothing. */
  readonly leftOut?: number;
}

export const EVIDENCE_SOURCES = ['prometheus', 'prometheus-file', 'kiali', 'csv'] as const;
export type EvidenceSource = (typeof EVIDENCE_SOURCES)[number];

/** What an evidence file says. Times are milliseconds since the epoch. */
export interface TrafficRecord {
  readonly source: EvidenceSource;
  readonly readAt: number;
  /** The window. `from` equals `to` where nothing tells how long it was. */
  readonly from: number;
  readonly to: number;
  /** The parts in which the window was asked for: of all, those that were not answered, and those without anything in them. */
  readonly parts: { readonly asked: number; readonly failed: number; readonly empty: number };
  /** Series, edges or rows that may tell of calls, and were not understood. */
  readonly leftOut: number;
  /** Of these, those that may be about anybody's calls; absent for all of them. */
  readonly leftOutOfAnybody?: number;
  /** Some of these, with what is wrong with them; not kept in the file. */
  readonly examples?: readonly string[];
  /** Calls a minute of callers that are not known: those without a sidecar. */
  readonly unattributed: number;
  /** Sorted. */
  readonly callers: readonly ReportingCaller[];
  /** Sorted. */
  readonly calls: readonly SeenCall[];
}

/** Evidence to judge by. */
export interface TrafficEvidence extends Pick<TrafficRecord, 'from' | 'to' | 'source'> {
  /** As reports name it. */
  readonly path: string;
  /** How old it is, in words. */
  readonly age: string;
  /** How complete it is, a sentence. */
  readonly coverage: string;
  /** Why nothing can be concluded from what it does not show; null where it can. It follows "because". */
  readonly isSilent: string | null;
  /** By `namespace/name`. */
  readonly callers: ReadonlyMap<string, ReportingCaller>;
  readonly callsOf: ReadonlyMap<string, readonly SeenCall[]>;
  readonly diagnostics: readonly Diagnostic[];
}

export const EVIDENCE_SCHEMA = 'egress-scope/evidence/v1';
/** More is no evidence file, or an attack. In UTF-16 units. */
export const MAX_EVIDENCE_LENGTH = 20 * 2 ** 20;

const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;
const NAMESPACE = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const HOST = /^(?:\*\.)?[a-z0-9_](?:[a-z0-9._-]{0,251}[a-z0-9_])?$/;

/** `namespace/name`; null for what can be no workload. */
export function callerName(namespace: string, name: string): string | null {
  return NAMESPACE.test(namespace) && NAME.test(name) && name !== 'unknown' ? `${namespace}/${name}` : null;
}

export function isCallerName(text: string): boolean {
  const [namespace = '', name = '', ...rest] = text.split('/');
  return rest.length === 0 && callerName(namespace, name) !== null;
}

/** A host with the port that is written behind it; null for what can be none. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number | null } | null {
  const [, host = '', digits] = /^([^:]+)(?::(\d{1,5}))?$/.exec(text.toLowerCase()) ?? [];
  const port = digits === undefined ? null : Number(digits);
  return HOST.test(host) && (port === null || isPort(port)) ? { host, port } : null;
}

export function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port <= 65_535;
}

export function isUnregistered(text: string): text is Unregistered {
  return (UNREGISTERED as readonly string[]).includes(text);
}
