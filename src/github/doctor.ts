import { Probot, ProbotOctokit, type Logger } from 'probot';
import { webUrlOf, type AppConfiguration } from './app-configuration.js';
import { readAppManifest, type AppManifest } from './app-manifest.js';
import { statusOf } from './cannot-judge.js';
import { fetchFromGitHub, type GitHubClient } from './github-client.js';
import { createLog } from './log.js';
import { POSTS_ONLY, WEBHOOK_PATH } from './webhook-server.js';

/** `note`: worth knowing, and the App works. */
export type FindingState = 'ok' | 'note' | 'wrong';

export interface Finding {
  /** What was looked at, in a word. */
  readonly check: string;
  readonly state: FindingState;
  readonly text: string;
  /** What to do about it; null where there is nothing to do. */
  readonly mend: string | null;
}

type Registration = NonNullable<Awaited<ReturnType<GitHubClient['rest']['apps']['getAuthenticated']>>['data']>;
type Installation = Awaited<ReturnType<GitHubClient['rest']['apps']['listInstallations']>>['data'][number];
type HookDelivery = Awaited<ReturnType<GitHubClient['rest']['apps']['listWebhookDeliveries']>>['data'][number];

/** The JSON web token says it was made 30 seconds ago and lasts 10 minutes; GitHub refuses one from the future. */
const MAX_CLOCK_DIFFERENCE_S = 30;
const RECENT_DELIVERIES = 30;
const ANSWER_TIMEOUT_MS = 10_000;
const LEVELS: readonly (string | undefined)[] = [undefined, 'read', 'write', 'admin'];
/** Not in app.yml, and no excess: teams in CODEOWNERS need it. */
const OPTIONAL_PERMISSIONS: Readonly<Record<string, string>> = { members: 'read' };

/** Looks whether GitHub and the App's settings fit what the App needs. Nothing is changed, neither on GitHub nor here. */
export async function examineApp(configuration: AppConfiguration): Promise<readonly Finding[]> {
  const manifest = await readAppManifest();
  const octokit = await connect(configuration);
  const { findings, app } = await checkKey(octokit, configuration);
  if (app === null) return findings;
  const settings = settingsUrl(app, configuration);
  const { apps } = octokit.rest;
  const hook = await ask('webhook', async () => (await apps.getWebhookConfigForApp()).data);
  const deliveries = await ask('deliveries', async () => {
    return (await apps.listWebhookDeliveries({ per_page: RECENT_DELIVERIES })).data;
  });
  const installations = await ask('installations', () => octokit.paginate(apps.listInstallations, { per_page: 100 }));
  const delivered = 'finding' in deliveries ? deliveries.finding : checkDeliveries(deliveries.answer, settings);
  return [
    ...findings,
    ...checkPermissions(manifest, app, settings),
    checkEvents(manifest, app, settings),
    ...('finding' in hook ? [hook.finding] : checkWebhook(hook.answer, settings)),
    delivered,
    ...('finding' in hook ? [] : await checkReachability(hook.answer, delivered.state)),
    ...('finding' in installations ? [installations.finding] : checkInstallations(installations.answer, manifest, app)),
  ];
}

/** The answer to a question, or the finding that GitHub gives none. */
async function ask<T>(
  check: string,
  question: () => Promise<T>,
): Promise<{ readonly answer: T } | { readonly finding: Finding }> {
  try {
    return { answer: await question() };
  } catch (error) {
    return { finding: unanswered(check, error) };
  }
}

function unanswered(check: string, error: unknown): Finding {
  const status = answeredStatus(error);
  const text = status === null ? `GitHub does not answer${detailOf(error)}.` : `GitHub answers with ${status}.`;
  return wrong(check, text, 'Try again later; https://www.githubstatus.com may say more.');
}

