import type { MeshOptions } from '../analyze-change.js';
import { analyzeMeshes, pairMeshes, withAbandoned, withDiagnostics, withFound } from '../analyze-meshes.js';
import { once } from '../kubernetes/once.js';
import type { TrafficEvidence } from '../evidence/traffic-evidence.js';
import { isManifestPath } from '../kubernetes/parse-manifest-file.js';
import type { RenderPermissions } from '../layout/render-permissions.js';
import { mayBeReadByArgo, mayBeRendered } from '../layout/render-inputs.js';
import { CODE_OWNERS_PLACES, ownersOfFile, parseCodeOwners, type OwnersOfFile } from '../policy/code-owners.js';
import type { Exemptions } from '../policy/exempt-changes.js';
import { isInScope, type ManifestScope } from '../layout/manifest-scope.js';
import type { EvidenceSettings, SnapshotSettings } from '../policy/parse-policy-file.js';
import type { Policy } from '../policy/policy.js';
import type { Fix } from '../reachability/fix.js';
import { decodeText, filesOfFixes, patchFixes, type TextOf } from '../patch-fixes.js';
import type { ChangeAnalysis } from '../reachability/change.js';
import { blobAddress } from '../report/blob-address.js';
import type { SourceLinks } from '../report/change-table.js';
import type { MeshSnapshot } from '../snapshot/read-snapshot.js';
import { discoverMeshes } from '../source/discover-meshes.js';
import type { Discovery } from '../source/discovery.js';
import type { Renderer } from '../source/render/renderer.js';
import type { SourceTree } from '../source/source-tree.js';
import { today } from '../source/today.js';
import { isLayoutFile } from '../source/tree-index.js';
import { AnalysisLimit } from './analysis-limit.js';
import type { Base, BaseCache } from './base-cache.js';
import { readBlob } from './blob.js';
import type { ChangedFile } from './changed-files.js';
import { commitTree, type BlobCache } from './commit-tree.js';
import type { GitHubClient, RepositoryName } from './github-client.js';
import { mapHeadLines, type HeadLineOf } from './head-lines.js';
import { mergeTrees } from './merge-trees.js';
import { hearOwners, NOTHING_SAID, type Said } from './owner-voices.js';
import type { ParsedFileCache } from './parsed-file-cache.js';
import type { PullRequestSides } from './pull-request-sides.js';
import { readManifests, type TreeSide } from './read-manifests.js';
import type { EvidenceFetcher } from './evidence-fetcher.js';
import { readRepositoryEvidence, type FoundEvidence } from './repository-evidence.js';
import { readRepositorySnapshot, type GivenSnapshot } from './repository-snapshot.js';
import { filesNotIn, readTree, type TreeListing } from './repository-tree.js';

/** Each costs a read; fixes of further files are shown without lines. */
const MOST_EDITED_FILES = 30;

export interface AnalysisSettings {
  readonly mesh: MeshOptions;
  readonly policy: Policy;
  readonly scope: ManifestScope;
  /** What rendering may do: by the base's configuration, whatever else is tried out. */
  readonly allow: RenderPermissions;
  /** What the configuration names for what the repository does not hold. */
  readonly snapshot?: SnapshotSettings | null;
  /** Whose snapshot holds; by default the base's, since a change must not choose what it is judged by. */
  readonly snapshotOf?: 'before' | 'after';
  /** Outranks the repository's snapshot. */
  readonly givenSnapshot?: GivenSnapshot;
  /** What the base's configuration names for which calls are made; it is the base's, whatever else is tried out. */
  readonly evidence?: EvidenceSettings | null;
  /** Outranks it. */
  readonly givenEvidence?: TrafficEvidence;
  readonly evidenceFetcher?: EvidenceFetcher;
  readonly cache: ParsedFileCache;
  readonly blobs: BlobCache;
  /** What is known of earlier bases. Default: nothing. */
  readonly bases?: BaseCache;
  readonly renderer: Renderer;
  /** Whether to look for edits that mend what fails or warns. Default: false. */
  readonly wantsFixes?: boolean;
  /** What may pass beside what is waived by the policy. Default: nothing. */
  readonly said?: Said;
  /** Called with the seconds that the analysis took, reading not included. */
  readonly onAnalysis?: (seconds: number) => void;
  /** What the analysis may take. Default: whatever it does. */
  readonly newLimit?: () => AnalysisLimit;
}

export interface SidesAnalysis {
  readonly analysis: ChangeAnalysis;
  readonly headLineOf: HeadLineOf;
  /** The files of the after side. */
  readonly paths: readonly string[];
}

interface Trees {
  readonly before: TreeSide;
  readonly after: TreeSide;
  readonly merged: ReadonlyMap<string, Uint8Array>;
}

