import { meshOptions, type NamedMesh } from './analyze-meshes.js';
import type { AuditInput } from './audit-meshes.js';
import { compareDiagnostics } from './diagnostic/diagnostic.js';
import { holdContractsInTree } from './hold-contracts.js';
import { distinct, joinMeshDiagnostics, joinMeshes, lowestVersion } from './join-meshes.js';
import { judgeMesh, laidOver, ledgerOf } from './judge-mesh.js';
import { ONLY_MESH } from './kubernetes/manifest.js';
import { unmatchedContracts } from './policy/contract-breaches.js';
import type { HeldContract, HeldPairs } from './policy/contract-pairs.js';
import { waiverOf } from './policy/exempt-changes.js';
import { splitPairs } from './policy/split-pairs.js';
import { listUnread } from './policy/unknowns.js';
import type { ContractPairs, ContractReport } from './reachability/contract-report.js';
import { joinLedgers } from './reachability/ledger.js';
import { workloadRef } from './reachability/mesh-reach.js';
import { collectNeeds } from './reachability/need.js';

/** Holds the contracts of the policy against one tree, and says which calls each is about. */
export function testContracts(input: AuditInput, meshName?: string): ContractReport {
  const tree = judgeMesh(input);
  const needs = collectNeeds(tree.push, tree.admitted.live, [tree.push]);
  const held = holdContractsInTree(input.policy, tree, needs);
  const meshes = meshName === undefined ? {} : { meshes: [meshName] };
  const diagnostics = [...tree.diagnostics, ...needs.diagnostics, ...unmatchedContracts(held)];
  return {
    istioVersion: tree.behavior.version,
    contracts: held.map((each) => ({
      contract: each.contract.rule,
      ...each.contract.scope,
      reason: each.contract.reason,
      owner: each.contract.owner,
      origin: each.contract.origin,
      pairs: pairsOf(each, input).map((pairs) => ({ ...pairs, ...meshes })),
    })),
    undetermined: listUnread(input.manifests),
    diagnostics: diagnostics.sort(compareDiagnostics),
    ledger: ledgerOf(laidOver(input), tree.notModelled, needs, input.snapshot),
  };
}

/** The same of several meshes, as one answer. */
export function testContractsInMeshes(
  meshes: readonly NamedMesh[],
  shared: Omit<AuditInput, 'manifests'>,
): ContractReport {
  const reports = meshes.map(({ name, manifests, ...settings }) => {
    const isNamed = name !== ONLY_MESH || meshes.length > 1;
    const input = { ...shared, mesh: meshOptions(shared.mesh, settings), manifests };
    return testContracts(input, isNamed ? name : undefined);
  });
  const [first, ...others] = reports;
  if (first && others.length === 0) return first;
  return {
    istioVersion: lowestVersion(reports),
    contracts: (first?.contracts ?? []).map((contract, index) => ({
      ...contract,
      pairs: joinMeshes(reports.flatMap(({ contracts }) => contracts[index]?.pairs ?? [])),
    })),
    undetermined: distinct(reports.flatMap(({ undetermined }) => undetermined)),
    diagnostics: joinMeshDiagnostics(reports),
    ledger: joinLedgers(reports.map(({ ledger }) => ledger)),
  };
}

function pairsOf({ contract, pairs }: HeldContract, { policy, today }: AuditInput): readonly ContractPairs[] {
  return pairs.flatMap((each) => {
    const plain = plainPairs(each);
    if (!plain.isBroken || contract.rule === 'may-pass-through') return [plain];
    const parts = splitPairs(plain, (workload, destination) => waiverOf(policy, today, workload, destination));
    return parts.map(({ part, mark }) => (mark === null ? part : { ...part, exemption: mark }));
  });
}

function plainPairs({ workloads, destinations, branch, after, breach }: HeldPairs): ContractPairs {
  return {
    workloads: workloads.map(workloadRef),
    destinations,
    ...(branch === null ? {} : { branch }),
    verdict: after,
    isBroken: breach !== null,
  };
}
