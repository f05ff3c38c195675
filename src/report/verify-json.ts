import type { Verification, VerificationResult } from '../verify/verification.js';
import { toJsonText } from './json-text.js';

/** What was held against the manifests. */
export interface ShownVerifications {
  readonly istioVersion: string;
  readonly verifications: readonly Verification[];
}

/** `egress-scope verify --format json`. Ends with a newline. */
export function renderVerifyJson({ istioVersion, verifications }: ShownVerifications): string {
  return toJsonText({
    schema: 'egress-scope/verify/v1',
    istioVersion,
    result: resultOf(verifications),
    workloads: verifications.map(verificationJson),
  });
}

/** Of all together: the worst. Nothing at all is not equal. */
export function resultOf(verifications: readonly Verification[]): VerificationResult {
  if (verifications.some(({ result }) => result === 'different')) return 'different';
  return verifications.length > 0 && verifications.every(({ result }) => result === 'equal') ? 'equal' : 'undetermined';
}

function verificationJson(verification: Verification): object {
  const { workload, source, result, compared, differences, unknown, notCompared, remarks } = verification;
  return {
    workload: { namespace: workload.namespace, kind: workload.kind, name: workload.name },
    source,
    result,
    compared: { clusters: compared.clusters, endpoints: compared.endpoints, edges: compared.edges },
    differences: differences.map(({ kind, subject, manifests, proxy, cause, reason }) => ({
      kind,
      subject,
      manifests,
      proxy,
      cause,
      reason,
    })),
    unknown: unknown.map(({ host, port, protocol, why }) => ({ host, port, protocol, why })),
    notCompared,
    remarks,
  };
}
