import { callOutcomes } from './describe-trees.js';
import { buildCells, countOpenedPairs } from './fix-cells.js';
import type { Finding } from './fix-findings.js';
import { admit } from './istio/admission/admit.js';
import type { PushContext } from './istio/push-context.js';
import type { ExportTo } from './istio/visibility.js';
import { isMended, judgeWhole } from './judge-fix.js';
import type { JudgedTree } from './judge-tree.js';
import type { KubernetesObject } from './kubernetes/manifest.js';
import { once } from './kubernetes/once.js';
import type { Workload } from './kubernetes/workload.js';
import type { Policy } from './policy/policy.js';
import { callJudge } from './reachability/call-judge.js';
import type { DescribeContext } from './reachability/describe-changes.js';
import { destinationExists, listedDestinations, type ListedDestinations } from './reachability/destination-exists.js';
import type { Destination } from './reachability/egress-reachability.js';
import { evaluateMesh, workloadKey, type EvaluatedMesh } from './reachability/evaluate-mesh.js';
import { editObject, type EditedObject } from './reachability/fixes/edit-object.js';
import type { Want } from './reachability/fixes/want.js';
import type { CallOutcome } from './reachability/follow-call.js';
import type { Renamings } from './reachability/renamed-workloads.js';
import { findUnmatchedHosts } from './reachability/unmatched-hosts.js';

/** Edits in the mesh as it would be with them. */
export interface Trial {
  readonly wants: readonly Want[];
  readonly edited: readonly EditedObject[];
  readonly push: PushContext;
  /** Whether the finding is gone, as far as the first of its workloads tells. */
  readonly mends: (finding: Finding) => boolean;
  readonly outcome: (workload: Workload, destination: Destination) => CallOutcome | null;
}

/** What a trial comes to for the whole mesh. */
export interface TrialResult {
  readonly mended: readonly Finding[];
  /** Whether something fails, or warns, that did not; or an edited object names a host that matches nothing. */
  readonly harms: boolean;
  /** What ends better than without the edits: destinations of workloads that are alike on both sides, as numbers. */
  readonly openedCells: ReadonlySet<number>;
  readonly opensUnregistered: boolean;
}

export interface TrialGround {
  readonly before: JudgedTree;
  readonly after: JudgedTree;
  readonly renamings: Renamings;
  readonly context: DescribeContext;
  readonly policy: Policy;
  readonly probes: readonly Destination[];
  readonly findings: readonly Finding[];
  /** The objects that a fix may edit, as the change leaves them. */
  readonly written: (key: string) => KubernetesObject | null;
}

export interface Trials {
  /** The mesh as the change leaves it. */
  readonly none: Trial;
  /** Null where an edit cannot be made, comes to nothing, or would be refused by the cluster. */
  readonly attempt: (wants: readonly Want[]) => Trial | null;
  readonly judge: (trial: Trial) => TrialResult;
  /** How many pairs of workload and destination results open together beside the findings that they mend. */
  readonly countOpened: (results: readonly TrialResult[]) => number;
  /** How much work was done: Services and workloads that meshes were built of, and edges that were judged. */
  readonly spent: () => number;
}

interface Evaluation {
  readonly evaluated: EvaluatedMesh;
  readonly outcome: Trial['outcome'];
}

/** Tries edits of the after tree: in single calls first, then in all. */
export function createTrials(ground: TrialGround): Trials {
  const { before, after } = ground;
  const listed = listedDestinations(before.push, after.push);
  const size = after.push.services.all.length + after.push.workloads.length;
  /** Of meshes that were judged as a whole: there single calls need not be. */
  const evaluations = new Map<PushContext, Evaluation>();
  const judgements = new Map<Trial, TrialResult>();
  const cells = buildCells(ground);
  let spent = 0;

  const attempt = (wants: readonly Want[]): Trial | null => {
    const edited = editObjects(wants, ground, after.push);
    if (edited.length === 0 || !edited.every(({ after: object }) => isAdmitted(object, after))) return null;
    spent += size;
    return trialOf(wants, edited, after.withEdits(new Map(edited.map(({ key, after: object }) => [key, object]))));
  };

  const trialOf = (wants: readonly Want[], edited: readonly EditedObject[], push: PushContext): Trial => {
    const single = once(() => singleOutcomes(push, listed));
    const outcome: Trial['outcome'] = (...call) => (evaluations.get(push)?.outcome ?? single())(...call);
    const mends = (finding: Finding): boolean => isMended(finding, outcome, ground);
    return { wants, edited, push, mends, outcome };
  };

  const evaluate = (push: PushContext): Evaluation => {
    let known = evaluations.get(push);
    if (!known) {
      const evaluated = evaluateMesh(push, ground.probes, after.checkpoint);
      evaluations.set(push, (known = evaluationOf(push, evaluated)));
    }
    return known;
  };

  const evaluationOf = (push: PushContext, evaluated: EvaluatedMesh): Evaluation => {
    const outcome = callOutcomes({ push, evaluated, checkpoint: after.checkpoint }, listed);
    return { evaluated, outcome };
  };

  const judge = (trial: Trial): TrialResult => {
    let result = judgements.get(trial);
    if (!result) {
      after.checkpoint();
      const { evaluated, outcome } = evaluate(trial.push);
      spent += (evaluated.groups.length * evaluated.destinations.length) >> 3;
      const whole = judgeWhole(ground, cells, evaluated, outcome);
      const harms = whole.harms || trial.edited.some((edit) => bringsUnmatched(edit, after.push, trial.push));
      result = { ...whole, harms };
      judgements.set(trial, result);
    }
    return result;
  };
  evaluations.set(after.push, evaluationOf(after.push, after.evaluated));
  const countOpened = (results: readonly TrialResult[]): number => countOpenedPairs(results, cells);
  return { none: trialOf([], [], after.push), attempt, judge, countOpened, spent: () => spent };
}

/** Where single calls end; what a call has in common with others is made for it alone. */
function singleOutcomes(push: PushContext, listed: ListedDestinations): Trial['outcome'] {
  const judge = callJudge(push);
  const exists = destinationExists(push, listed);
  return (workload, destination) =>
    exists(destination) ? (judge.judge(workloadKey(workload), destination) ?? null) : null;
}

function editObjects(wants: readonly Want[], { written }: TrialGround, push: PushContext): readonly EditedObject[] {
  const byKey = new Map<string, Want[]>();
  for (const want of wants) {
    const known = byKey.get(want.key);
    if (known) known.push(want);
    else byKey.set(want.key, [want]);
  }
  return [...byKey].flatMap(([key, all]) => editObject(written(key), all, (kind) => exportDefault(push, kind)) ?? []);
}

function exportDefault({ services, meshConfig }: PushContext, kind: string): ExportTo {
  if (kind === 'VirtualService') return meshConfig.defaultVirtualServiceExportTo;
  return kind === 'DestinationRule' ? meshConfig.defaultDestinationRuleExportTo : services.meshDefault;
}

/** Whether an edited object names a host that matches nothing, and did not before the edit. */
function bringsUnmatched({ before, after }: EditedObject, old: PushContext, now: PushContext): boolean {
  if (before === null || after === null) return false;
  const known = new Set(findUnmatchedHosts(before, old).map(({ message }) => message));
  return findUnmatchedHosts(after, now).some(({ message }) => !known.has(message));
}

function isAdmitted(object: KubernetesObject | null, { behavior }: JudgedTree): boolean {
  return object === null || admit(object, behavior.version).rejected === null;
}
