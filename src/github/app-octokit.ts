import { ProbotOctokit } from 'probot';
import { statusOf } from './cannot-judge.js';
import { ownAnnouncements, type Announcements } from './coordination.js';
import { LONGEST_WAIT_MS, RateLimitGate, type Limit } from './rate-limit-gate.js';

const MAX_RATE_LIMIT_RETRIES = 2;
const GITHUB = 'https://api.github.com';

interface OctokitOptions {
  readonly throttle?: object;
  readonly request?: object;
  readonly auth?: { readonly installationId?: number; readonly request?: ProbotOctokit['request'] };
}

/** What processes tell each other. */
interface Wait {
  /** Null for the App itself. */
  readonly installation: number | null;
  readonly limit: Limit;
}

/** As much of an Octokit as a plugin needs. */
type Hooked = Pick<ProbotOctokit, 'auth' | 'hook'>;

/** What `@octokit/auth-app` answers for `{type: 'installation'}`. */
interface InstallationToken {
  /** ISO 8601 */
  readonly createdAt: string;
}

/**
 * Probot's Octokit, with what it lacks: it lets an installation's other requests go on when GitHub has asked to wait, and does
 * not repeat the one that met a secondary rate limit; and it keeps an installation's token for an hour whatever GitHub
 * thinks of it, where this one gets another.
 *
 * @param fetchFor sends an installation's requests, or for null the App's own.
 * @param announcements by which processes that share a budget heed what GitHub asks of one.
 * @param apiUrl where another GitHub than github.com has its API; `octokit.auth` would not ask there by itself.
 */
export function appOctokit(
  apiUrl: string | undefined,
  fetchFor: (installation: number | null) => typeof fetch,
  { tell, hear }: Announcements = ownAnnouncements(),
): typeof ProbotOctokit {
  const address = apiUrl === undefined ? {} : { baseUrl: apiUrl };
  const gates = new Map<number | null, RateLimitGate>();
  // GitHub counts by installation, and for the App itself, in whose name an installation's client asks for tokens. Every
  // event has an Octokit of its own.
  const gateOf = (installation: number | null): RateLimitGate => {
    const known = gates.get(installation);
    if (known) return known;
    const gate = new RateLimitGate(fetchFor(installation), Date.now, (limit) => {
      tell('wait', JSON.stringify({ installation, limit } satisfies Wait));
    });
    gates.set(installation, gate);
    return gate;
  };
  hear('wait', (text) => {
    const { installation, limit } = JSON.parse(text) as Wait;
    gateOf(installation).keep(limit);
  });
  const fetchAs =
    (installation: number | null): typeof fetch =>
    (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      return gateOf(url.startsWith(`${apiUrl ?? GITHUB}/app/`) ? null : installation).fetch(input, init);
    };
  return ProbotOctokit.plugin(renewRefusedToken).defaults((options: OctokitOptions) => {
    const installation = options.auth?.installationId ?? null;
    return {
      ...options,
      request: { ...options.request, fetch: fetchAs(installation) },
      auth: {
        ...options.auth,
        request: options.auth?.request?.defaults({ ...address, request: { fetch: fetchAs(null) } }),
      },
      throttle: {
        ...options.throttle,
        id: String(installation ?? 'app'),
        onRateLimit: isWorthWaiting,
        onSecondaryRateLimit: isWorthWaiting,
      },
    };
  });
}

function isWorthWaiting(seconds: number, _request: object, _octokit: unknown, retryCount: number): boolean {
  return seconds * 1000 <= LONGEST_WAIT_MS && retryCount < MAX_RATE_LIMIT_RETRIES;
}

/** GitHub takes a token back before its hour is over, for instance when the installation's permissions change. A request
 * that it refuses as unauthenticated is sent once more, with a new token. */
function renewRefusedToken(octokit: Hooked, options: OctokitOptions): object {
  if (options.auth?.installationId === undefined) return {};
  octokit.hook.wrap('request', async (request, endpoint) => {
    const askedAt = Date.now();
    try {
      return await request(endpoint);
    } catch (error) {
      // The App asks for tokens in its own name.
      if (statusOf(error) !== 401 || endpoint.url.startsWith('/app/')) throw error;
      const { createdAt } = (await octokit.auth({ type: 'installation' })) as InstallationToken;
      // Requests that run side by side are refused side by side; the first of them gets a token for all.
      if (Date.parse(createdAt) <= askedAt) await octokit.auth({ type: 'installation', refresh: true });
      return await request(endpoint);
    }
  });
  return {};
}
