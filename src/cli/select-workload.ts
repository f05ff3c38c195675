import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { workloadName } from '../report/workload-name.js';
import { UsageError } from './exit-codes.js';
import { editDistance } from '../kubernetes/closest-name.js';

const MAX_CANDIDATES = 20;

/** The workload that `namespace/Kind/name` or `namespace/name` names. A kind may be written in any case.
 *
 * @throws UsageError with the candidates, when none or several fit. */
export function selectWorkload(text: string, workloads: readonly WorkloadRef[]): WorkloadRef {
  const parts = text.split('/');
  const [namespace, kind, name] = parts.length === 2 ? [parts[0], undefined, parts[1]] : parts;
  const isWritten = (parts.length === 2 || parts.length === 3) && parts.every((part) => part !== '');
  const fitting = isWritten
    ? workloads.filter(
        (workload) =>
          workload.namespace === namespace &&
          workload.name === name &&
          (kind === undefined || workload.kind.toLowerCase() === kind.toLowerCase()),
      )
    : [];
  const [first, ...others] = fitting;
  if (first === undefined) throw new UsageError(unknownWorkload(text, isWritten, workloads));
  if (others.length > 0) throw new UsageError(`several workloads are called ${text}; name the kind:${list(fitting)}`);
  return first;
}

function unknownWorkload(text: string, isWritten: boolean, workloads: readonly WorkloadRef[]): string {
  if (workloads.length === 0) return `there is no workload ${text}: the manifests hold no workloads`;
  const what = isWritten
    ? `there is no workload ${text}`
    : `${text} is not of the form namespace/Kind/name or namespace/name`;
  const name = text.split('/').at(-1) ?? text;
  const close = workloads.filter((workload) => isClose(name, workload.name));
  return close.length > 0 ? `${what}; there is:${list(close)}` : `${what}; the workloads are:${list(workloads)}`;
}

function list(workloads: readonly WorkloadRef[]): string {
  const shown = workloads.slice(0, MAX_CANDIDATES).map((workload) => `\n  ${workloadName(workload)}`);
  const left = workloads.length - shown.length;
  return shown.join('') + (left > 0 ? `\n  … ${left} more` : '');
}

function isClose(wanted: string, name: string): boolean {
  if (wanted === '') return false;
  return name === wanted || name.startsWith(wanted) || wanted.startsWith(name) || editDistance(wanted, name) <= 2;
}
