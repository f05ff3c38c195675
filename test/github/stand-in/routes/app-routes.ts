import { ok, page, Refusal, type ApiRequest, type Routes } from '../api-request.js';
import { takeRegistration } from '../app-registration.js';
import { appJson, installationJson, repositoryJson, subscribedEvents, timeOf, userJson } from '../payloads.js';
import { installationOwns, type StoredInstallation } from '../store.js';

/** The App itself, its installations and tokens, and who asks. */
export const APP_ROUTES: Routes = {
  'GET /app': (request) => {
    onlyApp(request);
    const { world } = request;
    return ok({ ...appJson(world), events: subscribedEvents(world), installations_count: world.installations.size });
  },
  'POST /app-manifests/{code}/conversions': ({ world, parameters }) => {
    const registration = takeRegistration(world, parameters['code'] ?? '');
    if (registration === null) throw new Refusal(404, 'Not Found');
    return { status: 201, data: registration };
  },
  'GET /app/hook/config': (request) => {
    onlyApp(request);
    const { hook, deliveries } = request.world;
    const right = { content_type: 'json', insecure_ssl: '0', secret: '********', url: deliveries.target ?? '' };
    // What is not set is not in GitHub's answer.
    return ok(Object.fromEntries(Object.entries({ ...right, ...hook }).filter(([, value]) => value !== undefined)));
  },
  'GET /app/hook/deliveries': (request) => {
    onlyApp(request);
    return page(
      request,
      // The newest comes first.
      request.world.deliveries.log.toReversed().map((delivery) => ({
        id: delivery.number,
        guid: delivery.id,
        event: delivery.event,
        action: delivery.action,
        delivered_at: timeOf(delivery.sentAt),
        redelivery: delivery.attempt > 1,
        duration: 0.1,
        status: delivery.answer === 202 ? 'OK' : 'failed',
        status_code: delivery.answer ?? 0,
        installation_id: null,
        repository_id: null,
      })),
    );
  },
  'POST /app/hook/deliveries/{delivery_id}/attempts': (request) => {
    onlyApp(request);
    if (!request.world.deliveries.redeliver(Number(request.parameters['delivery_id'])))
      throw new Refusal(404, 'Not Found');
    return { status: 202, data: {} };
  },
  'GET /app/installations': (request) => {
    onlyApp(request);
    const { world } = request;
    return page(
      request,
      [...world.installations.values()].map((each) => installationJson(world, each)),
    );
  },
  'GET /app/installations/{installation_id}': (request) => {
    onlyApp(request);
    return ok(installationJson(request.world, installationOf(request)));
  },
  'POST /app/installations/{installation_id}/access_tokens': createToken,
  'GET /repos/{owner}/{repo}/installation': (request) => {
    onlyApp(request);
    const { owner = '', repo = '' } = request.parameters;
    const repository = request.world.find(owner, repo);
    if (!repository?.isInstalled) throw new Refusal(404, 'Not Found');
    return ok(installationJson(request.world, repository.installation));
  },
  'GET /orgs/{org}/installation': (request) => {
    onlyApp(request);
    const installation = request.world.installationOf(request.parameters['org'] ?? '');
    if (!installation) throw new Refusal(404, 'Not Found');
    return ok(installationJson(request.world, installation));
  },
  'GET /installation/repositories': (request) => {
    const { world, caller } = request;
    if (caller.kind !== 'installation') throw new Refusal(403, 'Resource not accessible');
    const owned = world.repositories.filter((repository) => installationOwns(caller.installation, repository));
    const json = owned.map((repository) => repositoryJson(world, repository));
    return page(request, json, (repositories) => ({ total_count: owned.length, repositories }));
  },
  'GET /user': ({ caller }) => {
    if (caller.kind !== 'user') throw new Refusal(403, 'Resource not accessible by integration');
    return ok(userJson(caller.login));
  },
  'GET /meta': () => ok({ verifiable_password_authentication: false }),
};

function onlyApp({ caller }: ApiRequest): void {
  if (caller.kind !== 'app') throw new Refusal(401, 'A JSON web token could not be decoded');
}

function createToken(request: ApiRequest): { readonly status: number; readonly data: unknown } {
  onlyApp(request);
  const { world } = request;
  const installation = installationOf(request);
  if (installation.isSuspended) throw new Refusal(403, 'This installation has been suspended');
  const expiresAt = Date.now() + world.limits.tokenMs;
  // As long as GitHub's present ones, which are no longer forty characters.
  const token = `ghs_${world.app.id}_${world.newId()}${'x'.repeat(120)}`;
  world.tokens.set(token, { installation, expiresAt });
  const expires_at = timeOf(expiresAt);
  const { permissions } = world.app;
  return { status: 201, data: { token, expires_at, permissions, repository_selection: 'selected' } };
}

function installationOf({ world, parameters }: ApiRequest): StoredInstallation {
  const installation = world.installations.get(Number(parameters['installation_id']));
  if (!installation) throw new Refusal(404, 'Not Found');
  return installation;
}
