import { parseAllDocuments, stringify } from 'yaml';
import type { ConformanceCase } from './conformance-case.js';

/** A mesh's own names, each with another one in its place that stands in the same order. */
export type Renaming = (text: string) => string;

/** Words that mean something to Kubernetes or Istio wherever they stand. */
const RESERVED: ReadonlySet<string> = new Set(
  'svc cluster local cluster-local probe default istio mesh gateway true false enabled disabled http https istio-system kube-system kube-public kube-node-lease local-path-storage'.split(
    ' ',
  ),
);

/** Fields whose words are no names. */
const NO_NAMES: ReadonlySet<string> = new Set(
  'kind apiVersion protocol appProtocol targetPort resolution location mode image type schedule group'.split(' '),
);

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Another text for each name of the documents: some letters behind its first one, which keeps all orders. */
export function renamingOf(text: string, probedHosts: readonly string[], letters: string): Renaming {
  const names = new Set<string>();
  const note = (value: string): void => {
    for (const word of value.split(/[^A-Za-z0-9-]+/)) {
      if (/^[a-z]/.test(word) && !RESERVED.has(word)) names.add(word);
    }
  };
  for (const document of documentsOf(text)) noteNames(document, note);
  probedHosts.forEach(note);
  return (value) =>
    value.replace(/[A-Za-z0-9-]+/g, (word) => (names.has(word) ? word[0]! + letters + word.slice(1) : word));
}

function documentsOf(text: string): Json[] {
  return parseAllDocuments(text).map((document) => document.toJS() as Json);
}

/** Names and namespaces of objects, label values without a domain, and the host names of services. */
function noteNames(object: Json, note: (value: string) => void): void {
  const metadata = field(object, 'metadata');
  for (const key of ['name', 'namespace']) noteStrings(field(metadata, key), note);
  for (const labels of [metadata, field(field(field(object, 'spec'), 'template'), 'metadata')]) {
    for (const [key, value] of Object.entries(field(labels, 'labels') ?? {})) {
      if (!key.includes('/')) noteStrings(value as Json, note);
    }
  }
  const spec = field(object, 'spec');
  for (const key of ['hosts', 'externalName', 'host']) noteStrings(field(spec, key), note);
}

function noteStrings(value: Json | undefined, note: (value: string) => void): void {
  if (typeof value === 'string') note(value);
  if (Array.isArray(value)) value.forEach((item) => noteStrings(item, note));
}

function field(value: Json | undefined, key: string): Json | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value[key] : undefined;
}

/** The same manifests under other names. */
export function renameManifests(text: string, rename: Renaming): string {
  return documentsOf(text)
    .map((document) => stringify(renameValues(document, rename, ''), { defaultStringType: 'QUOTE_DOUBLE' }))
    .join('---\n');
}

function renameValues(value: Json, rename: Renaming, parent: string): Json {
  if (typeof value === 'string') return rename(value);
  if (Array.isArray(value)) return value.map((item) => renameValues(item, rename, parent));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => {
      const isPortName = key === 'name' && /^(ports|port)$/.test(parent);
      return [key, isPortName || NO_NAMES.has(key) ? item : renameValues(item, rename, key)];
    }),
  );
}

/** An answer about the mesh, under the other names: its keys are names, too. */
function renameAnswer<T>(answer: T, rename: Renaming): T {
  const renamed = (value: Json): Json => {
    if (typeof value === 'string') return rename(value);
    if (Array.isArray(value)) return value.map(renamed);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [rename(key), renamed(item)]));
  };
  return renamed(answer as Json) as T;
}

/** A case, and what istiod answers to it, under other names. */
export function renameCase(test: ConformanceCase, letters: string): ConformanceCase {
  const { beforeText, afterText, probes, expected } = test;
  const hosts = probes.map(({ host }) => host);
  const rename = renamingOf(`${beforeText}\n---\n${afterText}`, hosts, letters);
  return {
    name: test.name,
    beforeText: renameManifests(beforeText, rename),
    afterText: renameManifests(afterText, rename),
    probes: probes.map((probe) => ({ ...probe, host: rename(probe.host) })),
    expected: expected.map((answer) => ({ ...renameAnswer(answer, rename), istio: answer.istio })),
  };
}
