import type { MeshReach } from '../../reachability/egress-reachability.js';
import { reachTextParts } from '../reach-text.js';
import { cutParts, visibleText } from '../visible-text.js';
import { count, workloadName } from '../workload-name.js';
import { ABOUT_MANIFESTS, ledgerSection, refusedSection, remarkSection } from './diff-sections.js';
import { explorerSections, filterForm } from './explorer.js';
import { html } from './markup.js';
import { renderPage, type Section } from './page.js';
import { reachData } from './reach-data.js';

const NO_LINKS = { blob: () => null };
const MAX_PLAIN_TEXT = 100_000;
const MAX_GATEWAYS = 500;

/** What every workload of one tree reaches, as one page that is one file; see `renderHtml`. */
export function renderReachHtml(reach: MeshReach): string {
  const data = reachData(reach);
  const workloads = count(data.workloads.length, 'workload');
  return renderPage({
    title: `What ${workloads} can reach, by Istio ${visibleText(reach.istioVersion)}`,
    lead: html``,
    tools: data.findings.length === 0 ? html`` : filterForm([]),
    sections: [
      ...(data.findings.length === 0
        ? []
        : explorerSections({ findings: 'Calls', matrix: 'Who can call whom, and how that ends.', hasSides: false })),
      ...gatewaySection(reach),
      ...refusedSection(reach.rejected, NO_LINKS),
      ...remarkSection(reach.diagnostics, NO_LINKS, ABOUT_MANIFESTS),
      ledgerSection({ ledger: reach.ledger, istioVersion: null }),
    ],
    data,
    plainText: cutParts(reachTextParts(reach, { color: false, width: 100 }), MAX_PLAIN_TEXT),
  });
}

function gatewaySection({ gateways }: MeshReach): readonly Section[] {
  if (gateways.length === 0) return [];
  const names = gateways.slice(0, MAX_GATEWAYS).map((gateway) => {
    return html`<li><code>${visibleText(workloadName(gateway))}</code></li>`;
  });
  const content = html`<p>They are not judged: a Sidecar does not govern them.</p>
    <ul class="list">
      ${names}
    </ul>`;
  return [{ id: 'gateways', title: 'Gateways', content }];
}
