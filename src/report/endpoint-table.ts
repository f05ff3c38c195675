import type { EndpointRow } from '../reachability/egress-reachability.js';
import { visibleText } from './visible-text.js';

/** The column widths of `istioctl proxy-config endpoint`, in characters; the last column is as wide as it must be. */
const WIDTHS = [56, 12, 18] as const;

const ENDPOINT_TABLE_HEADER = formatRow(['ENDPOINT', 'STATUS', 'OUTLIER CHECK', 'CLUSTER']);

/** One line of the table. */
function endpointLine(row: EndpointRow): string {
  return formatRow([row.endpoint, row.status, row.outlierCheck, row.cluster]);
}

/** The table as `istioctl proxy-config endpoint` prints it: a header, then the rows in the order given. Ends with a newline. */
export function renderEndpointTable(rows: readonly EndpointRow[]): string {
  return `${[ENDPOINT_TABLE_HEADER, ...rows.map(endpointLine)].join('\n')}\n`;
}

function formatRow(cells: readonly string[]): string {
  return cells
    .map((cell, index) => {
      const shown = visibleText(cell);
      const width = WIDTHS[index];
      if (width === undefined) return shown;
      return shown.length < width ? shown.padEnd(width) : `${shown} `;
    })
    .join('');
}