/**
 * Reads both sides of a pull request and analyses the difference. Null when no file that differs holds manifests.
 *
 * @throws CannotJudge for a merge conflict, for a snapshot that is of no use, for repositories beyond the limits and when time or
 * memory runs out; Octokit's errors as they come.
 */
export async function analyzeSides(
  client: GitHubClient,
  repository: RepositoryName,
  sides: PullRequestSides,
  changedFiles: readonly ChangedFile[],
  settings: AnalysisSettings,
  signal?: AbortSignal,
): Promise<SidesAnalysis | null> {
  const { mesh, policy, scope, allow, cache, blobs, renderer } = settings;
  const { said = NOTHING_SAID, onAnalysis, newLimit, snapshotOf = 'before', wantsFixes = false } = settings;
  const limit = newLimit?.() ?? new AnalysisLimit();
  const isTried = snapshotOf === 'after';
  // One that is to be tried out has to be right even where nothing is judged by it.
  const tried = isTried ? await readSnapshotOf(client, repository, sides, settings, signal) : undefined;
  const { owner, repo } = repository;
  const baseKey = JSON.stringify([owner, repo, sides.before, scope, allow]);
  const base = settings.bases?.get(baseKey);
  const trees = await readTrees(client, repository, sides, base, signal);
  const manifests = await readManifests(client, repository, trees, {
    cache,
    blobs,
    ...(base ? { known: base.files } : {}),
    scope,
    limit,
    merged: trees.merged,
    isWholeNeeded: changesLayout(trees, scope),
    ...(signal ? { signal } : {}),
  });
  if (!manifests) return null;
  const read = async (sha: string): Promise<Uint8Array> =>
    trees.merged.get(sha) ?? blobs.get(sha) ?? (await readBlob(client, repository, sha, signal));
  const headLineOf = await mapHeadLines(changedFiles, trees.after.listing, read);
  const open = (side: TreeSide): SourceTree =>
    commitTree(client, repository, side, { blobs, merged: trees.merged, signal });
  const ownersOf = await readOwners(trees.before, open);
  const snapshot = isTried ? tried : await readSnapshotOf(client, repository, sides, settings, signal);
  const traffic = await readEvidenceOf(client, repository, sides, settings, signal);
  signal?.throwIfAborted();
  const discover = (side: 'before' | 'after', former?: Discovery): Promise<Discovery> => {
    const openTree = once(() => Promise.resolve(open(trees[side])));
    const ignored = [...trees[side].listing.keys()].filter((path) => !isInScope(path, scope) && isManifestPath(path));
    const input = { files: manifests[side], openTree, ignored };
    const known = former && { formerly: former.controlled, known: former.meshes };
    return discoverMeshes(input, { renderer, scope, permissions: allow, ...known });
  };
  const before = base?.discovery ?? (await discover('before'));
  if (!base)
    settings.bases?.set(baseKey, { listing: trees.before.listing, files: manifests.before, discovery: before });
  const after = await discover('after', before);
  signal?.throwIfAborted();
  const start = performance.now();
  const pairs = pairMeshes(before.meshes, after.meshes);
  // A fix is worth less than the answer, which comes in time or not at all.
  const search = { wantsFixes: wantsFixes && (() => limit.hasAmple()) };
  const shared = {
    ...{ mesh, policy, ...search },
    ...(snapshot ? { snapshot } : {}),
    ...(traffic.evidence ? { evidence: traffic.evidence } : {}),
    ...(ownersOf ? { ownersOf } : {}),
  };
  const followed = { before: before.followed, after: after.followed };
  const judge = (heard: Omit<Exemptions, 'today'>): ChangeAnalysis => {
    const exemptions = { today: today(), ...heard };
    return limit.spend((checkpoint) => analyzeMeshes(pairs, { ...shared, exemptions, checkpoint }, followed));
  };
  const unheard = judge({ acceptances: said.acceptances });
  // Whose word counts is known once it is known what fails, and whose it is.
  const voices = await hearOwners(client, repository, unheard, said);
  const judged = voices === null ? unheard : judge(voices);
  onAnalysis?.((performance.now() - start) / 1000);
  const found = withDiagnostics(withFound(withAbandoned(judged, after.abandoned), after), traffic.diagnostics);
  const fixes = await writeFixes(trees, found.fixes ?? [], read);
  const analysis = fixes.length === 0 ? found : { ...found, fixes };
  return { analysis, headLineOf, paths: [...trees.after.listing.keys()] };
}

/** Writes fixes into the files that they edit. */
async function writeFixes(
  trees: Trees,
  fixes: readonly Fix[],
  read: (sha: string) => Promise<Uint8Array>,
): Promise<readonly Fix[]> {
  if (fixes.length === 0) return fixes;
  const files = filesOfFixes(fixes);
  const readSide = async (side: 'before' | 'after'): Promise<TextOf> => {
    const texts = new Map<string, string | null>();
    for (const path of files[side].slice(0, MOST_EDITED_FILES)) {
      const file = trees[side].listing.get(path);
      if (file?.kind !== 'file') continue;
      texts.set(path, decodeText(await read(file.sha)));
    }
    return (path) => texts.get(path) ?? null;
  };
  return patchFixes(fixes, { before: await readSide('before'), after: await readSide('after') });
}

