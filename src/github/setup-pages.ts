import { createHash } from 'node:crypto';
import { html, Html } from '../report/html/markup.js';
import type { AppManifest } from './app-manifest.js';

const STYLE = `
:root { color-scheme: light dark; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --page: #f6f8fa; --card: #fff;
  --accent: #0b5cad; --on-accent: #fff; --wrong: #b3261e; --right: #1a7f37; }
@media (prefers-color-scheme: dark) { :root { --text: #e6edf3; --soft: #9da7b3; --line: #3d444d; --page: #0d1117;
  --card: #151b23; --accent: #6cb0ff; --on-accent: #0d1117; --wrong: #ff8a80; --right: #5ad07a; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.55 system-ui, sans-serif; }
main { max-width: 44rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
.step { margin: 0; color: var(--soft); font-size: .875rem; }
h1 { margin: .125rem 0 1rem; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 0 0 .5rem; font-size: 1.0625rem; }
p { margin: 0 0 1rem; }
section, form.card { background: var(--card); border: 1px solid var(--line); border-radius: .625rem; padding: 1.25rem;
  margin: 0 0 1rem; }
section > :last-child, form > :last-child, li > :last-child { margin-bottom: 0; }
label { display: block; font-weight: 600; }
.hint { color: var(--soft); font-size: .875rem; margin: 0 0 .375rem; }
input[type=text] { width: 100%; padding: .5rem .625rem; font: inherit; color: inherit; background: var(--page);
  border: 1px solid var(--soft); border-radius: .375rem; }
::placeholder { color: var(--soft); opacity: 1; }
input[aria-invalid=true] { border-color: var(--wrong); }
.field { margin-bottom: 1.25rem; }
.problem { color: var(--wrong); font-weight: 600; margin: .375rem 0 0; }
button, a.button { display: inline-block; padding: .5rem 1rem; font: inherit; font-weight: 600; color: var(--on-accent);
  background: var(--accent); border: 0; border-radius: .375rem; cursor: pointer; text-decoration: none; }
a { color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code, pre { font: .875rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { margin: 0 0 1rem; padding: .75rem; background: var(--page); border: 1px solid var(--line); border-radius: .375rem;
  white-space: pre-wrap; }
table { width: 100%; border-collapse: collapse; margin: 0; }
th, td { padding: .375rem 1rem .375rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: .875rem; font-weight: 600; }
tbody th { font-weight: 400; }
dl { margin: 0; }
dt { font-weight: 600; }
dd { margin: 0 0 .75rem; overflow-wrap: anywhere; }
dd:last-child { margin: 0; }
ol { margin: 0; padding: 0; list-style: none; counter-reset: step; }
ol > li { counter-increment: step; background: var(--card); border: 1px solid var(--line); border-radius: .625rem;
  padding: 1.25rem; margin: 0 0 1rem; }
ol > li > h2::before { content: counter(step) ". "; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem 1.25rem; align-items: center; }
`;

