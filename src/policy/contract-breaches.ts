import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { Cause, ContractBreach } from '../reachability/change.js';
import type { FoundCauses } from '../reachability/described-change.js';
import type { ExplainedDifference } from '../reachability/explained-difference.js';
import { workloadRef } from '../reachability/mesh-reach.js';
import type { HeldContract } from './contract-pairs.js';
import { isGating } from './exempt-changes.js';
import type { Contract } from './policy.js';

/** The contracts that are broken, new ones first; otherwise in the order of the configuration. */
export function listBreaches(
  held: readonly HeldContract[],
  explain: (causes: FoundCauses, difference: ExplainedDifference) => readonly Cause[],
): readonly ContractBreach[] {
  const all = held.flatMap(({ contract, pairs }) =>
    pairs.flatMap(({ breach, branch, before, after, workloads, destinations, causes }): readonly ContractBreach[] => {
      if (breach === null || contract.rule === 'may-pass-through') return [];
      return [
        {
          contract: contract.rule,
          ...contract.scope,
          reason: contract.reason,
          owner: contract.owner,
          origin: contract.origin,
          workloads: workloads.map(workloadRef),
          destinations,
          ...(branch === null ? {} : { branch }),
          before,
          after,
          isNew: breach === 'new',
          causes: explain(causes, { workloads, destinations, before, after }),
        },
      ];
    }),
  );
  return [...all.filter(({ isNew }) => isNew), ...all.filter(({ isNew }) => !isNew)];
}

/** Why broken contracts fail the gate, a sentence a contract. */
export function breachReasons(breaches: readonly ContractBreach[]): readonly string[] {
  const byContract = new Map<string, { readonly breach: ContractBreach; pairs: number }>();
  for (const breach of breaches.filter(isGating)) {
    const key = JSON.stringify([breach.contract, breach.workload, breach.host]);
    const known = byContract.get(key) ?? { breach, pairs: 0 };
    known.pairs += breach.workloads.length * breach.destinations.length;
    byContract.set(key, known);
  }
  return [...byContract.values()].map(({ breach, pairs }) => {
    const [edges, verb] = pairs === 1 ? ['edge', 'breaks'] : ['edges', 'break'];
    return `${pairs} ${edges} ${verb} the contract ${nameOf(breach.contract, breach)}: ${breach.reason}`;
  });
}

/** Contracts with a pattern that nothing fits, which is most often a slip. */
export function unmatchedContracts(held: readonly HeldContract[]): readonly Diagnostic[] {
  return held.flatMap(({ contract, unmatched }) => {
    if (unmatched === null) return [];
    const message = `The contract ${nameOf(contract.rule, contract.scope)} is about nothing: ${whatIsMissing(contract, unmatched)}.`;
    return [diagnostic('contract-unmatched', message, contract.origin)];
  });
}

function whatIsMissing({ scope }: Contract, unmatched: NonNullable<HeldContract['unmatched']>): string {
  switch (unmatched) {
    case 'workload':
      return `no workload fits ${scope.workload}`;
    case 'host':
      return `no host fits ${scope.host}`;
    case 'pair':
      return 'none of its workloads is asked about one of its hosts';
  }
}

/** `must-not-reach of shop/* and *.pay.svc.cluster.local` */
function nameOf(rule: string, { workload, host }: Contract['scope']): string {
  return `${rule} of ${workload} and ${host}`;
}