async function connect({ appId, privateKey, webhookSecret, apiUrl }: AppConfiguration): Promise<GitHubClient> {
  const probot = new Probot({
    appId,
    privateKey,
    secret: webhookSecret,
    ...(apiUrl === undefined ? {} : { baseUrl: apiUrl }),
    // What Octokit would say of a request that fails is a finding here.
    log: createLog('fatal', () => undefined) as unknown as Logger,
    // An answer now, and not after several tries.
    Octokit: ProbotOctokit.defaults((options: object) => ({ ...options, retry: { enabled: false } })),
    request: { fetch: fetchFromGitHub },
  });
  await probot.ready();
  return probot.auth();
}

async function checkKey(
  octokit: GitHubClient,
  { appId, apiUrl }: AppConfiguration,
): Promise<{ readonly findings: readonly Finding[]; readonly app: Registration | null }> {
  const check = 'key';
  try {
    const { data: app, headers } = await octokit.rest.apps.getAuthenticated();
    if (app === null) throw new Error('GitHub answered without an App.');
    const text = `The private key is that of App ${app.id}, ${app.name}, which belongs to ${nameOf(app.owner)}.`;
    return { findings: [ok(check, text), checkClock(headers.date)], app };
  } catch (error) {
    const status = answeredStatus(error);
    if (status === null) {
      const text = `${apiUrl ?? 'https://api.github.com'} cannot be reached${detailOf(error)}.`;
      return {
        findings: [wrong(check, text, 'Let this machine reach it, or set GHE_HOST and GHE_PROTOCOL.')],
        app: null,
      };
    }
    const clock = checkClock(dateOf(error));
    const refused =
      status === 401
        ? wrong(
            check,
            `GitHub refuses the private key for App ${appId}.`,
            clock.state === 'wrong'
              ? 'Set this machine’s clock first.'
              : 'Take APP_ID and a private key from the settings page of one and the same App.',
          )
        : status === 404
          ? wrong(
              check,
              `There is no App ${appId} on this GitHub.`,
              'Set APP_ID to the number on the App’s settings page.',
            )
          : unanswered(check, error);
    return { findings: [refused, clock], app: null };
  }
}

/** @param date of GitHub's answer, as the header has it. */
function checkClock(date: string | undefined): Finding {
  const check = 'clock';
  const theirs = Date.parse(date ?? '');
  if (Number.isNaN(theirs)) return note(check, 'GitHub did not tell the time.');
  const seconds = Math.round((Date.now() - theirs) / 1000);
  const difference = `This machine’s clock is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} GitHub’s`;
  if (Math.abs(seconds) <= MAX_CLOCK_DIFFERENCE_S) return ok(check, `${difference}.`);
  return wrong(check, `${difference}; GitHub refuses tokens from the future and old ones.`, 'Set it by NTP.');
}

function checkPermissions(
  { default_permissions: needed }: AppManifest,
  app: Registration,
  settings: string,
): Finding[] {
  const check = 'permissions';
  const missing = lacking(needed, app.permissions);
  const excess = lacking(app.permissions as Readonly<Record<string, string>>, { ...OPTIONAL_PERMISSIONS, ...needed });
  const mend = `Set them at ${settings}/permissions; each installation has to accept what is added.`;
  return [
    missing.length > 0
      ? wrong(check, `The App lacks ${missing.join(', ')}.`, mend)
      : ok(check, `The App has all that it needs: ${lacking(needed, {}).join(', ')}.`),
    ...(excess.length > 0 ? [note(check, `The App has more than it needs: ${excess.join(', ')}.`, mend)] : []),
  ];
}

/** `issues: read`, for each that is wanted and not granted, or granted less. */
function lacking(wanted: Readonly<Record<string, string>>, granted: object): string[] {
  const given = granted as Readonly<Record<string, string | undefined>>;
  return Object.entries(wanted)
    .filter(([name, level]) => LEVELS.indexOf(given[name]) < LEVELS.indexOf(level))
    .map(([name, level]) => `${name}: ${level}`);
}

function checkEvents({ default_events: needed }: AppManifest, app: Registration, settings: string): Finding {
  const check = 'events';
  const missing = needed.filter((event) => !app.events.includes(event));
  const excess = app.events.filter((event) => !needed.includes(event));
  const mend = `Set them at ${settings}/permissions, below “Subscribe to events”.`;
  if (missing.length > 0) return wrong(check, `The App is not told of ${missing.join(', ')}.`, mend);
  if (excess.length > 0) return note(check, `The App is told of more than it needs: ${excess.join(', ')}.`, mend);
  return ok(check, `The App is told of ${needed.join(', ')}.`);
}

