import { meshOptions, type NamedMesh } from '../analyze-meshes.js';
import { listWorkloads, type MeshInput } from '../analyze-change.js';
import type { WorkloadRef } from '../reachability/egress-reachability.js';
import { workloadName } from '../report/workload-name.js';
import { UsageError } from './exit-codes.js';
import type { ReadMeshes } from './read-mesh.js';
import { selectWorkload } from './select-workload.js';

/** The workload that somebody names, and the one mesh that has it.
 *
 * @throws UsageError where no mesh has it, or several do. */
export function selectInMeshes(
  name: string,
  read: ReadMeshes,
): { readonly input: MeshInput; readonly workload: WorkloadRef } {
  const listed = read.meshes.map(({ name: meshName, ...mesh }) => {
    const input = inputOf(mesh, read);
    return { meshName, input, workloads: new Map(listWorkloads(input).map((each) => [workloadName(each), each])) };
  });
  const everywhere = new Map(listed.flatMap(({ workloads }) => [...workloads]));
  const workload = selectWorkload(name, [...everywhere.values()]);
  const having = listed.filter(({ workloads }) => workloads.has(workloadName(workload)));
  const [found] = having;
  if (!found || having.length > 1) {
    const names = having.map(({ meshName }) => meshName).join(', ');
    throw new UsageError(`${name} is in several meshes: choose one of ${names} with --mesh`);
  }
  return { input: found.input, workload };
}

/** One of the meshes, with what holds for it. */
export function inputOf(
  mesh: Omit<NamedMesh, 'name'>,
  { options, snapshot }: Pick<ReadMeshes, 'options' | 'snapshot'>,
): MeshInput {
  return { manifests: mesh.manifests, mesh: meshOptions(options, mesh), ...(snapshot ? { snapshot } : {}) };
}

/** The mesh, where nothing tells one from another.
 *
 * @throws UsageError where there are several. */
export function inputOfOnlyMesh(read: ReadMeshes): MeshInput {
  const { meshes } = read;
  const [only, ...others] = meshes;
  if (!only) throw new UsageError('no manifests were found');
  if (others.length > 0) {
    const names = meshes.map(({ name }) => name).join(', ');
    throw new UsageError(`there are several meshes: choose one of ${names} with --mesh`);
  }
  return inputOf(only, read);
}

/** @throws UsageError where a mesh is asked for that none of the trees has. */
export function refuseUnknownMesh(asked: string | undefined, found: readonly string[], known: readonly string[]): void {
  if (asked === undefined || found.length > 0) return;
  const names = [...new Set(known)].sort().join(', ');
  throw new UsageError(`There is no mesh ${asked}${names === '' ? '' : `; there is ${names}`}.`);
}
