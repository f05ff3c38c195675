import type { World } from './world.js';
import type { Permission, StoredInstallation, StoredPull, StoredRepository } from './store.js';

/** Who sends a request. */
export type Caller =
  | { readonly kind: 'app' }
  | { readonly kind: 'installation'; readonly installation: StoredInstallation; readonly token: string }
  | { readonly kind: 'user'; readonly login: string }
  | { readonly kind: 'nobody' };

export interface ApiRequest {
  readonly world: World;
  readonly caller: Caller;
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  /** The media type asked for. */
  readonly accept: string;
}

export interface Answer {
  readonly status: number;
  readonly data?: unknown;
  /** Sent in place of JSON. */
  readonly raw?: { readonly content: Uint8Array; readonly type: string };
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (request: ApiRequest) => Promise<Answer> | Answer;
/** `GET /repos/{owner}/{repo}`, as GitHub's description writes it, to the function that answers. */
export type Routes = Readonly<Record<string, Handler>>;

/** GitHub's no to a request. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    readonly status: number,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
  }
}

export function ok(data: unknown): Answer {
  return { status: 200, data };
}

/** A repository that is hidden from the caller is not there. */
export function repositoryOf({ world, caller, parameters }: ApiRequest): StoredRepository {
  const repository = world.find(parameters['owner'] ?? '', parameters['repo'] ?? '');
  if (repository && canSee(caller, repository)) return repository;
  throw new Refusal(404, 'Not Found');
}

function canSee(caller: Caller, repository: StoredRepository): boolean {
  switch (caller.kind) {
    case 'installation':
      return repository.installation.id === caller.installation.id && repository.isInstalled;
    case 'user':
      return !repository.isPrivate || permissionOf(repository, caller.login) !== 'none';
    case 'app':
    case 'nobody':
      return !repository.isPrivate;
  }
}

export function permissionOf(repository: StoredRepository, login: string): Permission {
  return repository.permissions.get(login) ?? (repository.isPrivate ? 'none' : 'read');
}

export function pullOf(request: ApiRequest, repository: StoredRepository, name = 'pull_number'): StoredPull {
  const pull = repository.pulls.get(Number(request.parameters[name]));
  if (!pull) throw new Refusal(404, 'Not Found');
  return pull;
}

/** The name that what the caller writes is signed with. */
export function loginOf({ world, caller }: ApiRequest): string {
  if (caller.kind === 'user') return caller.login;
  return `${world.app.slug}[bot]`;
}

/** One page of a list, with links to the others. */
export function page(
  request: ApiRequest,
  items: readonly unknown[],
  wrap?: (page: readonly unknown[]) => unknown,
): Answer {
  const size = Math.min(Math.max(Number(request.query.get('per_page') ?? 30), 1), 100);
  const number = Math.max(Number(request.query.get('page') ?? 1), 1);
  const shown = items.slice((number - 1) * size, number * size);
  const last = Math.max(Math.ceil(items.length / size), 1);
  const links = [
    ...(number < last ? [`<${addressOfPage(request, number + 1)}>; rel="next"`] : []),
    ...(number < last ? [`<${addressOfPage(request, last)}>; rel="last"`] : []),
    ...(number > 1 ? [`<${addressOfPage(request, number - 1)}>; rel="prev"`] : []),
  ];
  const headers = links.length > 0 ? { link: links.join(', ') } : {};
  return { status: 200, data: wrap ? wrap(shown) : shown, headers };
}

function addressOfPage({ world, query, parameters }: ApiRequest, number: number): string {
  const search = new URLSearchParams(query);
  search.set('page', String(number));
  return `${world.apiUrl}${parameters['*path'] ?? ''}?${search.toString()}`;
}

export async function resolveCommit({ git }: StoredRepository, name: string): Promise<string> {
  const found = await git.resolve(name);
  if (found === null) throw new Refusal(404, 'Not Found');
  return found;
}
