import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { appJson, subscribedEvents } from './payloads.js';
import type { World } from './world.js';

/** https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest#github-app-manifest-parameters */
export interface AppManifest {
  readonly name: string;
  readonly url: string;
  readonly hook_attributes: { readonly url: string; readonly active?: boolean };
  readonly redirect_url: string;
  readonly default_permissions: Readonly<Record<string, 'read' | 'write'>>;
  readonly default_events: readonly string[];
}

const NEW_APP = /^(?:\/organizations\/[\w-]+)?\/settings\/apps\/new$/;
/** Not GitHub's own: where the form of its page goes is nobody's business. */
const CREATE = '/settings/apps';
const MAX_NAME = 34;
const REFERENCE = 'github#/components/schemas/app-permissions';

export function isRegistrationPage(pathname: string): boolean {
  return NEW_APP.test(pathname) || pathname === CREATE;
}

/** GitHub's pages for a manifest that a browser posts: one that asks once more, and the way back with a code. */
export async function answerRegistration(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const form = new URLSearchParams(await readText(request));
  const text = form.get('manifest');
  if (request.method !== 'POST' || text === null) return sendPage(response, 404, 'Not Found', '');
  const manifest = {
    ...(JSON.parse(text) as AppManifest),
    ...(form.has('name') ? { name: form.get('name') ?? '' } : {}),
  };
  const problems = problemsOf(world, manifest);
  if (problems.length > 0) {
    return sendPage(response, 422, 'Invalid GitHub App configuration', `<p>${escape(problems.join('; '))}</p>`);
  }
  if (url.pathname !== CREATE) {
    const hidden = { manifest: text, state: url.searchParams.get('state') ?? '' };
    const inputs = Object.entries(hidden).map(
      ([name, value]) => `<input type=hidden name=${name} value="${escape(value)}">`,
    );
    const named = `<label>GitHub App name <input name=name value="${escape(manifest.name)}"></label>`;
    const form = `<form method=post action=${CREATE}>${inputs.join('')}${named} <button>Create GitHub App</button></form>`;
    return sendPage(response, 200, 'Create GitHub App', form);
  }
  const code = randomBytes(20).toString('hex');
  world.registrations.set(code, manifest);
  const back = new URL(manifest.redirect_url);
  back.searchParams.set('code', code);
  if (form.get('state')) back.searchParams.set('state', form.get('state') ?? '');
  response.writeHead(302, { location: back.href }).end();
}

/** Makes this GitHub's App what the manifest says, once for each code, and hands its credentials over. */
export function takeRegistration(world: World, code: string): object | null {
  const manifest = world.registrations.get(code);
  if (!manifest) return null;
  world.registrations.delete(code);
  const slug = manifest.name.toLowerCase().replaceAll(' ', '-');
  const webhookSecret = randomBytes(20).toString('hex');
  world.app = { ...world.app, slug, webhookSecret, permissions: manifest.default_permissions };
  world.deliveries.secret = webhookSecret;
  world.deliveries.events = [...manifest.default_events, 'installation', 'installation_repositories'];
  world.hook = { ...world.hook, url: manifest.hook_attributes.url };
  return {
    ...appJson(world),
    events: subscribedEvents(world),
    client_id: 'Iv1.0123456789abcdef',
    client_secret: randomBytes(20).toString('hex'),
    webhook_secret: webhookSecret,
    pem: world.app.privateKey,
  };
}

function problemsOf({ openApi }: World, manifest: AppManifest): readonly string[] {
  const { name, url, hook_attributes: hook, redirect_url: redirect, default_permissions, default_events } = manifest;
  const known = openApi.schemaAt(REFERENCE)['properties'] as object;
  return [
    ...(name !== '' && name.length <= MAX_NAME ? [] : ['Name is missing or too long']),
    ...(URL.canParse(url) ? [] : ['Url is missing']),
    ...(URL.canParse(hook.url) && new URL(hook.url).hostname.includes('.') ? [] : ['Hook url is not supported']),
    ...(URL.canParse(redirect) ? [] : ['Redirect url is missing']),
    ...openApi.problemsAt(REFERENCE, default_permissions),
    ...Object.keys(default_permissions)
      .filter((permission) => !(permission in known))
      .map((permission) => `Default permission ${permission} does not exist`),
    ...default_events
      .filter((event) => !openApi.sendsEvent(event))
      .map((event) => `Default event ${event} is not supported`),
  ];
}

function sendPage(response: ServerResponse, status: number, title: string, body: string): void {
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8' });
  response.end(
    `<!doctype html><html lang=en><title>${title}</title><link rel=icon href="data:,"><h1>${title}</h1>${body}</html>`,
  );
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks).toString('utf8');
}
