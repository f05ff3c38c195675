import { ProbotOctokit } from 'probot';
import { statusOf } from './cannot-judge.js';
import type { Coordination } from './coordination.js';
import type { InstallationTokens } from './installation-tokens.js';
import { LONGEST_WAIT_MS, RateLimitGate, type GatedInit, type Limit } from './rate-limit-gate.js';

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
type Hooked = Pick<ProbotOctokit, 'hook'>;

/**
 * Probot's Octokit, with what it lacks: it lets an installation's other requests go on when GitHub has asked to wait, and does
 * not repeat the one that met a secondary rate limit; and it keeps an installation's token for an hour whatever GitHub
 * thinks of it, where this one gets another.
 *
 * @param fetchFor sends an installation's requests, or for null the App's own.
 * @param announcements by which processes that share a budget heed what GitHub asks of one; and the tokens that they share.
 * @param apiUrl where another GitHub than github.com has its API; `octokit.auth` would not ask there by itself.
 */
export function appOctokit(
  apiUrl: string | undefined,
  fetchFor: (installation: number | null) => typeof fetch,
  { announcements, tokens }: Pick<Coordination, 'announcements' | 'tokens'>,
): typeof ProbotOctokit {
  const address = apiUrl === undefined ? {} : { baseUrl: apiUrl };
  const gates = new Map<number | null, RateLimitGate>();
  // GitHub counts by installation, and for the App itself, in whose name an installation's client asks for tokens. Every
  // event has an Octokit of its own.
  const gateOf = (installation: number | null): RateLimitGate => {
    const known = gates.get(installation);
    if (known) return known;
    const gate = new RateLimitGate(fetchFor(installation), Date.now, (limit) => {
      announcements.tell('wait', JSON.stringify({ installation, limit } satisfies Wait));
    });
    gates.set(installation, gate);
    return gate;
  };
  announcements.hear('wait', (text) => {
    const { installation, limit } = JSON.parse(text) as Wait;
    gateOf(installation).keep(limit);
  });
  const fetchAs =
    (installation: number | null): typeof fetch =>
    (input, init) => {
      const url = input instanceof Request ? input.url : String(input);
      if (!url.startsWith(`${apiUrl ?? GITHUB}/app/`)) return gateOf(installation).fetch(input, init);
      const paced: GatedInit = url.endsWith('/access_tokens')
        ? { ...init, beforeSend: () => tokens.pace() }
        : (init ?? {});
      return gateOf(null).fetch(input, paced);
    };
  return ProbotOctokit.plugin(replaceRefused(tokens)).defaults((options: OctokitOptions) => {
    const installation = options.auth?.installationId ?? null;
    return {
      ...options,
      request: { ...options.request, fetch: fetchAs(installation) },
      auth: {
        ...options.auth,
        cache: tokens,
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
 * that it refuses as unauthenticated is sent once more, with another token. */
function replaceRefused(tokens: InstallationTokens): (octokit: Hooked, options: OctokitOptions) => object {
  return ({ hook }, { auth: { installationId } = {} }) => {
    if (installationId === undefined) return {};
    hook.wrap('request', async (request, endpoint) => {
      const send = (endpoint.request.fetch as typeof fetch | undefined) ?? fetch;
      let token = '';
      const noting: typeof fetch = (input, init) => {
        token = tokenOf(new Headers(init?.headers));
        return send(input, init);
      };
      // All hooks have this one object; what is handed on, those further in do not see.
      endpoint.request = { ...endpoint.request, fetch: noting };
      try {
        return await request(endpoint);
      } catch (error) {
        // Tokens are asked for in the App's own name, without one.
        if (statusOf(error) !== 401 || token === '') throw error;
        await tokens.refuse(String(installationId), token);
        return await request(endpoint);
      }
    });
    return {};
  };
}

function tokenOf(headers: Headers): string {
  return /^token (.*)/.exec(headers.get('authorization') ?? '')?.[1] ?? '';
}
