import { lastPart, type Root } from './root.js';

/** Folders whose children are one cluster each. */
const CLUSTERS: ReadonlySet<string> = new Set(['cluster', 'clusters']);
/** Folders whose children are one environment each. */
const PARENTS: ReadonlySet<string> = new Set([
  'env',
  'envs',
  'environment',
  'environments',
  'overlay',
  'overlays',
  'stage',
  'stages',
]);

const NAMES =
  'dev|devel|develop|development|test|testing|qa|int|integration|uat|staging|stage|stg|preprod|pre-prod|preproduction|preview|prod|production|prd|live|canary|sandbox|demo|local|dr';
/** An environment's own name, also with a place or a number: `prod`, `prod-eu`, `eu-west-1-prod`, `staging2`. */
const NAME = new RegExp(`^(?:[a-z0-9]+-)*(?:${NAMES})\\d*(?:-[a-z0-9]+)*$`, 'i');
const EXACT = new RegExp(`^(?:${NAMES})\\d*(?:-[a-z0-9]+)*$|^(?:[a-z]{2,}-)+\\d*-?(?:${NAMES})\\d*$`, 'i');

/** Children of such folders that are no environment of their own. */
const SHARED: ReadonlySet<string> = new Set([
  'base',
  'bases',
  '_base',
  'common',
  'shared',
  'default',
  'components',
  // Layers of the one cluster there is, as in `cluster/apps` and `cluster/core`.
  'apps',
  'core',
  'crds',
  'config',
  'flux',
  'infrastructure',
]);

/**
 * The environment or cluster that a folder stands for, by what people call them: `overlays/prod` and `clusters/prod/apps`
 * give `prod`. Null where no part of the path tells.
 */
export function environmentOf(folder: string): string | null {
  const parts = folder.split('/');
  const childOf = (parents: ReadonlySet<string>): string | undefined =>
    parts.findLast((part, index) => parents.has((parts[index - 1] ?? '').toLowerCase()) && isTelling(part));
  // What lies in a cluster's folder is that cluster's, whatever it is an overlay of.
  return childOf(CLUSTERS) ?? childOf(PARENTS) ?? parts.findLast((part) => EXACT.test(part) && isTelling(part)) ?? null;
}

/** Whether the children of a folder are an environment or a cluster each: `overlays`, `clusters`. */
export function hasEnvironments(folder: string): boolean {
  return PARENTS.has(folder.toLowerCase()) || CLUSTERS.has(folder.toLowerCase());
}

/** Whether a folder's name says what it is about, rather than which part of it: `shop`, and not `base` or `overlays`. */
export function isTelling(folder: string): boolean {
  return folder !== '' && !SHARED.has(folder.toLowerCase()) && !hasEnvironments(folder);
}

/** The environment that a values file is for: `values-prod.yaml`, `prod.values.yaml`, `values/prod.yaml`,
 * `environments/prod/values.yaml`. Null for a chart's own defaults, and for files that only test it. */
export function environmentOfValues(path: string): string | null {
  const parts = path.split('/');
  const name = (parts.pop() ?? '').replace(/\.ya?ml$/i, '');
  const folder = lastPart(parts.join('/'));
  if (parts.includes('ci') || parts.includes('tests')) return null;
  const match = /^values?[-._](.+)$/i.exec(name) ?? /^(.+?)[-._]values?$/i.exec(name);
  const named = match?.[1] ?? null;
  if (named !== null) return /^(?:ci|test-|tests?$|example|sample|schema|default)/i.test(named) ? null : named;
  if (/^values?$/i.test(name)) return parts.length > 0 ? environmentOf(parts.join('/')) : null;
  return /^(?:values|env|envs|environments)$/i.test(folder) || NAME.test(name) ? name : null;
}

/** The environment that a root is for: of a chart, its values files tell before its folder does. */
export function environmentOfRoot(root: Root): string | null {
  if (root.kind === 'chart') {
    const own = root.valuesFiles.flatMap((path) => environmentOfValues(path) ?? []);
    return own.at(-1) ?? environmentOf(root.path);
  }
  return environmentOf(root.path);
}
