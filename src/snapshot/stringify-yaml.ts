import { Document, visit } from 'yaml';

/** Line breaks of YAML 1.1 that YAML 1.2 takes for letters, and the mark of byte order. */
const BREAKS = /[\u0085\u2028\u2029\ufeff]/g;

/** YAML with sorted keys, that YAML 1.1 (which Kubernetes' own reader speaks) and YAML 1.2 read alike. Ends with a newline. */
export function stringifyYaml(value: object): string {
  const document = new Document(value, {
    sortMapEntries: compareKeys,
    compat: 'yaml-1.1',
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && node.value.search(BREAKS) !== -1) node.type = 'QUOTE_DOUBLE';
    },
  });
  const text = document.toString({ lineWidth: 0 });
  // By now they stand between double quotes only, where they can be written as escapes.
  return text.replace(BREAKS, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** By code unit: the same on every machine. */
function compareKeys(a: { readonly key: unknown }, b: { readonly key: unknown }): number {
  const [left, right] = [keyOf(a.key), keyOf(b.key)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function keyOf(key: unknown): string {
  return typeof key === 'object' && key !== null && 'value' in key ? String(key.value) : String(key);
}
