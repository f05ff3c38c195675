import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildManifestSet } from '../../src/kubernetes/build-manifest-set.js';
import type { ManifestSet } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';
import type { Destination, EdgeProtocol } from '../../src/reachability/egress-reachability.js';

/** What istiod answers for one workload; see the folder's README. */
export interface ExpectedWorkload {
  readonly injected: boolean;
  readonly sidecar: string | null;
  readonly outboundTrafficPolicy?: string;
  readonly imports?: readonly string[];
  readonly edges?: Readonly<Record<string, ExpectedEdge>>;
}

export type ExpectedEdge =
  string | { verdict: string; clusters?: readonly string[]; branches?: Readonly<Record<string, string>> };

export interface ExpectedSide {
  readonly rejected?: readonly { readonly object: string; readonly error: string }[];
  readonly endpoints: Readonly<Record<string, readonly string[]>>;
  readonly workloads: Readonly<Record<string, ExpectedWorkload>>;
}

export interface Expected {
  readonly istio: string;
  readonly before: ExpectedSide;
  readonly after: ExpectedSide;
  readonly live?: ExpectedSide;
}

export interface ConformanceCase {
  readonly name: string;
  readonly beforeText: string;
  readonly afterText: string;
  readonly probes: readonly Destination[];
  readonly expected: readonly Expected[];
}

export const CASES_FOLDER = join(import.meta.dirname, 'cases');

/** The versions whose istiod gave the answers, where a case does not list fewer. */
const ANSWERED_VERSIONS = ['1.28', '1.30', '1.31'];

export function listCases(folder = CASES_FOLDER): string[] {
  return readdirSync(folder).filter((name) => existsSync(join(folder, name, 'case.json')));
}

export function readCase(name: string, folder = CASES_FOLDER): ConformanceCase {
  const read = (file: string): string => readFileSync(join(folder, name, file), 'utf8');
  const { probes, versions } = JSON.parse(read('case.json')) as { probes?: string[]; versions?: string[] };
  const answer = (version: string): Expected => {
    const own = existsSync(join(folder, name, `expected.${version}.json`));
    // A version without a file of its own answers as 1.30 does.
    return { ...(JSON.parse(read(`expected.${own ? version : '1.30'}.json`)) as Expected), istio: version };
  };
  return {
    name,
    beforeText: read('before.yaml'),
    afterText: read('after.yaml'),
    probes: (probes ?? []).map(parseProbe),
    expected: (versions ?? ANSWERED_VERSIONS).map(answer),
  };
}

function parseProbe(text: string): Destination {
  const match = /^(.+):(\d+)\/(http|tls|tcp)$/.exec(text);
  if (!match) throw new Error(`not a probe: ${text}`);
  return { host: match[1]!, port: Number(match[2]), protocol: match[3] as EdgeProtocol };
}

export function parseText(text: string): ManifestSet {
  return buildManifestSet([parseManifestFile({ path: 'mesh.yaml', content: text })]);
}
