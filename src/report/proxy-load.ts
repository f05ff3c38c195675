import type { ChangeAnalysis, ProxyLoad } from '../reachability/change.js';
import { codeSpan } from './escape-markdown.js';
import { wrapText, type TextOptions } from './text-style.js';
import { visibleText } from './visible-text.js';
import { count, workloadName } from './workload-name.js';

const MAX_ROWS = 5;
const MAX_NAMES = 3;

type Loads = Pick<ChangeAnalysis, 'proxyLoads'>;

/** `less for 12 workloads, more for 1 workload`; null where no proxy has more or less to know. */
export function loadTitle({ proxyLoads = [] }: Loads): string | null {
  if (proxyLoads.length === 0) return null;
  const less = proxies(proxyLoads.filter(({ before, after }) => weight(after) < weight(before)));
  const more = proxies(proxyLoads.filter(({ before, after }) => weight(after) > weight(before)));
  const same = proxies(proxyLoads) - less - more;
  return [
    ...(less > 0 ? [`less for ${count(less, 'workload')}`] : []),
    ...(more > 0 ? [`more for ${count(more, 'workload')}`] : []),
    ...(same > 0 ? [`something else for ${count(same, 'workload')}`] : []),
  ].join(', ');
}

/** In Markdown: what one proxy of each group has to know, those that together change most first. Empty where none changes. */
export function loadTable(analysis: Loads): string {
  const title = loadTitle(analysis);
  if (title === null) return '';
  const { proxyLoads = [] } = analysis;
  const rows = proxyLoads.slice(0, MAX_ROWS).map((load) => {
    const { workloads, meshes = [], before, after } = load;
    const mesh =
      meshes.length === 0
        ? ''
        : ` in ${meshes
            .slice(0, MAX_NAMES)
            .map((name) => codeSpan(name))
            .join(', ')}`;
    const names = workloadList(workloads, (name) => codeSpan(name));
    return `| ${names}${mesh} | ${countChange(before.clusters, after.clusters)} | ${countChange(before.endpoints, after.endpoints)} |`;
  });
  const left = proxies(proxyLoads) - proxies(proxyLoads.slice(0, MAX_ROWS));
  return [
    `**What proxies have to know**: ${title}.`,
    '',
    '| one proxy of | clusters | endpoints |',
    '|---|---|---|',
    ...rows,
    ...(left > 0 ? ['', `and ${count(left, 'further workload')}`] : []),
  ].join('\n');
}

/** The same for a terminal. */
export function loadLines(analysis: Loads, { width, isVerbose = false }: TextOptions): readonly string[] {
  const title = loadTitle(analysis);
  if (title === null) return [];
  const { proxyLoads = [] } = analysis;
  const shown = isVerbose ? proxyLoads : proxyLoads.slice(0, MAX_ROWS);
  const left = proxies(proxyLoads) - proxies(shown);
  return [
    wrapText(`What proxies have to know: ${title}.`, width),
    ...shown.map(({ workloads, meshes = [], before, after }) => {
      const names = isVerbose ? workloads.map(workloadName).join(', ') : workloadList(workloads, (name) => name);
      const mesh = meshes.length === 0 ? '' : ` in ${meshes.join(', ')}`;
      const counts = `clusters ${countChange(before.clusters, after.clusters)}, endpoints ${countChange(before.endpoints, after.endpoints)}`;
      return `  ${wrapText(visibleText(`${names}${mesh}: ${counts}`), width - 2, '    ')}`;
    }),
    ...(left > 0 ? [`  … ${count(left, 'further workload')}`] : []),
  ];
}

function workloadList(workloads: ProxyLoad['workloads'], show: (name: string) => string): string {
  const left = workloads.length - MAX_NAMES;
  const names = workloads.slice(0, MAX_NAMES).map((workload) => show(workloadName(workload)));
  return `${names.join(', ')}${left > 0 ? ` and ${count(left, 'other')}` : ''}`;
}

/** `21 → 11 (−48 %)` */
export function countChange(before: number, after: number): string {
  if (before === after) return String(before);
  const percent = before === 0 ? 0 : Math.round(((after - before) / before) * 100);
  const sign = percent < 0 ? '−' : '+';
  return `${before} → ${after}${percent === 0 ? '' : ` (${sign}${Math.abs(percent)} %)`}`;
}

function weight({ clusters, endpoints }: ProxyLoad['before']): number {
  return clusters + endpoints;
}

function proxies(loads: readonly ProxyLoad[]): number {
  return loads.reduce((sum, { workloads }) => sum + workloads.length, 0);
}
