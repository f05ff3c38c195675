import { meshOptions, type NamedMesh } from './analyze-meshes.js';
import { compareDiagnostics } from './diagnostic/diagnostic.js';
import { callOutcomes } from './describe-trees.js';
import { holdContractsInTree } from './hold-contracts.js';
import { distinct, joinMeshDiagnostics, joinMeshes, lowestVersion } from './join-meshes.js';
import { judgeMesh, laidOver, ledgerOf, type MeshInput } from './judge-mesh.js';
import type { JudgedTree } from './judge-tree.js';
import { ONLY_MESH } from './kubernetes/manifest.js';
import { compareWorkloads, type Workload } from './kubernetes/workload.js';
import type { OwnersOfFile } from './policy/code-owners.js';
import { listBreaches, unmatchedContracts } from './policy/contract-breaches.js';
import { exemptBreaches, waiverOf } from './policy/exempt-changes.js';
import { passThroughOf } from './policy/pass-through.js';
import type { Policy } from './policy/policy.js';
import { listUnread } from './policy/unknowns.js';
import type { Audit, AuditedWorkload, AuditFinding } from './reachability/audit.js';
import { callJudge } from './reachability/call-judge.js';
import { decisiveStep } from './reachability/decisive-step.js';
import { compareDestinations, destinationKey, targetResolver } from './reachability/destination.js';
import { listedDestinations } from './reachability/destination-exists.js';
import type { Destination } from './reachability/egress-reachability.js';
import { workloadKey } from './reachability/evaluate-mesh.js';
import type { CallOutcome } from './reachability/follow-call.js';
import { joinLedgers } from './reachability/ledger.js';
import { rejectionOf, workloadRef } from './reachability/mesh-reach.js';
import { collectNeeds, type MeshNeeds } from './reachability/need.js';
import { rankOf, type Verdict } from './reachability/verdict.js';

export interface AuditInput extends MeshInput {
  readonly policy: Policy;
  /** `YYYY-MM-DD`; without it no waiver holds. */
  readonly today: string | null;
  /** Who owns a file, by CODEOWNERS; absent where there is none. */
  readonly ownersOf?: OwnersOfFile;
}

/** What of one tree is broken, or goes past the mesh, among the calls that manifests name; and which contracts are broken. */
export function auditMesh(input: AuditInput): Audit {
  const { policy, today } = input;
  const tree = judgeMesh(input);
  const needs = collectNeeds(tree.push, tree.admitted.live, [tree.push]);
  const held = holdContractsInTree(policy, tree, needs);
  const breaches = listBreaches(held, () => []);
  const { found, allowed } = findTrouble(tree, needs, input);
  const diagnostics = [...tree.diagnostics, ...needs.diagnostics, ...unmatchedContracts(held)];
  return {
    istioVersion: tree.behavior.version,
    workloads: tree.push.workloads.length,
    calls: [...needs.of.values()].reduce((sum, { named }) => sum + named.length, 0),
    allowed,
    found,
    breaches: exemptBreaches(breaches, policy, { today, acceptances: [] }),
    rejected: tree.admitted.refused.map(rejectionOf),
    undetermined: listUnread(input.manifests),
    diagnostics: diagnostics.sort(compareDiagnostics),
    ledger: ledgerOf(laidOver(input), tree.notModelled, needs, input.snapshot),
  };
}

