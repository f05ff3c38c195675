import type { CallTarget } from './destination.js';
import type { ExplainStep } from './egress-reachability.js';
import { workloadKey } from './evaluate-mesh.js';
import { explainDecisions } from './explain-decisions.js';
import { accepts, behindAddress, type CallOutcome } from './follow-call.js';
import type { ProxyConfiguration } from './proxy-configuration.js';

/**
 * Of all decisions on a call's way the one without which it would not end as it does: where it leaves the mesh, is cut off,
 * refused or lost.
 *
 * @param branch whether one of the call's routes is meant, and not the call itself.
 */
export function decisiveStep(
  config: ProxyConfiguration,
  target: CallTarget,
  outcome: CallOutcome,
  branch: boolean,
): ExplainStep {
  const steps = explainDecisions(config, target);
  const byTitle = (title: string): ExplainStep | undefined => steps.find((step) => step.title === title);
  const found = branch ? byTitle('Route') : decide(config, target, outcome, steps, byTitle);
  return found ?? steps.at(-1)!;
}

function decide(
  config: ProxyConfiguration,
  target: CallTarget,
  { verdict, clusters }: CallOutcome,
  steps: readonly ExplainStep[],
  byTitle: (title: string) => ExplainStep | undefined,
): ExplainStep | undefined {
  switch (verdict) {
    case 'bypass':
      return byTitle('Capture') ?? byTitle('Injection');
    case 'unmeshed':
    case 'blocked':
      if (target.service === null) return byTitle('Address');
      return byTitle(isImported(config, target) ? 'Listener' : 'Import');
    case 'misrouted':
      return byTitle('Listener');
    case 'unroutable':
      return byTitle('Route');
    case 'refused': {
      const who = refusingServer(config, target, clusters);
      const isServer = ({ title, detail }: ExplainStep): boolean =>
        title === 'Server' && (who === null || detail.startsWith(`${who} `));
      const [server, missing] = [steps.find(isServer), isImported(config, target) ? undefined : byTitle('Import')];
      // What the server demands is met by whoever knows it.
      if (!server || !missing) return server;
      return { ...missing, detail: `${missing.detail} So the call arrives without mutual TLS. ${server.detail}` };
    }
    case 'no-endpoints': {
      const origin = (byTitle('Route') ?? byTitle('Address'))?.origin ?? null;
      return { title: 'Endpoints', detail: `Nothing runs behind ${clusters.join(', ')}.`, origin };
    }
    case 'meshed':
      return undefined;
  }
}

/** A host that nobody registered counts as imported: there is nothing to import. */
function isImported({ scope }: ProxyConfiguration, { service }: CallTarget): boolean {
  return service === null || scope.servicesByHostname.has(service.hostname);
}

/** The first server that does not take what arrives; null where no workload is known to be it. */
function refusingServer(config: ProxyConfiguration, target: CallTarget, clusters: readonly string[]): string | null {
  const sent = clusters.flatMap((name) => {
    const cluster = config.cluster(name);
    if (!cluster) return [];
    const endpoints = cluster.type === 'ORIGINAL_DST' ? behindAddress(config, target) : cluster.endpoints;
    return endpoints.map((endpoint) => ({ endpoint, tls: cluster.tlsTo(endpoint) }));
  });
  const passed = behindAddress(config, target).map((endpoint) => ({ endpoint, tls: 'none' as const }));
  const refusing = (sent.length > 0 ? sent : passed).find(({ endpoint, tls }) => !accepts(config, endpoint, tls));
  return refusing?.endpoint.workload ? workloadKey(refusing.endpoint.workload) : null;
}
