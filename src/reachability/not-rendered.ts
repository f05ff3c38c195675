import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { ChangedObject } from '../kubernetes/changed-objects.js';
import type { KubernetesObject, ManifestSet } from '../kubernetes/manifest.js';

/** Kinds out of which a controller renders, or fetches, manifests of its own: by group. */
const RENDERED: Readonly<Record<string, readonly string[]>> = {
  'argoproj.io': ['Application', 'ApplicationSet'],
  'helm.toolkit.fluxcd.io': ['HelmRelease'],
  'kustomize.toolkit.fluxcd.io': ['Kustomization'],
  'helm.cattle.io': ['HelmChart', 'HelmChartConfig'],
  'fleet.cattle.io': ['GitRepo', 'Bundle'],
  'kro.run': ['ResourceGraphDefinition'],
};

const MOST_NAMED = 5;

/** True for an object that stands for manifests which are made elsewhere. */
function isRenderedElsewhere({ group, kind }: KubernetesObject): boolean {
  return RENDERED[group]?.includes(kind) ?? false;
}

/** Whether a tree holds something to judge: more than what stands for manifests that are elsewhere, or configures tools. */
export function holdsManifests({ objects }: Pick<ManifestSet, 'objects'>): boolean {
  return objects.some((object) => object.metadata.name !== '' && !isRenderedElsewhere(object));
}

/** One diagnostic for all objects whose manifests a controller makes: workloads and policies of theirs are unknown here. */
export function describeNotRendered(objects: readonly KubernetesObject[]): Diagnostic | null {
  const found = objects.filter(isRenderedElsewhere);
  const first = found[0];
  if (first === undefined) return null;
  const named = found.slice(0, MOST_NAMED).map(titleOf).join(', ');
  const more = found.length > MOST_NAMED ? ` and ${found.length - MOST_NAMED} more` : '';
  return diagnostic(
    'not-rendered',
    `What a controller makes of ${named}${more} is not part of the answer.`,
    first.origin,
  );
}

/** The changed objects among them: what becomes of their manifests is not known. */
export function listNotRenderedChanges(
  changes: readonly ChangedObject[],
): readonly { readonly kind: string; readonly diagnostic: Diagnostic }[] {
  return changes.flatMap(({ before, after }) => {
    const object = (after ?? before)!;
    if (!isRenderedElsewhere(object)) return [];
    const message = `${titleOf(object)} is changed; what a controller makes of it is not part of the answer.`;
    return [{ kind: object.kind, diagnostic: diagnostic('change-not-rendered', message, object.origin) }];
  });
}

function titleOf({ kind, metadata }: KubernetesObject): string {
  return `${kind} ${metadata.namespace}/${metadata.name}`;
}
