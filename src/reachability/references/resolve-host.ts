/** What is needed to read a host name as a pod does. */
export interface HostSearch {
  /** The pod's namespace. */
  readonly namespace: string;
  readonly clusterDomain: string;
  /** Whether the mesh has this fully qualified host. */
  readonly isKnown: (host: string) => boolean;
  /** Whether the host is a headless Service, whose pods have names of their own below it. */
  readonly isHeadless: (host: string) => boolean;
}

export interface ResolvedHost {
  /** Fully qualified, lower case, without a trailing dot. */
  readonly host: string;
  readonly known: boolean;
  /** For an unknown host: whether it is written as nobody writes anything else (a cluster name, a usual top-level domain). */
  readonly unmistakable: boolean;
}

/** The kubelet's `options ndots:5`: names with fewer dots go through the search list first. */
const NDOTS = 5;

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** Generic top-level domains that hosts in configuration have. File endings and words of property names are left out on purpose. */
const TOP_LEVEL: ReadonlySet<string> = new Set(
  (
    'com net org edu gov mil int arpa info biz cloud dev app tech online site store systems network digital services ' +
    'internal local lan corp intra test example consul onion'
  ).split(' '),
);

/** Two-letter endings that are files' rather than countries'. */
const FILE_ENDINGS: ReadonlySet<string> = new Set('py rs sh md js ts go cc pl so gz db'.split(' '));

/**
 * Resolves a host name as Kubernetes DNS does for a pod with the default policy: `<namespace>.svc.<domain>`,
 * `svc.<domain>`, `<domain>`, then as it stands. A pod behind a headless Service is that Service. Null where the name can
 * be no host: a bare word that no service has, or something that is no DNS name.
 *
 * Kubernetes documentation: "DNS for Services and Pods". `dnsPolicy` and `dnsConfig` play no part.
 */
export function resolveHost(written: string, search: HostSearch): ResolvedHost | null {
  const absolute = written.endsWith('.');
  const name = (absolute ? written.slice(0, -1) : written).toLowerCase();
  if (!isDnsName(name)) return null;
  const candidates = absolute ? [name] : candidatesFor(name, search);
  const exact = candidates.find((host) => search.isKnown(host));
  if (exact !== undefined) return { host: exact, known: true, unmistakable: true };
  for (const candidate of candidates) {
    const service = serviceOfPod(candidate, search.clusterDomain);
    if (service !== null && search.isKnown(service) && search.isHeadless(service)) {
      return { host: service, known: true, unmistakable: true };
    }
  }
  return outsideHost(name, search.clusterDomain);
}

function candidatesFor(name: string, search: HostSearch): string[] {
  const domain = search.clusterDomain;
  const searched = [`${name}.${search.namespace}.svc.${domain}`, `${name}.svc.${domain}`, `${name}.${domain}`];
  return name.split('.').length - 1 >= NDOTS ? [name, ...searched] : [...searched, name];
}

/** `web-0.web.shop.svc.cluster.local` belongs to `web.shop.svc.cluster.local`. */
function serviceOfPod(host: string, clusterDomain: string): string | null {
  const suffix = `.svc.${clusterDomain}`;
  if (!host.endsWith(suffix)) return null;
  const labels = host.slice(0, -suffix.length).split('.');
  return labels.length === 3 ? `${labels.slice(1).join('.')}${suffix}` : null;
}

function outsideHost(name: string, clusterDomain: string): ResolvedHost | null {
  const labels = name.split('.');
  const last = labels.at(-1)!;
  if (labels.length < 2 || !/^(?:[a-z]{2,}|xn--[a-z0-9-]+|svc)$/.test(last)) return null;
  if (last === 'svc') return { host: `${name}.${clusterDomain}`, known: false, unmistakable: labels.length >= 3 };
  if (name.endsWith(`.svc.${clusterDomain}`)) return { host: name, known: false, unmistakable: true };
  return { host: name, known: false, unmistakable: isTopLevel(last) };
}

function isTopLevel(label: string): boolean {
  return TOP_LEVEL.has(label) || label.startsWith('xn--') || (label.length === 2 && !FILE_ENDINGS.has(label));
}

function isDnsName(name: string): boolean {
  return name.length <= 253 && /[a-z]/.test(name) && name.split('.').every((label) => LABEL.test(label));
}
