import { isDns1123Label } from './dns-name.js';
import { FINE, join, joinAll, refuse, require, type Outcome } from './outcome.js';

interface ExportToOptions {
  /** ServiceEntries may be exported to no one. */
  readonly noneAllowed?: boolean;
  /** A DestinationRule with a workload selector stays in its namespace. */
  readonly ownNamespaceOnly?: boolean;
}

/** Istio: validateExportTo. Paths are indices into `exportTo`, or empty for the list as a whole. */
export function validateExportTo(
  namespace: string,
  exportTo: readonly string[],
  options: ExportToOptions = {},
): Outcome {
  const known = new Set<string>();
  const entries = exportTo.map((entry, index) => {
    const key = entry === '.' ? namespace : entry;
    if (known.has(key)) return refuse(duplicate(entry, key), index);
    const outcome = options.noneAllowed === true && entry === '~' ? FINE : validateVisibility(key, index);
    if (outcome.errors.length === 0) known.add(key);
    return outcome;
  });
  const alone = exportTo.length <= 1;
  return join(
    joinAll(entries),
    options.ownNamespaceOnly === true ? validateOwnNamespaceOnly(namespace, known) : FINE,
    require(!known.has('*') || alone, 'cannot have both public (*) and non-public exportTo values for a resource'),
    require(!known.has('~') || alone, 'cannot export service entry to no one (~) and someone'),
  );
}

function duplicate(entry: string, key: string): string {
  return entry === key
    ? `duplicate entries in exportTo for entry ${entry}`
    : `duplicate entries in exportTo: . and current namespace ${key}`;
}

/** Istio: visibility.Instance.Validate */
function validateVisibility(value: string, index: number): Outcome {
  if (value === '.' || value === '*') return FINE;
  if (value === '~') return refuse('exportTo ~ (none) is not allowed for Istio configuration objects', index);
  return require(isDns1123Label(value), 'only .,*, or a valid DNS 1123 label is allowed as exportTo entry', index);
}

function validateOwnNamespaceOnly(namespace: string, known: ReadonlySet<string>): Outcome {
  if (known.size === 0) return FINE;
  if (!known.has(namespace)) {
    return refuse('destination rule with workload selector cannot have exportTo beyond current namespace');
  }
  return require(known.size === 1, 'destination rule with workload selector cannot have multiple entries in exportTo');
}