interface HookConfiguration {
  readonly url?: string;
  readonly content_type?: string;
  readonly secret?: string;
  readonly insecure_ssl?: string | number;
}

function checkWebhook(hook: HookConfiguration, settings: string): Finding[] {
  const check = 'webhook';
  const { url = '', content_type: contentType, secret, insecure_ssl: insecure = '0' } = hook;
  if (!URL.canParse(url)) return [wrong(check, 'The App has no webhook URL.', `Set it, and “Active”, at ${settings}.`)];
  const problems: Finding[] = [];
  const { protocol, pathname } = new URL(url);
  if (!pathname.endsWith(WEBHOOK_PATH)) {
    problems.push(wrong(check, `The URL is ${url}.`, `Let its path be ${WEBHOOK_PATH}, at ${settings}.`));
  }
  if (contentType !== 'json') {
    const text = `The content type is ${contentType ?? 'not set'}; the App takes JSON only.`;
    problems.push(wrong(check, text, `Create the App anew, or PATCH /app/hook/config with content_type "json".`));
  }
  if (!secret) problems.push(wrong(check, 'There is no secret.', `Set WEBHOOK_SECRET’s value at ${settings}.`));
  if (protocol !== 'https:')
    problems.push(note(check, `${url} is not encrypted on its way.`, `Use https, at ${settings}.`));
  else if (String(insecure) !== '0') {
    problems.push(note(check, 'GitHub does not verify the certificate.', `Enable SSL verification at ${settings}.`));
  }
  return problems.length > 0 ? problems : [ok(check, `GitHub sends JSON, signed, to ${url}.`)];
}

function checkDeliveries(deliveries: readonly HookDelivery[], settings: string): Finding {
  const check = 'deliveries';
  const recent = [...deliveries].sort((a, b) => Date.parse(b.delivered_at) - Date.parse(a.delivered_at));
  const failed = recent.filter((delivery) => !isDelivered(delivery));
  const [newest] = recent;
  if (newest === undefined) return note(check, 'GitHub has not sent anything in the last days.');
  if (failed.length === 0) return ok(check, `The last ${recent.length} arrived.`);
  const [lastFailed] = failed;
  const reason = `${lastFailed?.event ?? ''} at ${lastFailed?.delivered_at ?? ''} ended with ${describeAnswer(lastFailed)}`;
  const text = `Of the last ${recent.length}, ${failed.length} did not arrive: ${reason}.`;
  if (isDelivered(newest)) return note(check, `${text} The newest did arrive.`);
  return wrong(check, text, mendDelivery(newest.status_code, settings));
}

function isDelivered({ status_code: code }: HookDelivery): boolean {
  return code >= 200 && code < 400;
}

function describeAnswer(delivery: HookDelivery | undefined): string {
  const { status = '', status_code: code = 0 } = delivery ?? {};
  return code === 0 ? `“${status}”` : `${code} (${status})`;
}

/** By what the App's own server answers, and proxies do. */
function mendDelivery(code: number, settings: string): string {
  switch (code) {
    case 400:
      return `The signature does not match: set the value of WEBHOOK_SECRET anew at ${settings}.`;
    case 401:
    case 403:
      return 'Something in front of the App asks for a login: let GitHub’s requests through.';
    case 404:
    case 405:
      return `Let the proxy pass ${WEBHOOK_PATH} on unchanged.`;
    case 413:
      return 'Let the proxy take bodies of 25 MB.';
    default:
      return `See whether the App runs, and whether GitHub can reach it; ${settings}/advanced shows each attempt.`;
  }
}

