import { LRUCache } from 'lru-cache';
import { MAX_EVIDENCE_LENGTH } from '../evidence/traffic-evidence.js';
import { readLimited } from '../source/limited-answer.js';

/** What comes of fetching. `reason` follows the address. */
export type FetchedEvidence =
  { readonly kind: 'text'; readonly text: string } | { readonly kind: 'missing'; readonly reason: string };

interface Kept {
  readonly text: string;
  readonly etag: string | null;
  /** Milliseconds since the epoch. */
  readonly checkedAt: number;
}

export interface EvidenceFetcherOptions {
  /** For which an answer counts as new. In milliseconds. */
  readonly keepMs?: number;
  readonly timeoutMs?: number;
}

const MOST_REDIRECTS = 3;
const MOST_KEPT = 20;

/** Fetches traffic evidence from addresses that whoever runs the App allows, and from no others, whatever a repository says. */
export class EvidenceFetcher {
  readonly #kept = new LRUCache<string, Kept>({ max: MOST_KEPT, maxSize: 4 * MAX_EVIDENCE_LENGTH, sizeCalculation: ({ text }) => text.length + 1 }); // prettier-ignore
  readonly #keepMs: number;
  readonly #timeoutMs: number;

  /** @param allowed addresses, each with all that is below it; see `isEvidencePrefix`. */
  constructor(
    private readonly allowed: readonly string[],
    { keepMs = 5 * 60_000, timeoutMs = 10_000 }: EvidenceFetcherOptions = {},
  ) {
    this.#keepMs = keepMs;
    this.#timeoutMs = timeoutMs;
  }

  async fetch(url: string): Promise<FetchedEvidence> {
    if (!isAllowed(url, this.allowed)) return missing('is not among the addresses of EVIDENCE_URLS');
    const kept = this.#kept.get(url);
    if (kept && Date.now() - kept.checkedAt < this.#keepMs) return { kind: 'text', text: kept.text };
    try {
      return await this.#ask(url, kept, AbortSignal.timeout(this.#timeoutMs));
    } catch (error) {
      const isLate = error instanceof Error && error.name === 'TimeoutError';
      return missing(isLate ? `does not answer within ${this.#timeoutMs / 1000} seconds` : 'cannot be reached');
    }
  }

  async #ask(url: string, kept: Kept | undefined, signal: AbortSignal): Promise<FetchedEvidence> {
    const headers = kept?.etag ? { 'if-none-match': kept.etag } : {};
    let address = url;
    for (let turn = 0; turn <= MOST_REDIRECTS; turn += 1) {
      const response = await fetch(address, { headers, signal, redirect: 'manual' });
      const { status } = response;
      if (status === 304 && kept) {
        this.#kept.set(url, { ...kept, checkedAt: Date.now() });
        return { kind: 'text', text: kept.text };
      }
      if (status === 200) {
        const text = await readLimited(response, MAX_EVIDENCE_LENGTH);
        if (text === null) return missing(`holds more than ${MAX_EVIDENCE_LENGTH / 2 ** 20} MiB`);
        this.#kept.set(url, { text, etag: response.headers.get('etag'), checkedAt: Date.now() });
        return { kind: 'text', text };
      }
      await response.body?.cancel();
      const location = response.headers.get('location');
      if (status < 300 || status > 399 || location === null) return missing(`answers ${status}`);
      if (!URL.canParse(location, address)) return missing('leads to no address');
      address = new URL(location, address).href;
      if (!isAllowed(address, this.allowed)) return missing('leads to an address that EVIDENCE_URLS does not have');
    }
    return missing('leads from address to address');
  }
}

function missing(reason: string): FetchedEvidence {
  return { kind: 'missing', reason };
}

/** Whether a text can stand in EVIDENCE_URLS: https, but for this machine itself, without a password, a query or a fragment. */
export function isEvidencePrefix(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { search, hash } = new URL(text);
  return isSafe(new URL(text)) && search === '' && hash === '';
}

/** Whether an address is one of those that are allowed, or below one of them. */
export function isAllowed(text: string, allowed: readonly string[]): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (!isSafe(url)) return false;
  return allowed.some((prefix) => {
    const { origin, pathname } = new URL(prefix);
    const folder = pathname.endsWith('/') ? pathname : `${pathname}/`;
    // An escaped slash or dot could mean another folder to whoever answers.
    const isPlain = !/%(?:2e|2f|5c)/i.test(url.pathname);
    return url.origin === origin && isPlain && (url.pathname === pathname || url.pathname.startsWith(folder));
  });
}

function isSafe({ protocol, hostname, username, password }: URL): boolean {
  if (username + password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}