/** Who owns a file, by the base's CODEOWNERS; null where it has none. */
async function readOwners(side: TreeSide, open: (side: TreeSide) => SourceTree): Promise<OwnersOfFile | null> {
  if (!CODE_OWNERS_PLACES.some((path) => side.listing.has(path))) return null;
  const tree = open(side);
  const place = CODE_OWNERS_PLACES.find((path) => tree.files.has(path));
  const content = place === undefined ? undefined : (await tree.read([place])).get(place);
  return content === undefined ? null : ownersOfFile(parseCodeOwners(new TextDecoder().decode(content)));
}

/** Whether a file differs that may be no manifest, and that what is applied may yet be made of. */
function changesLayout({ before, after }: Trees, scope: ManifestScope): boolean {
  const differing = [...filesNotIn(after.listing, before.listing), ...filesNotIn(before.listing, after.listing)];
  // Without a chart or kustomization, only Argo CD can make something of a file that is no manifest.
  const mayBeRead = (path: string): boolean => mayBeReadByArgo(path) && isInScope(path, scope);
  const mayMatter =
    hasLayout(before.listing) || differing.some(({ path }) => isLayoutFile(path)) ? mayBeRendered : mayBeRead;
  return differing.some(({ path }) => mayMatter(path));
}

const withLayout = new WeakMap<TreeListing, boolean>();

/** Whether a tree has a chart or kustomization. Asked of a base for each change that is compared with it. */
function hasLayout(listing: TreeListing): boolean {
  let has = withLayout.get(listing);
  if (has === undefined) withLayout.set(listing, (has = [...listing.keys()].some(isLayoutFile)));
  return has;
}

function readSnapshotOf(
  client: GitHubClient,
  repository: RepositoryName,
  sides: PullRequestSides,
  { snapshot = null, snapshotOf, givenSnapshot: given, cache }: AnalysisSettings,
  signal: AbortSignal | undefined,
): Promise<MeshSnapshot | undefined> {
  const after = sides.kind === 'merge-commit' ? sides.after : sides.headSha;
  const commit = snapshotOf === 'after' ? after : sides.before;
  return readRepositorySnapshot(client, repository, commit, snapshot, { cache, given }, signal);
}

async function readEvidenceOf(
  client: GitHubClient,
  repository: RepositoryName,
  { before }: PullRequestSides,
  { evidence = null, givenEvidence, evidenceFetcher }: AnalysisSettings,
  signal: AbortSignal | undefined,
): Promise<FoundEvidence> {
  if (givenEvidence) return { evidence: givenEvidence, diagnostics: [] };
  return readRepositoryEvidence(client, repository, before, evidence, evidenceFetcher, signal);
}

async function readTrees(
  client: GitHubClient,
  repository: RepositoryName,
  sides: PullRequestSides,
  base: Base | undefined,
  signal: AbortSignal | undefined,
): Promise<Trees> {
  const list = async (sha: string): Promise<TreeListing> =>
    base && sha === sides.before ? base.listing : readTree(client, repository, sha, () => true, base?.listing);
  if (sides.kind === 'merge-commit') {
    const [before, after] = await Promise.all([list(sides.before), list(sides.after)]);
    return {
      before: { listing: before, archiveSha: sides.before },
      after: { listing: after, archiveSha: sides.after },
      merged: new Map(),
    };
  }
  const [ancestor, before, head] = await Promise.all([list(sides.ancestor), list(sides.before), list(sides.headSha)]);
  const after = await mergeTrees(ancestor, before, head, (sha) => readBlob(client, repository, sha, signal));
  return {
    before: { listing: before, archiveSha: sides.before },
    after: { listing: after.listing, archiveSha: sides.headSha },
    merged: after.contents,
  };
}

/**
 * Links to lines on GitHub. What the pull request touches is shown in its head, where the reader knows it; the rest is the
 * same in the base's commit. Null where the head has no such line.
 *
 * @param repositoryUrl `https://github.com/owner/repo`.
 * @param headPaths the files that are shown in the head.
 */
export function linkSources(
  repositoryUrl: string,
  sides: PullRequestSides,
  headPaths: readonly string[],
  headLineOf: HeadLineOf,
): SourceLinks {
  const inHead = new Set(headPaths);
  function blob(path: string, line: number, side: 'before' | 'after'): string | null {
    const isInHead = side === 'after' && inHead.has(path);
    const shown = isInHead ? headLineOf(path, line) : line;
    if (shown === null) return null;
    return blobAddress(repositoryUrl, isInHead ? sides.headSha : sides.before, path, shown);
  }
  return { blob };
}
