import type { PushContext } from '../istio/push-context.js';
import { VERSION_RULES, type IstioBehavior, type VersionRule } from '../istio/versions.js';
import { callJudge, type CallJudge } from './call-judge.js';
import { compareOutcomes } from './edge-deltas.js';
import { workloadKey } from './evaluate-mesh.js';
import type { ExplainedDifference } from './explained-difference.js';

/** The rule that differs between the versions of Istio and makes a difference; null where none does by itself. */
export type RuleFinder = (difference: ExplainedDifference) => VersionRule | null;

/**
 * Asks the mesh after a change, rule by rule, whether the call would end otherwise with the rule of the version before.
 *
 * @param withBehavior the mesh after the change by other rules.
 */
export function ruleFinder(
  before: PushContext,
  judgeAfter: () => CallJudge,
  withBehavior: (behavior: IstioBehavior) => PushContext,
): RuleFinder {
  const judges = new Map<VersionRule, CallJudge>();
  const judgeWithout = (rule: VersionRule, now: IstioBehavior): CallJudge => {
    let judge = judges.get(rule);
    if (!judge) judges.set(rule, (judge = callJudge(withBehavior({ ...now, [rule]: before.behavior[rule] }))));
    return judge;
  };
  return ({ workloads, destinations }) => {
    const [caller, destination] = [workloads[0], destinations.at(0)];
    if (!caller || !destination) return null;
    const after = judgeAfter();
    const now = after.push.behavior;
    const key = workloadKey(caller);
    const outcome = after.judge(key, destination) ?? null;
    const decisive = VERSION_RULES.filter((rule) => {
      if (before.behavior[rule] === now[rule]) return false;
      return compareOutcomes(judgeWithout(rule, now).judge(key, destination) ?? null, outcome).length > 0;
    });
    return decisive.length === 1 ? decisive[0]! : null;
  };
}
