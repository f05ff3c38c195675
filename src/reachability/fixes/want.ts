import type { EditOperation } from '../../kubernetes/edit-operations.js';
import type { KubernetesObject } from '../../kubernetes/manifest.js';

/** The egress listener of a Sidecar that a host line is for. */
export type ListenerChoice =
  | { readonly kind: 'existing'; readonly index: number }
  /** One more, for a port that has none. */
  | { readonly kind: 'port'; readonly number: number; readonly protocol: string; readonly name: string }
  /** One more, for all ports that have none. */
  | { readonly kind: 'rest' };

/** Something that is wanted of one object. What several findings want of it becomes one edit. */
export type Want = { readonly key: string } & (
  | { readonly kind: 'host'; readonly listener: ListenerChoice; readonly line: string }
  /** The object is to be seen from a namespace. */
  | { readonly kind: 'export'; readonly namespace: string }
  | { readonly kind: 'operation'; readonly operation: EditOperation }
  /** On the YAML that a ConfigMap holds as the mesh configuration. */
  | { readonly kind: 'mesh'; readonly operation: EditOperation }
  /** An object that the change removes is to be there, as it was. */
  | { readonly kind: 'restore'; readonly object: KubernetesObject }
  /** An object that the change adds is not to be there. */
  | { readonly kind: 'take-out' }
);

/** How a finding could be mended. Wants of one strategy belong together; whether they mend anything is for a trial to tell. */
export interface Proposal {
  readonly strategy: string;
  /** How much it takes back of what the change means: 0 nothing, 1 a line, 2 an object's lines, 3 an object. */
  readonly undoes: 0 | 1 | 2 | 3;
  readonly wants: readonly Want[];
}

/** Whether a line for more than one host comes (back) into a Sidecar: a line for each that is needed may do. */
export function bringsWildcard(want: Want): boolean {
  if (want.kind !== 'operation' || want.operation.kind === 'remove') return false;
  const { path, value } = want.operation;
  return path.includes('egress') && /"[^"/]*\/\*[^"]*"/.test(JSON.stringify(value));
}
