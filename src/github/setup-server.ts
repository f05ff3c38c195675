import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AppManifest } from './app-manifest.js';
import {
  contentSecurityPolicy,
  donePage,
  formPage,
  refusalPage,
  reviewPage,
  type Answers,
  type NextSteps,
} from './setup-pages.js';
import { WEBHOOK_PATH } from './webhook-server.js';

/** The App could not be registered. The message is for the person who tries to; it holds no secret. */
export class SetupError extends Error {
  override readonly name = 'SetupError';
}

export interface SetupServerOptions {
  readonly manifest: AppManifest;
  /** The root of GitHub's pages. */
  readonly webUrl: string;
  /** What every request has to bring along: the printed address has it, the form, and GitHub's redirect. */
  readonly state: string;
  /** Exchanges GitHub's code for the App's credentials, and keeps them. Rejects with a SetupError where that fails. */
  readonly register: (code: string) => Promise<NextSteps>;
  /** Called once the last page has been sent. */
  readonly onDone: () => void;
  /** Called for what is a defect of this program. */
  readonly onDefect: (error: unknown) => void;
}

/** Where GitHub's page sends the browser back to. */
const CREATED_PATH = '/created';

/**
 * The pages that register the App through GitHub's manifest flow. Only whoever was given the state sees them: it is in the
 * address that the terminal shows, so neither another site in the same browser nor another user of the machine can choose
 * what is registered. A name that resolves to this machine (DNS rebinding) is refused by the Host header.
 *
 * https://docs.github.com/en/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
 */
export function createSetupServer(options: SetupServerOptions): Server {
  let registration: Promise<NextSteps> | null = null;

  async function route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const origin = ownOrigin(request);
    if (origin === null) return refuse(421, 'Not this host', 'The setup answers to localhost only.');
    if (request.method !== 'GET') return refuse(405, 'Not like this', 'The setup has pages to look at, and no more.');
    const url = new URL(request.url ?? '/', origin);
    if (url.pathname !== '/' && url.pathname !== CREATED_PATH)
      return refuse(404, 'Nothing here', 'There is no such page.');
    if (!isSame(url.searchParams.get('state') ?? '', options.state)) {
      const text = 'It ends with a part that only you know, and which is missing here.';
      return refuse(403, 'Open the address from the terminal', text);
    }
    const begin = `/?${new URLSearchParams({ state: options.state }).toString()}`;
    if (url.pathname === '/') return send(200, firstPages(url.searchParams, origin));
    const code = url.searchParams.get('code') ?? '';
    if (!/^[\w-]{1,200}$/.test(code)) return refuse(400, 'No App', 'GitHub sent no code along.', begin);
    try {
      registration ??= options.register(code);
      const steps = await registration;
      response.once('finish', options.onDone);
      send(200, donePage(steps));
    } catch (error) {
      registration = null;
      if (!(error instanceof SetupError)) throw error;
      refuse(502, 'The App could not be set up', error.message, begin);
    }

    function refuse(status: number, title: string, text: string, again: string | null = null): void {
      send(status, refusalPage(title, text, again));
    }

    function send(status: number, page: string): void {
      response.writeHead(status, {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy(options.webUrl),
        'x-content-type-options': 'nosniff',
        // The state is in the address. GitHub is told the origin, without which a form's sender would be "null".
        'referrer-policy': 'strict-origin',
        'cache-control': 'no-store',
        connection: 'close',
      });
      response.end(page);
    }
  }

  function firstPages(query: URLSearchParams, origin: string): string {
    const { state, webUrl, manifest } = options;
    const address = (query.get('address') ?? '').trim();
    const organization = (query.get('organization') ?? '').trim();
    if (!query.has('address') || query.has('edit')) return formPage(state, { address, organization, problems: {} });
    const webhook = readAddress(address);
    const problems: Answers['problems'] = {
      ...('problem' in webhook ? { address: webhook.problem } : {}),
      ...(organization === '' || LOGIN.test(organization) ? {} : { organization: ORGANIZATION_PROBLEM }),
    };
    if ('problem' in webhook || Object.keys(problems).length > 0) {
      return formPage(state, { address, organization, problems });
    }
    const owner = organization === '' ? '' : `/organizations/${organization}`;
    return reviewPage(
      {
        ...manifest,
        hook_attributes: { ...manifest.hook_attributes, url: webhook.url },
        redirect_url: `${origin}${CREATED_PATH}`,
      },
      `${webUrl}${owner}/settings/apps/new?${new URLSearchParams({ state }).toString()}`,
      `/?${new URLSearchParams({ state, address, organization, edit: '1' }).toString()}`,
    );
  }

  return createServer((request, response) => {
    route(request, response).catch((error: unknown) => {
      response.destroy();
      options.onDefect(error);
    });
  });
}

const LOGIN = /^[a-z\d](?:[a-z\d-]{0,37}[a-z\d])?$/i;
const ORGANIZATION_PROBLEM = 'This is no name of an organisation: it has letters, digits and hyphens only.';

/** The origin as the browser wrote it; null for a name that is not loopback's. */
function ownOrigin({ headers, socket }: IncomingMessage): string | null {
  const port = socket.localPort === 80 ? '' : `:${String(socket.localPort)}`;
  const own = ['localhost', '127.0.0.1', '[::1]'].map((name) => `${name}${port}`);
  return headers.host !== undefined && own.includes(headers.host) ? `http://${headers.host}` : null;
}

function isSame(given: string, state: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(state)];
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}

/** The webhook's URL for what was typed: the App's root, or the webhook's own address. */
function readAddress(text: string): { readonly url: string } | { readonly problem: string } {
  if (text === '') return { problem: 'The address is missing.' };
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol !== 'https:')
    return { problem: 'The address has to begin with https://, and a host has to follow.' };
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    return { problem: 'The address holds more than a host: leave out user names, ? and #.' };
  }
  if (url.pathname !== '/' && url.pathname !== WEBHOOK_PATH) {
    return { problem: `The address has a path. The App answers at ${WEBHOOK_PATH} only; give the host alone.` };
  }
  if (/^(?:localhost|.*\.localhost|127\.[\d.]+|\[::1?\]|0\.0\.0\.0)$/.test(url.hostname)) {
    return { problem: 'This address is this machine’s own: GitHub cannot reach it there.' };
  }
  return { url: `${url.origin}${WEBHOOK_PATH}` };
}
