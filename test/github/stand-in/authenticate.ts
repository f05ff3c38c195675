import { createVerify } from 'node:crypto';
import { Refusal, type Caller } from './api-request.js';
import type { World } from './world.js';

/** Who a request comes from. @throws Refusal for credentials that are no good. */
export function authenticate(world: World, authorization: string | undefined): Caller {
  if (authorization === undefined) return { kind: 'nobody' };
  const [scheme = '', token = ''] = authorization.split(' ');
  if (!/^(?:bearer|token)$/i.test(scheme)) throw new Refusal(401, 'Bad credentials');
  const known = world.tokens.get(token);
  if (known) {
    if (known.expiresAt <= Date.now()) throw new Refusal(401, 'Bad credentials');
    if (known.installation.isSuspended) throw new Refusal(403, 'This installation has been suspended');
    return { kind: 'installation', installation: known.installation, token };
  }
  const login = world.userTokens.get(token);
  if (login !== undefined) return { kind: 'user', login };
  if (isAppToken(world, token)) return { kind: 'app' };
  throw new Refusal(401, 'Bad credentials');
}

/** A JSON web token that the App signed, for itself, for ten minutes at most. */
function isAppToken({ app }: World, token: string): boolean {
  const [head, claims, signature] = token.split('.');
  if (!head || !claims || !signature) return false;
  const verifier = createVerify('RSA-SHA256').update(`${head}.${claims}`);
  if (!verifier.verify(app.publicKey, signature, 'base64url')) return false;
  const { iss, iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as {
    readonly iss: unknown;
    readonly iat: number;
    readonly exp: number;
  };
  const now = Date.now() / 1000;
  return Number(iss) === app.id && iat <= now + 60 && exp > now && exp - iat <= 660;
}

/** What an operation asks of an installation; null where nothing but the installation itself. */
export function requiredPermission(
  operation: string,
): { readonly names: readonly string[]; readonly level: 'read' | 'write' } | null {
  const [method, path = ''] = operation.split(' ');
  const level = method === 'GET' ? 'read' : 'write';
  const rest = path.replace('/repos/{owner}/{repo}', '');
  if (path.startsWith('/orgs/{org}/teams/')) return { names: ['members'], level };
  if (!path.startsWith('/repos/{owner}/{repo}/')) return null;
  if (/^\/check-|\/check-(?:runs|suites)$/.test(rest)) return { names: ['checks'], level };
  if (rest.startsWith('/pulls') || rest.endsWith('/pulls')) return { names: ['pull_requests'], level };
  if (rest.startsWith('/issues')) return { names: ['issues', 'pull_requests'], level };
  if (rest.startsWith('/collaborators')) return { names: ['metadata'], level };
  return { names: ['contents'], level };
}
