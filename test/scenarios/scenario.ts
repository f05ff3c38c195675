import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { analyzeChange, type ChangeInput, type MeshOptions } from '../../src/analyze-change.js';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { ManifestFile, ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import { readEvidence } from '../../src/evidence/read-evidence.js';
import type { TrafficEvidence } from '../../src/evidence/traffic-evidence.js';
import { patchFixes, type FixTexts } from '../../src/patch-fixes.js';
import { ownersOfFile, parseCodeOwners } from '../../src/policy/code-owners.js';
import { parsePolicyFile } from '../../src/policy/parse-policy-file.js';
import { DEFAULT_POLICY } from '../../src/policy/policy.js';
import type { ChangeAnalysis } from '../../src/reachability/change.js';

export const SCENARIOS = import.meta.dirname;

export function listScenarios(): string[] {
  return readdirSync(SCENARIOS, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();
}

/** The files of one side of a scenario, by their path below it. */
export function readSide(scenario: string, side: 'before' | 'after'): ManifestFile[] {
  const root = join(SCENARIOS, scenario, side);
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return { path: path.slice(root.length + 1), content: readFileSync(path, 'utf8') };
    });
}

export function manifests(files: readonly ManifestFile[]): ManifestSet {
  return buildManifestSet(files.map((file) => parseManifestFile(file)));
}

export function analyzeScenario(scenario: string, mesh: MeshOptions = {}): ChangeAnalysis {
  const before = manifests(readSide(scenario, 'before'));
  const after = manifests(readSide(scenario, 'after'));
  const analysis = analyzeChange({ before, after, mesh, wantsFixes: true, ...judgedBy(scenario) });
  const { fixes } = analysis;
  return fixes ? { ...analysis, fixes: patchFixes(fixes, textsOf(scenario)) } : analysis;
}

function textsOf(scenario: string): FixTexts {
  const textIn = (side: 'before' | 'after'): FixTexts['after'] => {
    const files = new Map(readSide(scenario, side).map(({ path, content }) => [path, content as string]));
    return (path) => files.get(path) ?? null;
  };
  return { before: textIn('before'), after: textIn('after') };
}

/** What a scenario is judged by: its `egress-scope.yml`, its `CODEOWNERS` and its `traffic.json`, read the day it was, where it has them. */
export function judgedBy(scenario: string): Pick<ChangeInput, 'policy' | 'ownersOf' | 'evidence'> {
  const read = (name: string): string | null => {
    const path = join(SCENARIOS, scenario, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : null;
  };
  const [settings, codeOwners, traffic] = [
    read('egress-scope.yml'),
    read('CODEOWNERS'),
    read('traffic.json'),
  ];
  return {
    policy: settings === null ? DEFAULT_POLICY : parsePolicyFile('egress-scope.yml', settings).policy,
    ...(codeOwners === null ? {} : { ownersOf: ownersOfFile(parseCodeOwners(codeOwners)) }),
    ...(traffic === null ? {} : { evidence: evidenceIn(traffic) }),
  };
}

function evidenceIn(text: string): TrafficEvidence {
  const { readAt } = JSON.parse(text) as { readonly readAt: string };
  const reading = readEvidence('traffic.json', text, Date.parse(readAt), null);
  if (reading.kind === 'unusable') throw new Error(`traffic.json ${reading.reason}`);
  return reading.evidence;
}