/** The policy of every page: no script, nothing from elsewhere, forms to this server and to GitHub's pages at `webUrl`. */
export function contentSecurityPolicy(webUrl: string): string {
  const style = createHash('sha256').update(STYLE).digest('base64');
  return [
    "default-src 'none'",
    `style-src 'sha256-${style}'`,
    'img-src data:',
    `form-action 'self' ${new URL(webUrl).origin}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function page(title: string, step: string, body: Html): string {
  // The empty icon keeps browsers from asking for one.
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title} · egress-scope</title>
        <link rel="icon" href="data:," />
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body>
        <main>
          <p class="step">${step}</p>
          <h1>${title}</h1>
          ${body}
        </main>
      </body>
    </html> `.text;
}

/** What a person types, and what is wrong with it. */
export interface Answers {
  readonly address: string;
  readonly organization: string;
  readonly problems: { readonly address?: string; readonly organization?: string };
}

interface Field {
  readonly name: 'address' | 'organization';
  readonly label: string;
  readonly hint: Html;
  readonly placeholder: string;
  readonly mode: 'url' | 'text';
}

const FIELDS: readonly Field[] = [
  {
    name: 'address',
    label: 'Address of the App',
    hint: html`Where GitHub will reach it, with <code>https</code>. Its webhooks go to
      <code>/api/github/webhooks</code> there.`,
    placeholder: 'https://egress-scope.example.com',
    mode: 'url',
  },
  {
    name: 'organization',
    label: 'Organisation (optional)',
    hint: html`Who shall own the App. Left empty, it belongs to your own account.`,
    placeholder: 'octo-org',
    mode: 'text',
  },
];

/** The first page: where the App will run, and whose it is. */
export function formPage(state: string, answers: Answers): string {
  const isWrong = Object.keys(answers.problems).length > 0;
  const title = isWrong ? 'Please check what you typed' : 'Register the GitHub App';
  return page(
    title,
    'Step 1 of 3',
    html`<p>
        On GitHub you will see what the App is called and what it asks for, before it is made. Its key then comes
        straight to this machine.
      </p>
      <form class="card" method="get" action="/" novalidate>
        <input type="hidden" name="state" value="${state}" />
        ${FIELDS.map((field) => fieldMarkup(field, answers))}
        <button>Continue</button>
      </form>`,
  );
}

function fieldMarkup({ name, label, hint, placeholder, mode }: Field, answers: Answers): Html {
  const problem = answers.problems[name];
  const described = problem === undefined ? `${name}-hint` : `${name}-hint ${name}-problem`;
  const isFirstWrong = FIELDS.find((field) => answers.problems[field.name] !== undefined)?.name === name;
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <p class="hint" id="${name}-hint">${hint}</p>
    <input
      type="text"
      inputmode="${mode}"
      id="${name}"
      name="${name}"
      value="${answers[name]}"
      placeholder="${placeholder}"
      autocomplete="off"
      autocapitalize="off"
      spellcheck="false"
      aria-describedby="${described}"
      ${[...(problem === undefined ? [] : [html` aria-invalid="true"`]), ...(isFirstWrong ? [html` autofocus`] : [])]}
    />
    ${problem === undefined ? [] : html`<p class="problem" id="${name}-problem" role="alert">${problem}</p>`}
  </div> `;
}

/** The second page: what GitHub will be asked for, and the form that goes there. `back` leads to the first page, filled in. */
export function reviewPage(manifest: AppManifest, createUrl: string, back: string): string {
  const permissions = Object.entries(manifest.default_permissions).map(
    ([name, access]) =>
      html`<tr>
        <th scope="row"><code>${name}</code></th>
        <td>${access}</td>
      </tr> `,
  );
  return page(
    'Create it on GitHub',
    'Step 2 of 3',
    html`<p>This is what the App will be. On GitHub you can still change its name, which has to be unique there.</p>
      <section>
        <h2>Settings</h2>
        <dl>
          <dt>Created at</dt>
          <dd><code>${new URL(createUrl).origin + new URL(createUrl).pathname}</code></dd>
          <dt>Webhook</dt>
          <dd><code>${manifest.hook_attributes.url}</code></dd>
          <dt>Events</dt>
          <dd>
            ${manifest.default_events.map((event, index) => html`${index === 0 ? '' : ', '}<code>${event}</code>`)}
          </dd>
        </dl>
      </section>
      <section>
        <h2>Repository permissions</h2>
        <table>
          <thead>
            <tr>
              <th scope="col">permission</th>
              <th scope="col">access</th>
            </tr>
          </thead>
          <tbody>
            ${permissions}
          </tbody>
        </table>
      </section>
      <form class="actions" method="post" action="${createUrl}">
        <input type="hidden" name="manifest" value="${JSON.stringify(manifest)}" />
        <button>Create the App on GitHub</button>
        <a href="${back}">Change the address</a>
      </form>`,
  );
}

/** What is to be done once the App is registered. */
export interface NextSteps {
  readonly name: string;
  readonly installUrl: string;
  readonly envFile: string;
  /** Set where GitHub gave no webhook secret: the page to set one on. */
  readonly secretUrl: string | null;
  readonly start: string;
  readonly check: string;
}

/** The last page. It names the file, never what is in it. */
export function donePage(steps: NextSteps): string {
  const { name, installUrl, envFile, secretUrl, start, check } = steps;
  return page(
    'The App is registered',
    'Step 3 of 3',
    html`<p>
        <strong>${name}</strong> exists on GitHub. Its number, private key and webhook secret are in this file, which
        only you can read:
      </p>
      <pre>${envFile}</pre>
      ${
        secretUrl === null
          ? []
          : html`<p class="problem">
              GitHub gave no webhook secret. Set one on <a href="${secretUrl}">the App’s settings page</a>, and add it
              to the file as <code>WEBHOOK_SECRET</code>.
            </p> `
      }
      <ol>
        <li>
          <h2>Start the App</h2>
          <p>At the address that you gave, behind a proxy that terminates TLS:</p>
          <pre>${start}</pre>
        </li>
        <li>
          <h2>Install it</h2>
          <p>Choose the repositories whose pull requests it shall judge.</p>
          <p><a class="button" href="${installUrl}">Install on GitHub</a></p>
        </li>
        <li>
          <h2>Check that all is right</h2>
          <p>Key, permissions, events, webhook and installations:</p>
          <pre>${check}</pre>
        </li>
      </ol>
      <p>This page is served no more: the setup has ended. The terminal shows the same.</p>`,
  );
}

/** A page that says why there is nothing else. `again` leads to the beginning, where there is a way. */
export function refusalPage(title: string, text: string, again: string | null): string {
  const link = again === null ? [] : html`<p><a class="button" href="${again}">Begin again</a></p>`;
  return page(
    title,
    'Setup',
    html`<section>
      <p>${text}</p>
      ${link}
    </section>`,
  );
}