/** The same of several meshes, as one answer: what is the same in several is there once, with their names. */
export function auditMeshes(meshes: readonly NamedMesh[], shared: Omit<AuditInput, 'manifests'>): Audit {
  const audits = meshes.map(({ name, manifests, ...settings }) => {
    const audit = auditMesh({ ...shared, mesh: meshOptions(shared.mesh, settings), manifests });
    return name === ONLY_MESH && meshes.length === 1 ? audit : inMesh(audit, name);
  });
  const [only, ...others] = audits;
  if (only && others.length === 0) return only;
  const sum = (of: (audit: Audit) => number): number => audits.reduce((total, audit) => total + of(audit), 0);
  return {
    istioVersion: lowestVersion(audits),
    workloads: sum(({ workloads }) => workloads),
    calls: sum(({ calls }) => calls),
    allowed: sum(({ allowed }) => allowed),
    found: [...joinMeshes(audits.flatMap(({ found }) => found))].sort((a, b) =>
      compareWorkloads(a.workload, b.workload),
    ),
    breaches: joinMeshes(audits.flatMap(({ breaches }) => breaches)),
    rejected: distinct(audits.flatMap(({ rejected }) => rejected)),
    undetermined: distinct(audits.flatMap(({ undetermined }) => undetermined)),
    diagnostics: joinMeshDiagnostics(audits),
    ledger: joinLedgers(audits.map(({ ledger }) => ledger)),
  };
}

function inMesh(audit: Audit, name: string): Audit {
  const named = <T>(items: readonly T[]): readonly (T & { readonly meshes: readonly string[] })[] =>
    items.map((item) => ({ ...item, meshes: [name] }));
  return { ...audit, found: named(audit.found), breaches: named(audit.breaches) };
}

function findTrouble(
  tree: JudgedTree,
  needs: MeshNeeds,
  { policy, today, ownersOf }: AuditInput,
): { readonly found: readonly AuditedWorkload[]; readonly allowed: number } {
  const outcomeOf = callOutcomes(tree, listedDestinations(tree.push));
  const explain = stepFinder(tree);
  let allowed = 0;
  const findingsOf = (workload: Workload, destination: Destination): readonly AuditFinding[] => {
    const outcome = outcomeOf(workload, destination);
    if (!outcome) return [];
    const references = needs.of.get(workloadKey(workload))?.references.get(destinationKey(destination))?.() ?? [];
    const exemption = waiverOf(policy, today, workload, destination);
    return troubleIn(outcome).flatMap(({ verdict, branch }): readonly AuditFinding[] => {
      if (passThroughOf(policy.contracts, workload, destination, verdict)) {
        allowed++;
        return [];
      }
      return [
        {
          destination,
          ...(branch === null ? {} : { branch }),
          verdict,
          severity: rankOf(verdict) === 2 ? 'failure' : 'warning',
          why: explain(workload, destination, outcome, branch !== null),
          references,
          ...(exemption ? { exemption } : {}),
        },
      ];
    });
  };
  const found = tree.push.workloads.flatMap(({ workload }): readonly AuditedWorkload[] => {
    const named = [...(needs.of.get(workloadKey(workload))?.named ?? [])].sort(compareDestinations);
    const findings = named.flatMap((destination) => findingsOf(workload, destination));
    if (findings.length === 0) return [];
    const { origin } = workload.object;
    const owned = ownersOf ? { owners: ownersOf(origin.path) } : {};
    return [{ workload: workloadRef(workload), ...origin, ...owned, findings }];
  });
  return { found, allowed };
}

/** The call itself where it ends badly, else the routes of it that do. */
function troubleIn({
  verdict,
  branches,
}: CallOutcome): readonly { readonly verdict: Verdict; readonly branch: string | null }[] {
  if (rankOf(verdict) > 0) return [{ verdict, branch: null }];
  const bad = branches.filter((branch) => rankOf(branch.verdict) > 0);
  const distinctWays = new Map(bad.map((branch) => [branch.match, branch]));
  return [...distinctWays.values()].map((branch) => ({ verdict: branch.verdict, branch: branch.match }));
}

function stepFinder({
  push,
}: JudgedTree): (
  workload: Workload,
  destination: Destination,
  outcome: CallOutcome,
  branch: boolean,
) => AuditFinding['why'] {
  const judge = callJudge(push);
  const resolve = targetResolver(push);
  return (workload, destination, outcome, branch) =>
    decisiveStep(judge.configurationOf(workloadKey(workload))!, resolve(destination), outcome, branch);
}
