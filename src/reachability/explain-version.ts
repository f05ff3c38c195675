import { shownVersions } from '../istio/detect-version.js';
import { shownFlags } from '../istio/feature-flags.js';
import { tellRule } from '../istio/versions.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { listDifferences } from '../kubernetes/object-differences.js';
import type { ExplainContext, ExplainedDifference, Explanation } from './explained-difference.js';
import { subjectOf } from './explain-release.js';
import { writtenPath } from './words.js';

/** Another Istio decides otherwise: which of its rules, and what in the manifests that rule is about. Null where the version is the same. */
export function explainVersion(
  { before, after }: ChangedObject,
  subject: string,
  difference: ExplainedDifference,
  context: ExplainContext,
): Explanation | null {
  const shown = (object: KubernetesObject | null): string => (object ? shownVersions(object).join(', ') : '');
  const [old, now] = [shown(before), shown(after)];
  if (!before || !after) return null;
  if (old === now) return explainFlags(before, after, subject, difference, context);
  const first = listDifferences(before.body, after.body).find((each) =>
    JSON.stringify(each.after ?? null).includes(now),
  );
  const why = tellDecisiveRule(difference, context);
  return {
    origin: first ? after.locate(writtenPath(after, first.path)) : null,
    explanation: `${subject} moves Istio from ${old || 'an unnamed version'} to ${now || 'an unnamed version'}${why}.`,
  };
}

/** istiod is started with another flag; null where the object sets the same ones. */
function explainFlags(
  before: KubernetesObject,
  after: KubernetesObject,
  subject: string,
  difference: ExplainedDifference,
  context: ExplainContext,
): Explanation | null {
  const [old, now] = [before, after].map((object) => new Map(shownFlags(object).map((flag) => [flag.name, flag])));
  const name = [...new Set([...old!.keys(), ...now!.keys()])].find(
    (each) => old!.get(each)?.value !== now!.get(each)?.value,
  );
  if (name === undefined) return null;
  const [was, is] = [old!.get(name), now!.get(name)];
  const set = is ? `sets istiod’s ${name} to ${is.value}` : `no longer sets istiod’s ${name} to ${was!.value}`;
  return {
    origin: is ? after.locate(is.path) : null,
    explanation: `${subject} ${set}${tellDecisiveRule(difference, context)}.`,
  };
}

/** Continues what moves Istio. */
function tellDecisiveRule(difference: ExplainedDifference, context: ExplainContext): string {
  const rule = context.decisiveRule(difference);
  if (rule === null) return '';
  return `, which ${tellRule(rule, context.after.behavior)}${subjectOf(rule, difference, context)?.text ?? ''}`;
}
