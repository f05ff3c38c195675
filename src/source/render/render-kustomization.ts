import { asArray, asObject, asString, asStrings } from '../../kubernetes/json.js';
import type { JsonObject } from '../../kubernetes/manifest.js';
import { joinPath, resolveIn, type KustomizationRoot } from '../../layout/root.js';
import type { SourceText } from './source-text.js';

/** The folder, beside `tree`, of the kustomization that is built. */
export const OVERLAY = 'overlay';

/**
 * A kustomization around the root's: it has what a controller adds, and asks for the origin of every object. So nothing in the
 * tree's files is touched.
 */
export function overlayOf(root: KustomizationRoot, texts: ReadonlyMap<string, SourceText>): string {
  const { overrides = {} } = root;
  const inTree = (path: string): string => `../tree/${resolveIn(root.path, path) ?? path}`;
  const withText = (patch: JsonObject): JsonObject => {
    const { path, ...rest } = patch;
    if (typeof path !== 'string') return patch;
    return { ...rest, patch: texts.get(resolveIn(root.path, path) ?? '')?.text ?? '' };
  };
  const field = (name: string, value: JsonObject[string]): JsonObject =>
    overrides[name] === undefined ? {} : { [name]: value };
  return JSON.stringify({
    ...overrides,
    ...field('components', asStrings(overrides['components']).map(inTree)),
    ...field('patches', asArray(overrides['patches']).map(asObject).map(withText)),
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [`../${joinPath('tree', root.path)}`, ...asStrings(overrides['resources']).map(inTree)],
    buildMetadata: ['originAnnotations'],
  });
}

/** The tree's path of one that kustomize writes relative to the overlay; null where it is none. */
export function treePathOf(written: string): string | null {
  const path = written === '' ? null : resolveIn(OVERLAY, asString(written));
  return path?.startsWith('tree/') ? path.slice('tree/'.length) : null;
}

/** The arguments of `kustomize build`, or `kubectl kustomize`. */
export function kustomizeArguments(root: KustomizationRoot, folder: string, helm: string | null): readonly string[] {
  return [
    ...(root.isUnrestricted === true ? ['--load-restrictor=LoadRestrictionsNone'] : []),
    ...(helm === null ? [] : ['--enable-helm', `--helm-command=${helm}`]),
    `${folder}/${OVERLAY}`,
  ];
}
