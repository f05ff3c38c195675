import { asArray, asObject, asString, asStrings, stringMap } from './json.js';
import type { JsonObject } from './manifest.js';

export type Labels = Readonly<Record<string, string>>;

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values: readonly string[];
}

/** Kubernetes' `metav1.LabelSelector`. */
export interface LabelSelector {
  readonly matchLabels: Labels;
  readonly matchExpressions: readonly Requirement[];
}

export function parseLabelSelector(value: JsonObject): LabelSelector {
  return {
    matchLabels: stringMap(value['matchLabels']),
    matchExpressions: asArray(value['matchExpressions']).map((item) => {
      const requirement = asObject(item);
      return {
        key: asString(requirement['key']),
        operator: asString(requirement['operator']),
        values: asStrings(requirement['values']),
      };
    }),
  };
}

/** An empty selector matches everything, as Kubernetes has it. */
export function matchesSelector(selector: LabelSelector, labels: Labels): boolean {
  return (
    isSubset(selector.matchLabels, labels) && selector.matchExpressions.every((r) => matchesRequirement(r, labels))
  );
}

function matchesRequirement(requirement: Requirement, labels: Labels): boolean {
  const value = labels[requirement.key];
  switch (requirement.operator) {
    case 'In':
      return value !== undefined && requirement.values.includes(value);
    case 'NotIn':
      return value === undefined || !requirement.values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}

/** `isSubset` of one selector, for many labels: taking labels apart costs more than looking one up. */
export function subsetTest(selector: Labels): (labels: Labels) => boolean {
  const wanted = Object.entries(selector);
  return (labels) => wanted.every(([key, value]) => labels[key] === value);
}

/** Whether `labels` has every label of `selector`. Istio: labels.Instance.SubsetOf */
export function isSubset(selector: Labels, labels: Labels): boolean {
  for (const key in selector) {
    if (selector[key] !== labels[key]) return false;
  }
  return true;
}