/** Looks whether the App answers at its public address, asked from here. Another path than the webhooks' may well be closed. */
async function checkReachability({ url = '' }: HookConfiguration, deliveries: FindingState): Promise<Finding[]> {
  const check = 'reachability';
  if (!URL.canParse(url)) return [];
  const problem = await askApp(url);
  if (problem === null) return [ok(check, `The App answers at ${url}, asked from here.`)];
  const text = `${url} ${problem}, asked from here.`;
  // Whatever lies between here and there, GitHub gets through.
  if (deliveries === 'ok') return [note(check, `${text} GitHub’s deliveries arrive.`)];
  return [wrong(check, text, 'Start the App, and let DNS, the proxy, its certificate and the firewall lead there.')];
}

/** Null where the App itself answers. It does so to GET too, with a no. */
async function askApp(url: string): Promise<string | null> {
  try {
    const answer = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    if (answer.status === 405 && (await answer.text()).startsWith(POSTS_ONLY)) return null;
    await answer.body?.cancel();
    return `answers with ${answer.status}, and not as the App does`;
  } catch (error) {
    return `does not answer${detailOf(error)}`;
  }
}

function checkInstallations(
  installations: readonly Installation[],
  manifest: AppManifest,
  app: Registration,
): readonly Finding[] {
  const check = 'installations';
  if (installations.length === 0) {
    return [wrong(check, 'The App is installed nowhere.', `Install it at ${app.html_url}/installations/new.`)];
  }
  return installations.map((installation) => checkInstallation(check, installation, manifest, app));
}

/** What the App itself lacks is said once, above; here it is about what the App asks for and the installation has not granted. */
function checkInstallation(
  check: string,
  installation: Installation,
  { default_permissions: needed, default_events: events }: AppManifest,
  app: Registration,
): Finding {
  const { permissions, suspended_at: suspendedAt, html_url: url, repository_selection: selection } = installation;
  const name = nameOf(installation.account);
  if (suspendedAt) return wrong(check, `${name} has suspended the App.`, `An owner can lift that at ${url}.`);
  const own = new Set(lacking(needed, app.permissions));
  const missing = [
    ...lacking(needed, permissions).filter((permission) => !own.has(permission)),
    ...events.filter((event) => app.events.includes(event) && !installation.events.includes(event)),
  ];
  if (missing.length > 0) {
    const mend = `An owner of ${name} accepts the App’s new permissions at ${url}.`;
    return wrong(check, `${name} has not granted ${missing.join(', ')}.`, mend);
  }
  return ok(check, `${name} has granted all, for ${selection === 'all' ? 'all' : 'selected'} repositories.`);
}

function ok(check: string, text: string): Finding {
  return { check, state: 'ok', text, mend: null };
}

function note(check: string, text: string, mend: string | null = null): Finding {
  return { check, state: 'note', text, mend };
}

function wrong(check: string, text: string, mend: string): Finding {
  return { check, state: 'wrong', text, mend };
}

/** Of a person or organisation the login, of an enterprise the slug. */
function nameOf(account: { readonly login?: string; readonly slug?: string } | null): string {
  return account?.login ?? account?.slug ?? 'nobody';
}

function settingsUrl(app: Registration, { apiUrl }: AppConfiguration): string {
  const own =
    'type' in app.owner
      ? app.owner.type === 'Organization'
        ? `organizations/${app.owner.login}/`
        : ''
      : `enterprises/${nameOf(app.owner)}/`;
  return `${webUrlOf(apiUrl)}/${own}settings/apps/${app.slug ?? ''}`;
}

/** Null where there was no answer at all, for which Octokit makes up a status. */
function answeredStatus(error: unknown): number | null {
  return error instanceof Error && 'response' in error && error.response !== undefined ? statusOf(error) : null;
}

function dateOf(error: unknown): string | undefined {
  const { response } = error as { readonly response?: { readonly headers?: { readonly date?: string } } };
  return response?.headers?.date;
}

/** The system's name for why there was no answer, in brackets. */
function detailOf(error: unknown): string {
  for (let each: unknown = error; each instanceof Error; each = each.cause) {
    if ('code' in each && typeof each.code === 'string') return ` (${each.code})`;
    if (each.name === 'TimeoutError') return ' (no answer in time)';
  }
  return '';
}
