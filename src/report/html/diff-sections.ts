import { CATALOGUE } from '../../diagnostic/catalogue.js';
import type { Diagnostic } from '../../diagnostic/diagnostic.js';
import type { ChangeAnalysis, ContractBreach, EndpointTables, ProxyLoad } from '../../reachability/change.js';
import type { Rejection } from '../../reachability/egress-reachability.js';
import type { Fix } from '../../reachability/fix.js';
import { breachAge, breachCalls, contractName, sortBreaches } from '../breaches.js';
import { joinedCauses } from '../cause-groups.js';
import type { SourceLinks } from '../change-table.js';
import { groupDiagnostics, splitDiagnostics } from '../diagnostic-list.js';
import { NEVER_LIVE } from '../diagnostic-text.js';
import { docLink } from '../doc-links.js';
import { endpointCounts, groupEndpointTables, renderEndpointDiff } from '../endpoint-diff.js';
import { exemptionLines } from '../exemptions.js';
import { fixEffect, noPatchText, patchLines } from '../fixes.js';
import { ledgerLines, type LedgerSubject } from '../ledger.js';
import { countChange, loadTitle } from '../proxy-load.js';
import { knownLine, nearly, placeName, type Place } from '../place.js';
import { cutText, visibleText } from '../visible-text.js';
import { count, workloadName } from '../workload-name.js';
import { html, type Html } from './markup.js';
import type { Section } from './page.js';

const MAX_ROWS = 500;
const MAX_LINES = 400;
const MAX_NAMES = 20;
/** In all rows of a table together, beside a few in each. */
const MAX_NAMES_OF_ALL = 5_000;
const MAX_OF_ONE_CODE = 100;
const MAX_TEXT = 2_000;

/** A part of the page, or none where it has nothing to say. */
function section(id: string, title: string, isEmpty: boolean, content: () => Html): readonly Section[] {
  return isEmpty ? [] : [{ id, title, content: content() }];
}

/** What stands beside the findings, for what decides first. */
export function sectionsBesideFindings(analysis: ChangeAnalysis, links: SourceLinks): readonly Section[] {
  const { fixes = [], rejected, proxyLoads = [], endpointTables, workloads, renamed = [] } = analysis;
  const breaches = sortBreaches(analysis);
  const exemptions = exemptionLines(analysis);
  const { ofChange, ofManifests } = splitDiagnostics(analysis.diagnostics);
  const tables = groupEndpointTables(endpointTables);
  const isSame = workloads.added.length + workloads.removed.length + renamed.length === 0;
  return [
    ...section('contracts', 'Contracts', breaches.length === 0, () => {
      return firstRows(breaches, (each) => breachItem(each, links));
    }),
    ...remarkSection(ofChange, links, ABOUT_CHANGE),
    ...refusedSection(rejected, links),
    ...section('fixes', 'How to mend it', fixes.length === 0, () => list(fixes, fixItem)),
    ...section('exemptions', 'Waived or accepted', exemptions.length === 0, () =>
      firstRows(exemptions, (line) => html`${line}`),
    ),
    ...section('proxies', 'What proxies have to know', proxyLoads.length === 0, () => loadTable(analysis, proxyLoads)),
    ...section('endpoints', 'Endpoints that proxies know', tables.length === 0, () => {
      return html`${tables.map((group) => endpointDiff(group.workloads.map(workloadName), group.tables))}`;
    }),
    ...section('workloads', 'Workloads that come, go or are renamed', isSame, () => arrivals(analysis)),
    ...remarkSection(ofManifests, links, ABOUT_MANIFESTS),
    ledgerSection(analysis),
  ];
}

export function refusedSection(rejected: readonly Rejection[], links: SourceLinks): readonly Section[] {
  return section('refused', 'Refused by the cluster', rejected.length === 0, () => {
    return html`<p>${NEVER_LIVE}</p>
      ${firstRows(rejected, ({ kind, namespace, name, message, ...at }) => {
        return html`<code>${text(`${kind} ${namespace}/${name}`)}</code> ${placeMarkup(at, links)}: ${text(message)}`;
      })}`;
  });
}

export const ABOUT_MANIFESTS = { id: 'remarks', title: 'Remarks on the manifests' } as const;
const ABOUT_CHANGE = { id: 'change-remarks', title: 'About the change itself' } as const;

export function remarkSection(
  diagnostics: readonly Diagnostic[],
  links: SourceLinks,
  { id, title }: Pick<Section, 'id' | 'title'>,
): readonly Section[] {
  const groups = groupDiagnostics(diagnostics);
  return section(id, title, groups.length === 0, () => {
    return html`${groups.map(({ code, severity, diagnostics: all }) => {
      const { meaning, advice } = CATALOGUE[code];
      const left = all.length - MAX_OF_ONE_CODE;
      return html`<h3>
          <a href="${docLink('diagnostics', code)}" rel="noreferrer"><code>${code}</code></a>
          <span class="soft">${severity}</span>
        </h3>
        <p>${meaning} ${advice}</p>
        ${list(all.slice(0, MAX_OF_ONE_CODE), (diagnostic) => diagnosticItem(diagnostic, links))}
        ${left > 0 ? html`<p class="soft">and ${String(left)} more</p>` : []}`;
    })}`;
  });
}

function diagnosticItem(diagnostic: Diagnostic, links: SourceLinks): Html {
  const { path, message } = diagnostic;
  return path === null
    ? html`${text(message)}`
    : html`${placeMarkup({ ...diagnostic, path }, links)}: ${text(message)}`;
}

