import { asArray, asObject, asString, isObject, stringMap } from '../../kubernetes/json.js';
import { matchesSelector, parseLabelSelector } from '../../kubernetes/label-selector.js';
import type { JsonObject, KubernetesObject } from '../../kubernetes/manifest.js';
import { quote } from './go-text.js';
import { checkLabels } from './metadata.js';
import { renderPath, type Finding, type Path } from './outcome.js';

/** What the API server holds against a Deployment, StatefulSet, DaemonSet or ReplicaSet. */
export function checkController({ body, kind }: KubernetesObject): Finding[] {
  const spec = asObject(body['spec']);
  return [
    ...checkSelector(spec['selector'], kind),
    ...checkTemplate(spec, ['spec']),
    ...checkRestartPolicy(asObject(asObject(spec['template'])['spec'])),
  ];
}

/** What the API server holds against a Job or CronJob, whose selector it makes up itself. */
export function checkJob({ body, kind }: KubernetesObject): Finding[] {
  const spec = asObject(body['spec']);
  if (kind === 'Job') return checkTemplate(spec, ['spec']);
  return checkTemplate(asObject(asObject(spec['jobTemplate'])['spec']), ['spec', 'jobTemplate', 'spec']);
}

/** What the API server holds against a Pod. */
export function checkPod({ body }: KubernetesObject): Finding[] {
  return checkContainers(asObject(body['spec']), ['spec']);
}

function checkSelector(value: JsonObject[string], kind: string): Finding[] {
  const path = ['spec', 'selector'];
  if (!isObject(value)) return [finding(path, 'Required value')];
  const { matchLabels, matchExpressions } = parseLabelSelector(value);
  if (Object.keys(matchLabels).length > 0 || matchExpressions.length > 0) return [];
  return [finding(path, `Invalid value: {}: empty selector is invalid for ${kind.toLowerCase()}`)];
}

/**
 * A selector that does not match the template's labels. The API server refuses the object; but a selector cannot be changed
 * in place either, so that whoever changes the labels replaces the object. It is taken as it is written, with a warning.
 */
export function warnOfSelectorMismatch({ body }: KubernetesObject): Finding[] {
  const spec = asObject(body['spec']);
  const labels = stringMap(asObject(asObject(spec['template'])['metadata'])['labels']);
  if (!isObject(spec['selector']) || matchesSelector(parseLabelSelector(spec['selector']), labels)) return [];
  const message =
    'the selector does not match the labels of the template, and a cluster refuses the object; it is analysed as it is written';
  return [{ message, path: ['spec', 'template', 'metadata', 'labels'] }];
}

function checkTemplate(spec: JsonObject, path: Path): Finding[] {
  const here = [...path, 'template'];
  if (!isObject(spec['template'])) return [finding([...here, 'spec', 'containers'], 'Required value')];
  const template = spec['template'];
  return [
    ...checkLabels(asObject(template['metadata'])['labels'], [...here, 'metadata', 'labels']),
    ...checkContainers(asObject(template['spec']), [...here, 'spec']),
  ];
}

function checkContainers(podSpec: JsonObject, path: Path): Finding[] {
  const containers = asArray(podSpec['containers']);
  if (containers.length === 0) return [finding([...path, 'containers'], 'Required value')];
  const names = new Set<string>();
  return ['containers', 'initContainers'].flatMap((field) =>
    asArray(podSpec[field]).flatMap((item, index) => {
      const name = asString(asObject(item)['name']);
      const here = [...path, field, index, 'name'];
      const duplicate = names.has(name);
      names.add(name);
      if (name === '') return [finding(here, 'Required value')];
      return duplicate ? [finding(here, `Duplicate value: ${quote(name)}`)] : [];
    }),
  );
}

function checkRestartPolicy(podSpec: JsonObject): Finding[] {
  const policy = asString(podSpec['restartPolicy']) || 'Always';
  if (policy === 'Always') return [];
  const why = `Unsupported value: ${quote(policy)}: supported values: "Always"`;
  return [finding(['spec', 'template', 'spec', 'restartPolicy'], why)];
}

function finding(path: Path, message: string): Finding {
  return { message: `${renderPath(path)}: ${message}`, path };
}
