import { observedCalls } from '../../observed-calls.js';
import { editedFiles, patchFixes } from '../../patch-fixes.js';
import { recommendSidecar, type Recommendation, type RecommendTarget } from '../../recommend-sidecar.js';
import { renderRecommendJson, renderRecommendText, type RecommendOutcome } from '../../report/render-recommend.js';
import { stringifyYaml } from '../../snapshot/stringify-yaml.js';
import { EXIT_CODES, UsageError } from '../exit-codes.js';
import { noteSnapshot, readMeshes, type ReadMeshes } from '../read-mesh.js';
import { exitCodeOfReading } from '../read-result.js';
import type { CommonOptions } from '../read-settings.js';
import { inputOf, selectInMeshes } from '../select-mesh.js';
import type { Terminal } from '../terminal.js';

export interface RecommendOptions extends CommonOptions<'text' | 'json'> {
  readonly workload?: string;
  readonly namespace?: string;
  /** What is known to be needed is all that is needed. */
  readonly assumeComplete?: boolean;
}

/** `egress-scope recommend PATH… (--workload W | --namespace NAME)`: 0 where all that the workloads call is known; else 2, and no patch, unless
 * that is taken for all. */
export async function recommend(
  paths: readonly string[],
  options: RecommendOptions,
  terminal: Terminal,
): Promise<number> {
  const { workload, namespace } = options;
  if ((workload === undefined) === (namespace === undefined)) {
    throw new UsageError('name either a workload with --workload, or a namespace with --namespace');
  }
  const read = await readMeshes(paths, options, terminal, { wantsEvidence: true });
  const { input, target } = selectTarget(options, read);
  noteSnapshot(input, terminal);
  const { evidence, policy } = read;
  if (evidence) terminal.writeErr(`note: traffic evidence ${evidence.age}: ${evidence.coverage}\n`);
  const needed = evidence ? { needed: observedCalls(input, evidence) } : {};
  const result = recommendSidecar({ ...input, policy, target, ...needed });
  if (result.kind === 'refused') throw new UsageError(lowerFirst(result.reason));
  const { recommendation } = result;
  const isKnown = recommendation.unknown.length === 0 || options.assumeComplete === true;
  const outcome = isKnown ? outcomeOf(recommendation, read) : WITHHELD;
  terminal.writeOut(
    options.format === 'json'
      ? renderRecommendJson(recommendation, outcome)
      : renderRecommendText(recommendation, outcome),
  );
  const exitCode = exitCodeOfReading(read.meshes, input.snapshot?.objects.length ?? 0, terminal);
  return isKnown ? exitCode : EXIT_CODES.undetermined;
}

/** A Sidecar that cuts off what nobody has told of is no proposal: it might be applied. */
const WITHHELD: RecommendOutcome = {
  files: [],
  whyNoPatch: 'What the workloads call is not known. With --assume-complete, what is known is taken for all.',
  manifest: '',
};

/** @throws UsageError where none or several of the meshes have what is asked for. */
function selectTarget({ workload, namespace = '' }: RecommendOptions, read: ReadMeshes) {
  if (workload !== undefined) {
    const selected = selectInMeshes(workload, read);
    return {
      input: selected.input,
      target: { kind: 'workload', workload: selected.workload } satisfies RecommendTarget,
    };
  }
  const fitting = read.meshes.filter(({ manifests }) =>
    manifests.objects.some(({ metadata }) => metadata.namespace === namespace),
  );
  const [mesh, ...others] = fitting;
  if (!mesh) throw new UsageError(`nothing of the manifests is in a namespace ${namespace}`);
  if (others.length > 0) {
    const names = fitting.map(({ name }) => name).join(', ');
    throw new UsageError(`several meshes have a namespace ${namespace}; choose one of ${names} with --mesh`);
  }
  return { input: inputOf(mesh, read), target: { kind: 'namespace', namespace } satisfies RecommendTarget };
}

function outcomeOf({ edit, body }: Recommendation, { textOf, showPath }: ReadMeshes): RecommendOutcome {
  const manifest = stringifyYaml(body);
  if (edit === null) return { files: [], whyNoPatch: null, manifest };
  const texts = { before: () => null, after: textOf };
  const fixes = patchFixes([{ summary: '', edits: [edit], mends: [], opens: 0 }], texts);
  const files = [...editedFiles(fixes, texts)].map(([path, after]) => ({
    path: showPath(path).replace(/^\/+/, ''),
    before: textOf(path),
    after,
  }));
  return { files, whyNoPatch: fixes[0]?.whyNoPatches ?? null, manifest };
}

function lowerFirst(sentence: string): string {
  return `${sentence.charAt(0).toLowerCase()}${sentence.slice(1).replace(/\.$/, '')}`;
}
