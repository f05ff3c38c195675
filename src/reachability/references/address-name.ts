/** What the name of a variable, flag or configuration key says about the value. */

const MOST_NAMES = 1000;
const LONGEST_NAME = 64;

const ADDRESS_WORDS: ReadonlySet<string> = new Set(
  (
    'HOST HOSTS HOSTNAME HOSTNAMES URL URLS URI URIS ADDR ADDRS ADDRESS ADDRESSES ENDPOINT ENDPOINTS DSN SERVER SERVERS ' +
    'BROKER BROKERS CONNECTION CONNECTIONS CONN CONNSTR'
  ).split(' '),
);

/** `PGHOST`, `REDISURL`: written without a separator. */
const FUSED_ADDRESS_WORD = /(?:HOST|HOSTADDR|URL|URI|ADDR|DSN|ENDPOINT)$/;
const NOT_FUSED: ReadonlySet<string> = new Set(['GHOST', 'CURL', 'LOCALHOST']);

/** `SERVER_PASSWORD`, `CONNECTION_TIMEOUT`: about an address, but not one. */
const QUALITY_WORDS: ReadonlySet<string> = new Set(
  (
    'PASSWORD PASS PASSWD PWD USER USERNAME LOGIN KEY KEYS SECRET SECRETS TOKEN TOKENS CERT CERTS CERTIFICATE CA ' +
    'CREDENTIAL CREDENTIALS PORT PORTS TIMEOUT COUNT SIZE LIMIT ID TYPE MODE VERSION ENABLED SALT SIGNATURE'
  ).split(' '),
);

/** Further names under which people write a service's name alone. */
const PEER_WORDS: ReadonlySet<string> = new Set(
  'SERVICE UPSTREAM BACKEND TARGET PEER PEERS SEED SEEDS NODES REGISTRY BOOTSTRAP PROXY GATEWAY MASTER REPLICA'.split(
    ' ',
  ),
);

/** Last words of names whose bare-word value is never a host, however a service happens to be called. */
const PLAIN_WORDS: ReadonlySet<string> = new Set([
  ...QUALITY_WORDS,
  ...(
    'DATABASE DBNAME SCHEMA TABLE TOPIC QUEUE BUCKET LEVEL ROLE ENV ENVIRONMENT PROFILE PROFILES TAG IMAGE NAMESPACE ' +
    'REGION ZONE PREFIX SUFFIX PATH DIR LOCALE LANG DRIVER'
  ).split(' '),
]);

const NAMED_THINGS: ReadonlySet<string> = new Set(
  'DB DATABASE USER APP APPLICATION CLUSTER QUEUE TOPIC BUCKET INDEX SCHEMA TABLE POD CONTAINER OTEL'.split(' '),
);

/** The words of a name, in capitals: `ConnectionStrings__Default` is CONNECTION, STRINGS, DEFAULT. */
const wordsOf = ofFewNames((name): readonly string[] =>
  name
    .slice(0, 256)
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase()
    .split(/[^A-Z0-9]+/)
    .filter((word) => word !== ''),
);

/** Whether a value of this name is an address: the last resort where the value itself cannot be seen. */
export function looksLikeAddressName(name: string): boolean {
  const words = wordsOf(name);
  if (QUALITY_WORDS.has(words.at(-1) ?? '')) return false;
  return words.some((word) => ADDRESS_WORDS.has(word) || (FUSED_ADDRESS_WORD.test(word) && !NOT_FUSED.has(word)));
}

/** Whether a bare word of this name can be a host in text that holds much else. */
export function mayNameHost(name: string): boolean {
  return looksLikeAddressName(name) || PEER_WORDS.has(wordsOf(name).at(-1) ?? '');
}

/** Whether a bare word that is the whole value of this name is a plain word (a user, a database, a log level). */
export function isPlainName(name: string): boolean {
  const words = wordsOf(name);
  const last = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  if (last === 'NAME') return NAMED_THINGS.has(before) || words[0] === 'OTEL';
  if (last === 'DB') return words.length > 1;
  return PLAIN_WORDS.has(last);
}

/** Whether the name lists what is *not* to be called through something. */
export function isExceptionList(name: string): boolean {
  return /^no_?proxy$/i.test(name) || /non_?proxy_?hosts$/i.test(name.slice(-32));
}

/** One spelling for the names of variables and flags, so that `--db-port` is found beside `--db-host`. */
export const canonicalName = ofFewNames((name): string =>
  name
    .slice(0, 256)
    .replace(/^-{1,2}/, '')
    .replace(/[^A-Za-z0-9]/g, '_')
    .toUpperCase(),
);

const HOST_SUFFIX = /(?:HOSTNAME|HOST|ADDRESS|ADDR|SERVER|ENDPOINT|SERVICE|URL|URI)$/;

/**
 * The canonical names under which the port to a host's name stands, likeliest first: `DB_PORT` for `DB_HOST`. A lone `PORT`
 * (for `HOST`, `--host`, `-h`) may as well be the port that the container itself listens on; such a one is not sure.
 */
export const portNamesFor = ofFewNames((hostName): readonly { readonly name: string; readonly isSure: boolean }[] => {
  if (/^-[hH]$/.test(hostName)) return [{ name: 'P', isSure: false }];
  const name = canonicalName(hostName);
  const stem = name.replace(HOST_SUFFIX, '');
  const replaced = stem === name ? [] : [{ name: `${stem}PORT`, isSure: stem !== '' }];
  return [...replaced, { name: `${name}_PORT`, isSure: true }];
});

/** The stem shared by `db.host` and `db.port`; null where the name names neither. */
export function hostOrPortStem(name: string): { readonly kind: 'host' | 'port'; readonly stem: string } | null {
  const canonical = canonicalName(name.slice(-256));
  if (canonical.endsWith('PORT')) return { kind: 'port', stem: canonical.slice(0, -4) };
  if (!mayNameHost(name)) return null;
  return { kind: 'host', stem: canonical.replace(HOST_SUFFIX, '') };
}

/** Thousands of workloads have variables of the same few names. */
function ofFewNames<T>(tell: (name: string) => T): (name: string) => T {
  const known = new Map<string, T>();
  return (name) => {
    let told = known.get(name);
    if (told === undefined) {
      if (known.size >= MOST_NAMES || name.length > LONGEST_NAME) return tell(name);
      known.set(name, (told = tell(name)));
    }
    return told;
  };
}
