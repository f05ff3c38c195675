import { asObject, isObject } from '../../kubernetes/json.js';
import type { JsonValue, KubernetesObject } from '../../kubernetes/manifest.js';
import { quote } from './go-text.js';
import type { Finding, Path } from './outcome.js';

const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;
const DNS_1035_LABEL = /^[a-z](?:[-a-z0-9]*[a-z0-9])?$/;
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const LABEL_VALUE = /^(?:(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const DNS_1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
const NAME_PART_RULE =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** Kinds whose name becomes a label of a host name. */
const DNS_1035_KINDS: ReadonlySet<string> = new Set(['/Service']);
/** Kinds whose name is a label, not a name with dots. */
const LABEL_KINDS: ReadonlySet<string> = new Set(['/Namespace']);

/** What the API server holds against an object's metadata: name, namespace, labels and the keys of annotations. */
export function checkMetadata(object: KubernetesObject): Finding[] {
  const { name, namespace } = object.metadata;
  const metadata = asObject(object.body['metadata']);
  const findings = [...checkName(name, `${object.group}/${object.kind}`)];
  if (namespace !== '' && !(namespace.length <= 63 && LABEL.test(namespace))) {
    findings.push(invalid(['metadata', 'namespace'], namespace, LABEL_RULE));
  }
  return [
    ...findings,
    ...checkLabels(metadata['labels'], ['metadata', 'labels']),
    ...checkAnnotationKeys(metadata['annotations'], ['metadata', 'annotations']),
  ];
}

function checkName(name: string, kind: string): Finding[] {
  const path = ['metadata', 'name'];
  // An object without a name may have one made for it.
  if (name === '') return [];
  if (DNS_1035_KINDS.has(kind)) {
    return name.length <= 63 && DNS_1035_LABEL.test(name) ? [] : [invalid(path, name, DNS_1035_RULE)];
  }
  if (LABEL_KINDS.has(kind)) return name.length <= 63 && LABEL.test(name) ? [] : [invalid(path, name, LABEL_RULE)];
  return name.length <= 253 && SUBDOMAIN.test(name) ? [] : [invalid(path, name, SUBDOMAIN_RULE)];
}

/** What the API server holds against the labels at `path`. Values that are no strings were never labels. */
export function checkLabels(labels: JsonValue | undefined, path: Path): Finding[] {
  if (!isObject(labels)) return [];
  return Object.entries(labels).flatMap(([key, value]) => {
    const findings = isQualifiedName(key) ? [] : [invalid([...path], key, NAME_PART_RULE)];
    if (typeof value === 'string' && !(value.length <= 63 && LABEL_VALUE.test(value))) {
      findings.push(invalid([...path, key], value, VALUE_RULE, renderLabelsPath(path)));
    }
    return findings;
  });
}

function checkAnnotationKeys(annotations: JsonValue | undefined, path: Path): Finding[] {
  if (!isObject(annotations)) return [];
  return Object.keys(annotations).flatMap((key) =>
    isQualifiedName(key.toLowerCase()) ? [] : [invalid(path, key, NAME_PART_RULE)],
  );
}

/** Kubernetes: validation.IsQualifiedName: a name, after an optional domain and a slash */
export function isQualifiedName(key: string): boolean {
  const parts = key.split('/');
  const name = parts.at(-1)!;
  if (parts.length > 2 || name.length > 63 || !QUALIFIED_NAME.test(name)) return false;
  return parts.length === 1 || (parts[0]!.length <= 253 && SUBDOMAIN.test(parts[0]!));
}

function invalid(path: Path, value: string, why: string, shownPath: string = renderLabelsPath(path)): Finding {
  return { message: `${shownPath}: Invalid value: ${quote(value)}: ${why}`, path };
}

function renderLabelsPath(path: Path): string {
  return path.join('.');
}
