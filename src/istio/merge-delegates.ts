import type { IstioObject } from './istio-object.js';
import type { HttpMatch, HttpRoute, StringMatch, StringMatches, VirtualService } from './virtual-service.js';
import type { ExportTo } from './visibility.js';
import { PRIVATE, PUBLIC } from './visibility.js';

/**
 * VirtualServices with their delegates' routes in place: those without hosts are delegates and vanish; a route whose delegate is
 * missing, not exported or in conflict vanishes too. Istio: mergeVirtualServices
 */
export function mergeDelegates(
  services: readonly IstioObject<VirtualService>[],
  meshDefault: ExportTo,
): IstioObject<VirtualService>[] {
  const delegates = new Map(
    services.filter((vs) => vs.spec.hosts.length === 0).map((vs) => [`${vs.namespace}/${vs.name}`, vs]),
  );
  return services
    .filter((vs) => vs.spec.hosts.length > 0)
    .map((root) => {
      if (!root.spec.http.some((route) => route.delegate !== null)) return root;
      const http = root.spec.http.flatMap((route) => {
        if (route.delegate === null) return [route];
        const delegate = delegates.get(`${route.delegate.namespace || root.namespace}/${route.delegate.name}`);
        return delegate && isVisibleTo(delegate, root.namespace, meshDefault)
          ? delegate.spec.http.flatMap((sub) => mergeHttpRoute(route, sub))
          : [];
      });
      return { ...root, spec: { ...root.spec, http } };
    });
}

function isVisibleTo(delegate: IstioObject<VirtualService>, namespace: string, meshDefault: ExportTo): boolean {
  const own = delegate.spec.exportTo;
  const exportTo = own.length > 0 ? new Set(own) : meshDefault;
  return exportTo.has(PUBLIC) || exportTo.has(namespace) || (exportTo.has(PRIVATE) && delegate.namespace === namespace);
}

/** Istio: mergeHTTPRoute */
function mergeHttpRoute(root: HttpRoute, delegate: HttpRoute): HttpRoute[] {
  const match = mergeMatches(root.match, delegate.match);
  if (match === null) return [];
  return [
    {
      ...delegate,
      match,
      directResponse: delegate.directResponse || root.directResponse,
      mirrors: delegate.mirrors.length > 0 ? delegate.mirrors : root.mirrors,
      delegate: null,
    },
  ];
}

/** Null where some match of the delegate fits none of the root's. Istio: mergeHTTPMatchRequests */
function mergeMatches(root: readonly HttpMatch[], delegate: readonly HttpMatch[]): readonly HttpMatch[] | null {
  if (root.length === 0) return delegate;
  if (delegate.length === 0) return root;
  const merged: HttpMatch[] = [];
  for (const leaf of delegate) {
    const fitting = root.filter((parent) => !hasConflict(parent, leaf));
    if (fitting.length === 0) return null;
    merged.push(...fitting.map((parent) => mergeMatch(parent, leaf)));
  }
  return merged;
}

/** Istio: mergeHTTPMatchRequest */
function mergeMatch(root: HttpMatch, leaf: HttpMatch): HttpMatch {
  return {
    uri: leaf.uri ?? root.uri,
    scheme: leaf.scheme ?? root.scheme,
    method: leaf.method ?? root.method,
    authority: leaf.authority ?? root.authority,
    headers: new Map([...root.headers, ...leaf.headers]),
    withoutHeaders: new Map([...root.withoutHeaders, ...leaf.withoutHeaders]),
    queryParams: new Map([...root.queryParams, ...leaf.queryParams]),
    ignoreUriCase: leaf.ignoreUriCase,
    port: leaf.port || root.port,
    sourceLabels: { ...root.sourceLabels, ...leaf.sourceLabels },
    sourceNamespace: leaf.sourceNamespace || root.sourceNamespace,
    gateways: leaf.gateways.length > 0 ? leaf.gateways : root.gateways,
  };
}

/** Istio: hasConflict */
function hasConflict(root: HttpMatch, leaf: HttpMatch): boolean {
  return (
    (['uri', 'scheme', 'method', 'authority'] as const).some((key) => stringMatchConflict(root[key], leaf[key])) ||
    mapsConflict(root.headers, leaf.headers) ||
    mapsConflict(root.withoutHeaders, leaf.withoutHeaders) ||
    mapsConflict(root.queryParams, leaf.queryParams) ||
    root.ignoreUriCase !== leaf.ignoreUriCase ||
    (root.port > 0 && leaf.port > 0 && root.port !== leaf.port) ||
    (root.sourceNamespace !== '' && leaf.sourceNamespace !== root.sourceNamespace) ||
    Object.entries(leaf.sourceLabels).some(([key, value]) => (root.sourceLabels[key] ?? value) !== value) ||
    gatewaysConflict(root.gateways, leaf.gateways)
  );
}

function mapsConflict(root: StringMatches, leaf: StringMatches): boolean {
  return [...leaf].some(([key, match]) => stringMatchConflict(root.get(key) ?? null, match));
}

function gatewaysConflict(root: readonly string[], leaf: readonly string[]): boolean {
  if (root.length === 0 || leaf.length === 0) return false;
  return root.length < leaf.length || leaf.some((gateway) => !root.includes(gateway));
}

/** Whether the leaf's match is not within the root's. Istio: stringMatchConflict */
function stringMatchConflict(root: StringMatch | null, leaf: StringMatch | null): boolean {
  if (root === null || leaf === null) return false;
  if (root.value === '' || leaf.value === '') return true;
  if (root.type === 'regex' || leaf.type === 'regex') return true;
  if (root.type === 'exact') return leaf.type === 'prefix' || leaf.value !== root.value;
  return !leaf.value.startsWith(root.value);
}
