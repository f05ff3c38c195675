import type { Origin } from '../diagnostic/diagnostic.js';
import { shownVersions } from '../istio/detect-version.js';
import { tellRule } from '../istio/versions.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject } from '../kubernetes/manifest.js';
import { listDifferences } from '../kubernetes/object-differences.js';
import type { ExplainContext, ExplainedDifference } from './explained-difference.js';
import { subjectOf } from './explain-release.js';
import { writtenPath } from './words.js';

/** Another Istio decides otherwise: which of its rules, and what in the manifests that rule is about. Null where the version is the same. */
export function explainVersion(
  { before, after }: ChangedObject,
  subject: string,
  difference: ExplainedDifference,
  context: ExplainContext,
): { readonly origin: Origin | null; readonly explanation: string } | null {
  const shown = (object: KubernetesObject | null): string => (object ? shownVersions(object).join(', ') : '');
  const [old, now] = [shown(before), shown(after)];
  if (old === now || !before || !after) return null;
  const first = listDifferences(before.body, after.body).find((each) =>
    JSON.stringify(each.after ?? null).includes(now),
  );
  const rule = context.decisiveRule(difference);
  const why =
    rule === null
      ? ''
      : `, which ${tellRule(rule, context.after.behavior)}${subjectOf(rule, difference, context)?.text ?? ''}`;
  return {
    origin: first ? after.locate(writtenPath(after, first.path)) : null,
    explanation: `${subject} moves Istio from ${old || 'an unnamed version'} to ${now || 'an unnamed version'}${why}.`,
  };
}
