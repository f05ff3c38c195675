import { asObject, asString } from '../kubernetes/json.js';
import type { JsonObject } from '../kubernetes/manifest.js';
import { isOwnedBy, ownerKey, TEMPLATE_PATHS } from '../kubernetes/workload.js';
import { shownVersions } from '../istio/detect-version.js';
import { compareText } from '../diagnostic/compare-text.js';
import { SNAPSHOT_KINDS, type SnapshotKind, type SnapshotOptions } from './snapshot-kinds.js';
import { SNAPSHOT_API_VERSION, SNAPSHOT_KIND, SNAPSHOT_SCHEMA, type SnapshotHeader } from './snapshot-header.js';
import { stringifyYaml } from './stringify-yaml.js';

/** The objects of one kind, as the API gives them. */
export interface KindReading {
  readonly kind: SnapshotKind;
  readonly items: readonly JsonObject[];
}

const COMMENT = '# Written by `egress-scope snapshot`. Do not edit it: take it afresh.\n';

/**
 * A snapshot as a stream of YAML documents: the header, then every object that decides something, reduced to what does, by
 * namespace, kind and name. The same objects give the same text. Ends with a newline.
 *
 * @throws UnreadableMeshConfig as `reduceMeshConfigMap` does.
 */
export function writeSnapshot(
  readings: readonly KindReading[],
  about: Omit<SnapshotHeader, 'istioVersions' | 'endpoints' | 'environment'>,
  options: SnapshotOptions,
): string {
  const objects = collectObjects(readings, options);
  const header = {
    apiVersion: SNAPSHOT_API_VERSION,
    kind: SNAPSHOT_KIND,
    metadata: { name: 'mesh' },
    schema: SNAPSHOT_SCHEMA,
    takenAt: about.takenAt,
    serverVersion: about.serverVersion,
    istioVersions: versionsOf(objects),
    resources: [...about.resources].sort(),
    notInstalled: [...about.notInstalled].sort(),
    endpoints: options.includeEndpoints,
    environment: options.includeEnv,
    // Tells a file that was cut off.
    objects: objects.length,
  };
  const documents = objects
    .map(({ body }) => body)
    .sort(compareObjects)
    .map(stringifyYaml);
  return `${COMMENT}${[stringifyYaml(header), ...documents].join('---\n')}`;
}

interface ReducedObject {
  readonly group: string;
  readonly kind: string;
  readonly body: JsonObject;
}

function collectObjects(readings: readonly KindReading[], options: SnapshotOptions): ReducedObject[] {
  const present = new Set(
    readings.flatMap(({ kind: { kind }, items }) =>
      items.map((body) => {
        const { namespace, name } = asObject(body['metadata']);
        return ownerKey(kind, asString(namespace), asString(name));
      }),
    ),
  );
  return readings.flatMap(({ kind: { group, kind, reduce }, items }) => {
    const makesPods = TEMPLATE_PATHS[`${group}/${kind}`] !== undefined;
    return items.flatMap((item) => {
      const namespace = asString(asObject(item['metadata'])['namespace']);
      if (makesPods && isOwnedBy(item, namespace, present)) return [];
      const reduced = reduce(item, options);
      const apiVersion = asString(item['apiVersion']);
      return reduced === null ? [] : [{ group, kind, body: { apiVersion, kind, ...reduced } }];
    });
  });
}

function compareObjects(a: JsonObject, b: JsonObject): number {
  const [left, right] = [a, b].map((object) => {
    const { namespace, name } = asObject(object['metadata']);
    return { namespace: asString(namespace), kind: asString(object['kind']), name: asString(name) };
  }) as [Record<'namespace' | 'kind' | 'name', string>, Record<'namespace' | 'kind' | 'name', string>];
  return (
    compareText(left.namespace, right.namespace) ||
    compareText(left.kind, right.kind) ||
    compareText(left.name, right.name) ||
    compareText(asString(a['apiVersion']), asString(b['apiVersion']))
  );
}

function versionsOf(objects: readonly ReducedObject[]): readonly string[] {
  return [...new Set(objects.flatMap(shownVersions))].sort();
}

/** What is asked of a cluster for a snapshot. */
export function kindsFor(options: SnapshotOptions): readonly SnapshotKind[] {
  return SNAPSHOT_KINDS.filter((kind) => kind.isAskedFor(options));
}
