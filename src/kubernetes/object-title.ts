import type { KubernetesObject } from './manifest.js';

/** `Sidecar shop/default`, `Namespace shop` */
export function titleOf({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string {
  return `${kind} ${metadata.namespace ? `${metadata.namespace}/` : ''}${metadata.name}`;
}
