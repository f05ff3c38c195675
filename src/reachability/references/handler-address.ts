import type { JsonObject } from '../../kubernetes/manifest.js';
import { asArray, asObject, asString } from '../../kubernetes/json.js';
import type { BodyPath } from './value-lines.js';
import { displayText, parsePort, type WrittenAddress } from './written-address.js';

interface Handler {
  /** From the container to the handler. */
  readonly path: readonly string[];
  readonly title: string;
  /** Whether the kubelet expands `$(NAME)` in its command. */
  readonly expands: boolean;
}

/** Where a container says what the kubelet has to do for it. */
export const HANDLERS: readonly Handler[] = [
  { path: ['startupProbe'], title: 'startupProbe', expands: true },
  { path: ['readinessProbe'], title: 'readinessProbe', expands: true },
  { path: ['livenessProbe'], title: 'livenessProbe', expands: true },
  { path: ['lifecycle', 'postStart'], title: 'postStart hook', expands: false },
  { path: ['lifecycle', 'preStop'], title: 'preStop hook', expands: false },
];

/**
 * The host that a probe or a hook calls. Without a `host` it is the pod itself, and `grpc` knows no other. A named port is
 * one of the container's own where it has one of that name, as the kubelet reads it.
 */
export function addressOfHandler(
  handler: JsonObject,
  container: JsonObject,
): { readonly address: WrittenAddress; readonly path: BodyPath }[] {
  return (['httpGet', 'tcpSocket'] as const).flatMap((kind) => {
    const action = asObject(handler[kind]);
    const host = asString(action['host']);
    const written = action['port'];
    const port =
      containerPort(container, written) ?? parsePort(typeof written === 'number' ? String(written) : asString(written));
    if (host === '' || port === undefined || port === null) return [];
    const scheme = kind === 'tcpSocket' ? 'tcp' : asString(action['scheme']).toLowerCase() || 'http';
    const text = displayText(`${kind === 'httpGet' ? `${scheme}://` : ''}${host}:${port}`);
    const address = { host, port, scheme, evidence: 'strong', key: null, line: 0, text } as const;
    return [{ address, path: [kind, 'host'] }];
  });
}

function containerPort(container: JsonObject, name: unknown): number | null {
  if (typeof name !== 'string' || name === '') return null;
  const found = asArray(container['ports']).find((entry) => asObject(entry)['name'] === name);
  const number = asObject(found)['containerPort'];
  return typeof number === 'number' ? number : null;
}
