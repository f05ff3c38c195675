/** Where the answers of Istio's versions differ. */
export interface AdmissionRules {
  /** `1.30` */
  readonly version: string;
  /** Whether `~` before the namespace of a Sidecar's host takes services out of what the others include. */
  readonly hostExclusions: boolean;
  /** Whether ServiceEntries that resolve wildcards may speak more than HTTP and be inside the mesh. */
  readonly dynamicDnsBeyondHttp: boolean;
  /** The least aggression of a warm-up that is allowed, and whether that value itself is. */
  readonly warmupAggression: { readonly above: number; readonly inclusive: boolean };
}

const V1_28: AdmissionRules = {
  version: '1.28',
  hostExclusions: false,
  dynamicDnsBeyondHttp: false,
  warmupAggression: { above: 1, inclusive: true },
};
const V1_29: AdmissionRules = { ...V1_28, version: '1.29' };
const V1_30: AdmissionRules = { ...V1_29, version: '1.30', dynamicDnsBeyondHttp: true };
const V1_31: AdmissionRules = {
  ...V1_30,
  version: '1.31',
  hostExclusions: true,
  warmupAggression: { above: 0, inclusive: false },
};

const RULES = [V1_28, V1_29, V1_30, V1_31] as const;

/** The rules of a version such as `1.30` or `1.30.2`: those of the nearest one that is known; 1.30 where it is no version. */
export function admissionRules(version: string): AdmissionRules {
  const minor = minorOf(version);
  if (minor === null) return V1_30;
  return RULES.findLast((rules) => minorOf(rules.version)! <= minor) ?? V1_28;
}

/** Whether what came with `since` is there at `version`. */
export function isSince(version: string, since: string | undefined): boolean {
  return since === undefined || minorOf(version)! >= minorOf(since)!;
}

function minorOf(version: string): number | null {
  const match = /^1\.(\d+)/.exec(version);
  return match === null ? null : Number(match[1]);
}
