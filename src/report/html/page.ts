import { EMBEDDED } from '../embedded.js';
import { html, jsonForScript, raw, type Html } from './markup.js';
import type { ReportData } from './report-data.js';

/** A part of a page with a heading, for the list of parts at its top. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly content: Html;
  /** Whether it is empty without the page's script. */
  readonly needsScript?: boolean;
}

export interface Page {
  /** Plain text, for the window and the heading. */
  readonly title: string;
  readonly lead: Html;
  /** What stands above the parts and works on them. */
  readonly tools: Html;
  readonly sections: readonly Section[];
  readonly data: ReportData;
  /** The whole answer as text, for where no script runs. */
  readonly plainText: string;
}

/** What a page may do: run its own script, and look like its own style. It loads nothing and sends nothing. Names cannot become
 * markup by the script either, which is kept from parsing any. */
const POLICY = [
  "default-src 'none'",
  `script-src '${EMBEDDED.scriptHash}'`,
  `style-src '${EMBEDDED.styleHash}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

// Their hashes are of these texts alone, so that nothing else may stand in the elements.
const STYLE = raw(`<style>${EMBEDDED.style}</style>`);
const SCRIPT = raw(`<script>${EMBEDDED.script}</script>`);

/** A page that is one file. */
export function renderPage({ title, lead, tools, sections, data, plainText }: Page): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        ${STYLE}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="top">
          <p class="product">egress-scope ${EMBEDDED.version}</p>
          <label class="theme needs-script" hidden>
            Theme
            <select id="theme">
              <option value="system">System</option>
              <option value="light">Light</option>
              <option value="dark">Dark</option>
            </select>
          </label>
        </header>
        <main id="main" tabindex="-1">
          <h1>${title}</h1>
          ${lead}
          <noscript>
            <p>Without scripts, this is the answer as text; filters and the matrix need them.</p>
            <pre>${plainText}</pre>
          </noscript>
          <nav aria-label="Parts of this report">
            <ul>
              ${sections.map(({ id, title: name, needsScript }) => navigationItem(id, name, needsScript === true))}
            </ul>
          </nav>
          ${tools} ${sections.map(sectionMarkup)}
        </main>
        <script type="application/json" id="report-data">
          ${jsonForScript(data)}
        </script>
        ${SCRIPT}
      </body>
    </html> `.text;
}

function navigationItem(id: string, title: string, needsScript: boolean): Html {
  const link = html`<a href="#${id}">${title}</a>`;
  return needsScript ? html`<li class="needs-script" hidden>${link}</li>` : html`<li>${link}</li>`;
}

function sectionMarkup({ id, title, content, needsScript }: Section): Html {
  const inner = html`<h2 id="${id}-title">${title}</h2>
    ${content}`;
  return needsScript
    ? html`<section id="${id}" aria-labelledby="${id}-title" class="needs-script" hidden>${inner}</section>`
    : html`<section id="${id}" aria-labelledby="${id}-title">${inner}</section>`;
}
