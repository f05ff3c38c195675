import { removeWithMaps, setWithMaps, type EditOperation } from '../../kubernetes/edit-operations.js';
import { asObject, isObject } from '../../kubernetes/json.js';
import type { ChangedObject } from '../../kubernetes/changed-objects.js';
import type { JsonObject, KubernetesObject } from '../../kubernetes/manifest.js';
import { listDifferences, type ValueDifference } from '../../kubernetes/object-differences.js';
import { readYaml } from '../../kubernetes/read-yaml.js';
import { listDecisiveDifferences } from '../bearing.js';
import type { Proposal, Want } from './want.js';

/** Of more differences only all together are taken back. */
const MOST_SINGLE = 12;

/**
 * What the causes of a finding differ in, taken back: one difference, or all that decide of an object, or the object as a whole.
 *
 * @param written the objects as the change leaves them: what is refused is not live, and yet is what gets edited.
 */
export function proposeReverts(
  causes: readonly ChangedObject[],
  written: (key: string) => KubernetesObject | null,
): readonly Proposal[] {
  const each = causes
    .filter(({ key, after }) => after === null || written(key) !== null)
    .map((cause) => revertsOf(cause, written(cause.key)));
  const whole = each.flatMap((proposals) => proposals.at(-1)?.wants ?? []);
  const together: readonly Proposal[] = each.length > 1 ? [{ strategy: 'revert-all', undoes: 3, wants: whole }] : [];
  return [...each.flat(), ...together];
}

/** From the smallest to the whole. */
function revertsOf({ key, before }: ChangedObject, after: KubernetesObject | null): readonly Proposal[] {
  if (before === null && after === null) return [];
  if (after === null) {
    return [{ strategy: `restore ${key}`, undoes: 2, wants: [{ kind: 'restore', key, object: before! }] }];
  }
  if (before === null) return [{ strategy: `take-out ${key}`, undoes: 3, wants: [{ kind: 'take-out', key }] }];
  const wants = differencesOf(before, after).map((difference): Want => ({ ...difference, key }));
  const single: readonly Proposal[] = wants
    .slice(0, MOST_SINGLE)
    .map((want, index) => ({ strategy: `revert ${key} ${index}`, undoes: 1, wants: [want] }));
  return wants.length > 1 ? [...single, { strategy: `revert ${key}`, undoes: 2, wants }] : single;
}

type Difference =
  | { readonly kind: 'operation'; readonly operation: EditOperation }
  | { readonly kind: 'mesh'; readonly operation: EditOperation };

/** What takes back what decides of an object, in an order in which no step moves another one's place. */
function differencesOf(before: KubernetesObject, after: KubernetesObject): readonly Difference[] {
  const meshes = [before, after].map(meshOf);
  const [old, now] = meshes;
  if (old && now) {
    return inOrder(listDifferences(old, now)).map((difference) => ({
      kind: 'mesh',
      operation: takeBack(now, difference),
    }));
  }
  return inOrder(listDecisiveDifferences(before, after)).map((difference) => ({
    kind: 'operation',
    operation: takeBack(after.body, difference),
  }));
}

function meshOf({ kind, body }: KubernetesObject): JsonObject | null {
  const text = kind === 'ConfigMap' ? asObject(body['data'])['mesh'] : undefined;
  const value = typeof text === 'string' ? readYaml(text).value : undefined;
  return isObject(value) ? value : null;
}

/** What is taken out of lists comes last, the last item first: the places of all others are then still right. */
function inOrder(differences: readonly ValueDifference[]): readonly ValueDifference[] {
  const isTakenOut = ({ path, before }: ValueDifference): boolean =>
    before === undefined && typeof path.at(-1) === 'number';
  return [...differences.filter((each) => !isTakenOut(each)), ...differences.filter(isTakenOut).toReversed()];
}

function takeBack(body: JsonObject, { path, before, after }: ValueDifference): EditOperation {
  const last = path.at(-1);
  if (before === undefined) {
    const isOfMap = path.at(-2) === 'labels' || path.at(-2) === 'annotations';
    return isOfMap ? removeWithMaps(body, path, path.length - 1) : { kind: 'remove', path };
  }
  if (after === undefined && typeof last === 'number') {
    return { kind: 'insert', path: path.slice(0, -1), index: last, value: before };
  }
  return setWithMaps(body, path, before);
}
