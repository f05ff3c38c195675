import { VERDICTS, type ComparedVerdict } from '../../reachability/verdict.js';
import { VERDICT_WORDS } from '../verdict-words.js';
import { verdictClass, VERDICT_MARKS } from '../verdict-marks.js';
import { html, type Html } from './markup.js';
import type { Section } from './page.js';

/** What the parts of a page that its script fills are called. */
export interface ExplorerWords {
  readonly findings: string;
  /** What the matrix shows, in a sentence. */
  readonly matrix: string;
  readonly hasSides: boolean;
}

/** The filter, for what is below it. */
export function filterForm(severities: readonly (readonly [value: string, name: string])[]): Html {
  const options = severities.map(([value, name]) => {
    return html`<label><input type="checkbox" name="severity" value="${value}" /> ${name}</label>`;
  });
  const fieldset = html`<fieldset>
    <legend>Severity</legend>
    <div class="options">${options}</div>
  </fieldset>`;
  return html`<form id="filter" class="filter needs-script" role="search" aria-label="Filter" hidden>
    <div class="field wide">
      <label for="search">Search workloads, hosts, files, owners</label>
      <input type="search" id="search" name="text" autocomplete="off" spellcheck="false" />
    </div>
    ${severities.length === 0 ? [] : fieldset}
    <div class="field">
      <label for="namespace">Namespace of the caller</label>
      <select id="namespace" name="namespace">
        <option value="">All</option>
      </select>
    </div>
    <div class="field">
      <label for="mesh">Mesh</label>
      <select id="mesh" name="mesh">
        <option value="">All</option>
      </select>
    </div>
    <button type="reset">Reset</button>
    <p class="status" id="shown" role="status"></p>
  </form>`;
}

export function explorerSections({ findings, matrix, hasSides }: ExplorerWords): readonly Section[] {
  return [
    {
      id: 'findings',
      title: findings,
      needsScript: true,
      content: html`<div id="finding-list"></div>`,
    },
    {
      id: 'matrix',
      title: 'Matrix',
      needsScript: true,
      content: html`<p>
          ${matrix} Rows that are alike are one row, and so are columns. Arrow keys move about, Enter tells more of a
          cell.
        </p>
        <div class="tools">${hasSides ? sideSwitch() : []}${legend(hasSides)}</div>
        <p id="matrix-empty" class="soft" hidden>Nothing fits the filter.</p>
        <div
          id="grid"
          class="grid"
          role="grid"
          aria-label="Calls by workload and destination"
          aria-readonly="true"
        ></div>
        <div id="selected" role="region" aria-label="Selected call" aria-live="polite" hidden></div>`,
    },
  ];
}

function sideSwitch(): Html {
  return html`<fieldset id="sides">
    <legend>Show what becomes of calls</legend>
    <div class="options">
      <label><input type="radio" name="side" value="before" /> before</label>
      <label><input type="radio" name="side" value="after" checked /> after</label>
    </div>
  </fieldset>`;
}

function legend(hasAbsent: boolean): Html {
  const verdicts: readonly ComparedVerdict[] = [...VERDICTS, ...(hasAbsent ? (['absent'] as const) : [])];
  return html`<ul class="legend" aria-label="Legend">
    ${verdicts.map((verdict) => {
      return html`<li>
        <span class="chip ${verdictClass(verdict)}" title="${VERDICT_WORDS[verdict]}"
          ><span aria-hidden="true">${VERDICT_MARKS[verdict]}</span> ${verdict}</span
        >
      </li>`;
    })}
  </ul>`;
}