export function ledgerSection(subject: LedgerSubject): Section {
  const lines = ledgerLines(subject, { color: false, width: Infinity, isVerbose: true });
  const content = list(lines.slice(0, MAX_ROWS), (line) => html`${cutText(line.trim(), 20_000)}`);
  return { id: 'ledger', title: 'What the answer rests on', content };
}

function breachItem(breach: ContractBreach, links: SourceLinks): Html {
  const { reason, before, after, causes } = breach;
  return html`<strong>${breachAge(breach)}</strong>: <code>${text(contractName(breach))}</code> (${before} → ${after})
    <br />${text(reason)}<br />${text(breachCalls(breach, MAX_NAMES))}
    ${joinedCauses(causes).map(({ cause, joint }) => {
      return html`<br />${joint}${placeMarkup(cause, links, cause.side)} ${text(cause.explanation)}`;
    })}`;
}

function fixItem(fix: Fix): Html {
  const { summary, patches, whyNoPatches } = fix;
  return html`<strong>${text(summary)}</strong> <span class="soft">${text(fixEffect(fix))}</span> ${
      whyNoPatches === undefined ? [] : html`<p>${text(noPatchText(fix))}</p>`
    }
    ${(patches ?? []).map((patch) => {
      return html`<p><code>${text(`${patch.path}:${patch.startLine}`)}</code></p>
        ${diffBlock(patchLines(patch).slice(0, MAX_LINES).map(visibleText))}`;
    })}`;
}

function loadTable(analysis: ChangeAnalysis, loads: readonly ProxyLoad[]): Html {
  const shown = loads.slice(0, MAX_ROWS);
  const most = Math.min(MAX_ROWS, Math.max(MAX_NAMES, Math.floor(MAX_NAMES_OF_ALL / shown.length)));
  return html`<p>What one proxy of these workloads has to know, before and after: ${loadTitle(analysis) ?? ''}.</p>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">one proxy of</th>
            <th scope="col">clusters</th>
            <th scope="col">endpoints</th>
          </tr>
        </thead>
        <tbody>
          ${shown.map(({ workloads, before, after, meshes = [] }) => {
            const where = meshes.length === 0 ? '' : ` in ${text(meshes.join(', '))}`;
            return html`<tr>
              <th scope="row">${nameDetails(workloads.map(workloadName), most)}${where}</th>
              <td>${countChange(before.clusters, after.clusters)}</td>
              <td>${countChange(before.endpoints, after.endpoints)}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </div>
    ${moreRows(loads.length - MAX_ROWS)}`;
}

function firstRows<T>(items: readonly T[], show: (item: T) => Html): Html {
  return html`${list(items.slice(0, MAX_ROWS), show)}${moreRows(items.length - MAX_ROWS)}`;
}

function moreRows(left: number): readonly Html[] {
  return left > 0 ? [html`<p class="soft">and ${count(left, 'further row')}</p>`] : [];
}

function nameDetails(names: readonly string[], most = MAX_ROWS): Html {
  const [first = '', ...others] = names.slice(0, most).map((name) => html`<code>${text(name)}</code>`);
  if (others.length === 0) return html`${first}`;
  const left = names.length - most;
  return html`<details>
    <summary>${first} and ${count(names.length - 1, 'other')}</summary>
    ${others.map((name) => html`${name}<br />`)}${left > 0 ? `and ${left} more` : ''}
  </details>`;
}

function endpointDiff(names: readonly string[], tables: EndpointTables): Html {
  return html`<h3>${nameDetails(names)}</h3>
    <p>${endpointCounts(tables)}</p>
    ${diffBlock(renderEndpointDiff(tables, MAX_LINES))}`;
}

function diffBlock(lines: readonly string[]): Html {
  const marked = lines.map((line) => {
    const end = '\n';
    if (line.startsWith('-')) return html`<span class="minus">${line}</span>${end}`;
    return line.startsWith('+') ? html`<span class="plus">${line}</span>${end}` : html`${line}${end}`;
  });
  return html`<pre tabindex="0">${marked}</pre>`;
}

function arrivals({ workloads: { added, removed }, renamed = [] }: ChangeAnalysis): Html {
  const part = (title: string, names: readonly string[]): readonly Html[] => {
    if (names.length === 0) return [];
    const left = names.length - MAX_ROWS;
    return [
      html`<h3>${title}</h3>
        ${list(names.slice(0, MAX_ROWS), (name) => html`<code>${text(name)}</code>`)}
        ${left > 0 ? html`<p class="soft">and ${String(left)} more</p>` : []}`,
    ];
  };
  return html`${[
    ...part('Added', added.map(workloadName)),
    ...part('Removed', removed.map(workloadName)),
    ...part(
      'Renamed',
      renamed.map(({ before, after }) => `${workloadName(before)} → ${workloadName(after)}`),
    ),
  ]}`;
}

function placeMarkup(place: Place, links: SourceLinks, side: 'before' | 'after' = 'after'): Html {
  const name = html`${nearly(place)}<code>${text(placeName(place))}</code>`;
  const href = links.blob(place.path, knownLine(place) ?? 1, side);
  return href === null || !/^https?:\/\//.test(href) ? name : html`<a href="${href}" rel="noreferrer">${name}</a>`;
}

function list<T>(items: readonly T[], show: (item: T) => Html): Html {
  return html`<ul class="list">
    ${items.map((item) => html`<li>${show(item)}</li>`)}
  </ul>`;
}

function text(value: string): string {
  return cutText(visibleText(value), MAX_TEXT);
}
