import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { EXIT_CODES, EXIT_INTERNAL, EXIT_USAGE } from '../src/cli/exit-codes.js';
import { CATALOGUE } from '../src/diagnostic/catalogue.js';
import { diagnostic } from '../src/diagnostic/diagnostic.js';
import { LOG_LEVELS } from '../src/github/app-configuration.js';
import { DEFAULT_ISTIO_VERSION, KNOWN_ISTIO_VERSIONS, behaviorOf } from '../src/istio/versions.js';
import { parsePolicyFile } from '../src/policy/parse-policy-file.js';
import { DEFAULT_POLICY } from '../src/policy/policy.js';
import type { Fix } from '../src/reachability/fix.js';
import type { Ledger } from '../src/reachability/ledger.js';
import { VERDICTS, rankOf } from '../src/reachability/verdict.js';
import { auditJsonParts, contractsJsonParts } from '../src/report/audit-json.js';
import { renderRecommendJson } from '../src/report/render-recommend.js';
import { renderFixJson } from '../src/report/render-fixes.js';
import { endpointsJsonParts, reachJsonParts, renderDiffJson, renderExplainJson } from '../src/report/render-json.js';
import { renderVerifyJson } from '../src/report/verify-json.js';
import { runCommand } from './cli/run-command.js';
import { listCases, readCase, type ExpectedSide } from './conformance/conformance-case.js';
import {
  HOW_TO_UPDATE,
  ROOT,
  codeIn,
  codeLines,
  headingAnchors,
  linksIn,
  readDocument,
  tableUnder,
  updateParts,
  writtenParts,
} from './document.js';
import {
  MY_SHELL,
  SIDECAR_CAUSE,
  changeAnalysis,
  destination,
  edgeChange,
  fullLedger,
} from './report/change-analysis.js';

const README = readDocument('README.md');
const COMMANDS = [
  'reach',
  'diff',
  'upgrade',
  'drift',
  'recommend',
  'fix',
  'audit',
  'contracts',
  'endpoints',
  'explain',
  'verify',
  'pr',
  'discover',
  'snapshot',
  'evidence',
  'config',
  'why',
  'serve',
  'doctor',
];
/** What to do about a table that a person writes. */
function edit(head: string): string {
  return `edit the table of README.md that begins with | ${head} |`;
}

/** Programs of others, whose options are theirs. */
const FOREIGN = /^(?:docker|istioctl|kubectl|npm|openssl|curl|git)\b|^--(?:read-only|build-arg)\b/;

async function run(...args: readonly string[]): Promise<string> {
  const { out, err } = await runCommand(args, { workingDirectory: ROOT });
  return out + err;
}

async function optionsOf(command: string): Promise<string[]> {
  const help = await run(...(command === '' ? [] : [command]), '--help');
  return [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map((match) => match[1] ?? '');
}

function optionsIn(line: string): string[] {
  return [...line.matchAll(/(?:^|[\s[])(--[a-z][a-z-]*)/g)].map((match) => match[1] ?? '');
}

const ORIGIN = { path: 'a.yaml', line: 2, isExact: false } as const;
const REJECTION = { kind: 'Sidecar', namespace: 'shop', name: 'default', message: 'refused', ...ORIGIN };
const DIAGNOSTICS = [diagnostic('yaml-syntax', 'broken', ORIGIN)];
const LEDGER: Ledger = { ...fullLedger('a'), unknownHosts: [{ host: 'a.x', workloads: 1, ...ORIGIN }] };
const WAIVED = { kind: 'waived', reason: 'known', owner: 'the platform team', expires: '2031-12-31' } as const;
const COUNTS = { clusters: 1, endpoints: 1 };
const FIX: Fix = {
  summary: 'Add it.',
  edits: [
    {
      key: 'k',
      kind: 'Sidecar',
      namespace: 'shop',
      name: 'default',
      body: null,
      edited: null,
      operations: [],
      ...ORIGIN,
    },
  ],
  mends: ['0'],
  opens: 1,
  opensUnregistered: true,
  patches: [{ path: 'a.yaml', startLine: 1, endLine: 1, before: ['a'], after: ['a', 'b'] }],
  whyNoPatches: 'no',
  meshes: ['prod'],
};
const REVIEWS = destination('reviews.bookinfo.svc.cluster.local');

/** Each JSON form with everything in it that can be. */
const FULL_JSON = {
  reach: joined(reachJsonParts)({
    istioVersion: '1.30',
    groups: [
      {
        workloads: [MY_SHELL],
        injected: true,
        sidecar: { namespace: 'default', name: 'default' },
        outboundTrafficPolicy: 'ALLOW_ANY',
        imports: ['reviews.bookinfo.svc.cluster.local:9080'],
        edges: [
          {
            ...REVIEWS,
            verdict: 'meshed',
            clusters: ['outbound|9080||reviews.bookinfo.svc.cluster.local'],
            endpoints: [MY_SHELL, { address: '10.0.0.1:9080' }],
            branches: [{ match: 'path prefix /v2', clusters: [], verdict: 'unroutable' }],
          },
        ],
      },
    ],
    gateways: [MY_SHELL],
    rejected: [REJECTION],
    diagnostics: DIAGNOSTICS,
    ledger: LEDGER,
  }),
  diff: renderDiffJson(
    changeAnalysis({
      changes: [
        edgeChange({
          branch: 'path prefix /v2',
          rerouted: { before: [], after: [] },
          newReference: true,
          allowedBy: { workload: 'a/*', host: 'b', reason: 'agreed' },
          exemption: { kind: 'waived', reason: 'known', owner: 'the platform team', expires: '2031-12-31' },
          causes: [{ ...SIDECAR_CAUSE, together: 1, isExact: false }],
        }),
        edgeChange({
          destinations: Array.from({ length: 1_001 }, (_unused, index) => destination(`host-${index}.x`)),
        }),
      ],
      workloads: { added: [MY_SHELL], removed: [MY_SHELL] },
      proxyLoads: [{ workloads: [MY_SHELL], before: COUNTS, after: COUNTS }],
      owners: [{ workload: MY_SHELL, owners: ['@acme/shells'], path: 'shells.yaml', causedBy: [], mustApprove: true }],
      renamed: [{ before: MY_SHELL, after: MY_SHELL }],
      breaches: [
        {
          contract: 'must-be-meshed',
          workload: 'default/*',
          host: '*.bookinfo.svc.cluster.local',
          reason: 'agreed',
          owner: null,
          origin: { path: 'c.yml', line: 9 },
          workloads: [MY_SHELL],
          destinations: [REVIEWS],
          before: 'meshed',
          after: 'unmeshed',
          isNew: true,
          branch: 'path prefix /v2',
          exemption: { kind: 'waived', reason: 'known', owner: 'the platform team', expires: '2031-12-31' },
          causes: [],
        },
      ],
      rejected: [REJECTION],
      diagnostics: DIAGNOSTICS,
      ledger: LEDGER,
      fixes: [FIX],
      isFixSearchCut: true,
      formerIstioVersion: '1.28',
    }),
  ),
  fix: renderFixJson(changeAnalysis({ changes: [], fixes: [FIX], isFixSearchCut: true }), {
    files: [{ path: 'a.yaml', before: 'a\n', after: 'b\n' }],
    left: 1,
    written: { verdict: 'pass' },
  }),
  recommend: renderRecommendJson(
    {
      ...{ namespace: 'default', name: 'default', isNew: true, body: {}, hosts: [], wildcards: ['a/*'], edit: null },
      ...{ workloads: [MY_SHELL], others: [MY_SHELL], kept: 1, unknown: [MY_SHELL] },
      unkept: [{ workload: MY_SHELL, destination: REVIEWS, verdict: 'unmeshed' }],
      imports: { before: 2, after: 1 },
      change: changeAnalysis({
        changes: [edgeChange({ workloads: [MY_SHELL], destinations: [REVIEWS], before: 'meshed', after: 'unmeshed' })],
        proxyLoads: [
          { workloads: [MY_SHELL], before: { clusters: 2, endpoints: 2 }, after: { clusters: 1, endpoints: 1 } },
        ],
      }),
    },
    { files: [], whyNoPatch: 'no', manifest: '' },
  ),
  endpoints: joined(endpointsJsonParts)(MY_SHELL, [
    { endpoint: '10.0.0.1:9080', status: 'HEALTHY', outlierCheck: 'OK', cluster: 'outbound|9080||reviews' },
  ]),
  explain: renderExplainJson(MY_SHELL, REVIEWS, [{ title: 'Address', detail: 'known', origin: ORIGIN }]),
  verify: renderVerifyJson({
    istioVersion: '1.30',
    verifications: [
      {
        workload: MY_SHELL,
        source: 'dump.json',
        istioVersion: '1.30',
        result: 'different',
        compared: { clusters: 1, endpoints: 1, edges: 1 },
        differences: [
          {
            kind: 'cluster',
            subject: 'outbound|9080||reviews',
            manifests: null,
            proxy: 'there',
            cause: 'object-not-in-git',
            reason: 'it is not there',
          },
        ],
        unknown: [{ ...REVIEWS, why: 'a filter' }],
        notCompared: ['Endpoints'],
        remarks: ['old'],
      },
    ],
  }),
  audit: withoutContent(
    joined(auditJsonParts)({
      istioVersion: '1.30',
      workloads: 1,
      calls: 1,
      allowed: 0,
      found: [
        {
          workload: MY_SHELL,
          ...ORIGIN,
          owners: ['@acme/shells'],
          findings: [
            {
              destination: REVIEWS,
              branch: 'path prefix /v2',
              verdict: 'unmeshed',
              severity: 'warning',
              why: { title: 'Import', detail: 'nothing', origin: ORIGIN },
              references: [{ where: 'env A', text: 'x', heldBy: 'x', ...ORIGIN }],
              exemption: WAIVED,
            },
          ],
        },
      ],
      breaches: [],
      rejected: [REJECTION],
      undetermined: ['a.yaml could not be read.'],
      diagnostics: DIAGNOSTICS,
      ledger: LEDGER,
    }),
  ),
  contracts: withoutContent(
    joined(contractsJsonParts)({
      istioVersion: '1.30',
      contracts: [
        {
          contract: 'must-not-reach',
          workload: 'a/*',
          host: 'b',
          reason: 'agreed',
          owner: null,
          origin: ORIGIN,
          pairs: [
            {
              workloads: [MY_SHELL],
              destinations: [REVIEWS],
              branch: 'path prefix /v2',
              verdict: 'meshed',
              isBroken: true,
              exemption: WAIVED,
            },
          ],
        },
      ],
      undetermined: [],
      diagnostics: DIAGNOSTICS,
      ledger: LEDGER,
    }),
  ),
};

function joined<A extends readonly unknown[]>(parts: (...of: A) => Iterable<string>): (...of: A) => string {
  return (...of) => [...parts(...of)].join('');
}

/** Leaves out what the README shows elsewhere. */
function withoutContent(json: string): string {
  const value = JSON.parse(json) as object;
  return JSON.stringify({ ...value, ledger: null, ...('breaches' in value ? { breaches: null } : {}) }, null, 2);
}

/** `W` stands for a workload, and `P` for a place. */
function withoutShorthands(shape: string): string {
  return shape.replace(/\bW\b/g, '{"namespace", "kind", "name"}').replace(/\bP\b/g, '"path", "line", "exact"');
}

describe('the README shows what the program prints', () => {
  for (const [kind, start] of [
    ['quoted', 'output, quoted: egress-scope'],
    ['code', 'output: egress-scope'],
  ] as const) {
    it(`in every example that is ${kind}`, async () => {
      const parts = writtenParts('README.md', start, 'end of output');
      const wanted = await Promise.all(
        parts.map(async ({ argument }) => {
          const lines = (await run(...argument.split(' '))).trimEnd().split('\n');
          const quoted = lines.map((line) => `> ${line}`.trimEnd());
          return kind === 'quoted' ? `\n${quoted.join('\n')}\n\n` : `\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n\n`;
        }),
      );
      updateParts('README.md', start, 'end of output', wanted);
      const now = writtenParts('README.md', start, 'end of output').map(({ content }) => content);
      expect(now.length).toBeGreaterThan(0);
      expect(now, HOW_TO_UPDATE).toEqual(wanted);
    });
  }

  it('and the example’s own files', () => {
    const wanted = writtenParts('README.md', 'file:', 'end of file').map(
      ({ argument }) => `\n\`\`\`yaml\n${readDocument(argument).trimEnd()}\n\`\`\`\n\n`,
    );
    updateParts('README.md', 'file:', 'end of file', wanted);
    const now = writtenParts('README.md', 'file:', 'end of file').map(({ content }) => content);
    expect(now.length).toBeGreaterThan(0);
    expect(now, HOW_TO_UPDATE).toEqual(wanted);
  });
});

describe('the README’s command line', () => {
  it('names no option that there is not, and leaves none out', async () => {
    const known = new Set((await Promise.all(['', ...COMMANDS].map(optionsOf))).flat());
    const named = new Set(
      codeLines(README)
        .filter((line) => !FOREIGN.test(line))
        .flatMap(optionsIn),
    );
    expect(known.size).toBeGreaterThan(10);
    expect(
      [...named].filter((option) => !known.has(option)),
      'README.md names options that --help does not show',
    ).toEqual([]);
    const listed = new Set(tableUnder(README, '| option |').flatMap(([cell = '']) => optionsIn(codeIn(cell)[0] ?? '')));
    expect(
      [...known].filter((option) => !listed.has(option)),
      edit('option'),
    ).toEqual([]);
  });

  it('gives each command options of its own', async () => {
    const lines = codeLines(README).filter((line) => /(?:^|npx )egress-scope [a-z]+/.test(line));
    expect(lines.length).toBeGreaterThan(8);
    for (const line of lines) {
      const command = /egress-scope ([a-z]+)/.exec(line)?.[1] ?? '';
      expect(COMMANDS, line).toContain(command);
      const known = await optionsOf(command);
      expect(
        optionsIn(line).filter((option) => !known.includes(option)),
        line,
      ).toEqual([]);
    }
    expect(new Set(lines.map((line) => /egress-scope ([a-z]+)/.exec(line)?.[1]))).toEqual(new Set(COMMANDS));
  });

  it('lists every exit code', () => {
    const listed = tableUnder(README, '| exit code |').map(([code]) => Number(code));
    expect(listed, edit('exit code')).toEqual(
      [...Object.values(EXIT_CODES), EXIT_USAGE, EXIT_INTERNAL].sort((a, b) => a - b),
    );
  });

  it('shows every key of the JSON, and no other', () => {
    for (const [command, output] of Object.entries(FULL_JSON)) {
      const shape = new RegExp(`\\n(\\{"schema": "egress-scope/${command}/v1"[^]*?)\\n\`\`\``).exec(README)?.[1] ?? '';
      // Behind a colon or a bar stands a value.
      const shown = new Set(
        [...withoutShorthands(shape).matchAll(/(?<!: |\| )"(\w+)"/g)].map((match) => match[1] ?? ''),
      );
      const printed = new Set([...output.matchAll(/"(\w+)": /g)].map((match) => match[1] ?? ''));
      expect([...shown].sort(), `README.md: the shape of ${command} --format json`).toEqual([...printed].sort());
    }
  });
});

describe('the README’s settings', () => {
  it('are the variables that the App reads', () => {
    const read = [...readDocument('src/github/app-configuration.ts').matchAll(/env\['(\w+)'\]/g)].map(
      (match) => match[1],
    );
    const listed = tableUnder(README, '| variable |').map(([cell = '']) => codeIn(cell)[0]);
    expect(new Set(listed), edit('variable')).toEqual(new Set(read));
    const levels = tableUnder(README, '| variable |').find(([cell]) => cell === '`LOG_LEVEL`')?.[1] ?? '';
    expect(codeIn(levels), edit('variable')).toEqual([...LOG_LEVELS]);
  });

  it('are what a configuration file may hold', () => {
    const example = /```yaml\n(istioVersion:[^]*?)```/.exec(README)?.[1] ?? '';
    expect(example).not.toBe('');
    expect(parsePolicyFile('example.yml', example).problems, 'README.md: the example of a configuration file').toEqual(
      [],
    );
  });

  it('are the permissions and events of app.yml', () => {
    const app = parse(readDocument('app.yml')) as { default_permissions: object; default_events: string[] };
    const permissions = tableUnder(README, '| permission |').map(([name = '', access = '']) => [
      codeIn(name)[0],
      codeIn(access)[0],
    ]);
    expect(Object.fromEntries(permissions), edit('permission')).toEqual(app.default_permissions);
    expect(
      tableUnder(README, '| event |').map(([name = '']) => codeIn(name)[0]),
      edit('event'),
    ).toEqual(app.default_events);
  });
});

describe('the README’s tables', () => {
  it('have every verdict', () => {
    expect(
      tableUnder(README, '| verdict |').map(([cell = '']) => codeIn(cell)[0]),
      edit('verdict'),
    ).toEqual([...VERDICTS, 'absent']);
  });

  it('have every need, and the severities that the gate goes by', () => {
    const needs = Object.keys(DEFAULT_POLICY.severities.broken);
    expect(
      tableUnder(README, '| need |').map(([cell = '']) => codeIn(cell)[0]),
      edit('need'),
    ).toEqual(needs);
    const rows = tableUnder(README, '| class |');
    const written = new Map(
      rows.map(([name = '', , ...cells]) => [
        codeIn(name)[0],
        new Map(cells.map((cell, index) => [needs[index], cell])),
      ]),
    );
    const wanted = Object.entries(DEFAULT_POLICY.severities).map(
      ([name, cells]) => [name, new Map(Object.entries(cells))] as const,
    );
    expect(written, edit('class')).toEqual(new Map(wanted));
    const broken = VERDICTS.filter((verdict) => rankOf(verdict) === 2);
    for (const verdict of broken) expect(rows[0]?.[1]).toContain(verdict);
    for (const verdict of VERDICTS.filter((each) => rankOf(each) === 1)) expect(rows[1]?.[1]).toContain(verdict);
  });

  it('have every version of Istio, and a row at least for whatever differs', () => {
    expect(README).toContain(`| what differs | ${KNOWN_ISTIO_VERSIONS.join(' | ')} |`);
    expect(README).toContain(`else ${DEFAULT_ISTIO_VERSION}.`);
    const { version, ...differences } = behaviorOf(DEFAULT_ISTIO_VERSION);
    expect(version).toBe(DEFAULT_ISTIO_VERSION);
    expect(tableUnder(README, '| what differs |').length, edit('what differs')).toBeGreaterThanOrEqual(
      Object.keys(differences).length,
    );
  });

  it('name diagnostics that there are', () => {
    const codes = tableUnder(README, '| code |').flatMap(([cell = '']) => codeIn(cell));
    const inProse = [...README.matchAll(/\(`([a-z]+(?:-[a-z]+)+)`\)/g)].map((match) => match[1] ?? '');
    expect(inProse.length).toBeGreaterThan(3);
    expect(
      [...codes, ...inProse].filter((code) => !(code in CATALOGUE)),
      'README.md names diagnostics that the catalogue does not have',
    ).toEqual([]);
  });
});

it('the README’s score counts the cases that there are', () => {
  const cases = listCases().map((name) => readCase(name));
  const versions = cases[0]?.expected.map(({ istio }) => istio) ?? [];
  const lines = versions.map((version) => {
    const answers = cases.flatMap(({ expected }) => expected.filter(({ istio }) => istio === version));
    const sides = answers.flatMap(({ before, after }) => [before, after]);
    const total = (count: (side: ExpectedSide) => number): string => {
      const sum = sides.reduce((so, side) => so + count(side), 0);
      return `${sum}/${sum}`;
    };
    const edges = total(({ workloads }) =>
      Object.values(workloads).reduce((sum, each) => sum + Object.keys(each.edges ?? {}).length, 0),
    );
    const imports = total(({ workloads }) => Object.keys(workloads).length);
    const rejections = total(({ rejected = [] }) => new Set(rejected.map((r) => `${r.object}: ${r.error}`)).size);
    return `Istio ${version}: ${edges} edges, ${imports} imports, ${rejections} rejections; ${answers.length}/${answers.length} changes exact, 0 undetermined`;
  });
  const wanted = [`\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n\n`];
  updateParts('README.md', 'score', 'end of score', wanted);
  const now = writtenParts('README.md', 'score', 'end of score').map(({ content }) => content);
  expect(now, `${HOW_TO_UPDATE}; the numbers must be those of \`npm run conformance\``).toEqual(wanted);
});

describe('what the README says of security', () => {
  it('holds: three files start a process, and the App uses one of them, and one starts threads', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) =>
      path.endsWith('.ts'),
    );
    const using = (pattern: RegExp): readonly string[] =>
      sources.filter((path) => pattern.test(readDocument(join('src', path)))).sort();
    expect(using(/child_process/)).toEqual([
      join('source', 'render', 'run-tool.ts'),
      join('source', 'run-cluster-tool.ts'),
      join('source', 'run-git.ts'),
    ]);
    expect(using(/\bWorker\b.*worker_threads/)).toEqual([join('github', 'pool-thread.ts')]);
    const folders = /\/source\/(?:run-|git-|read-|open-|walk-)/;
    const borrowing = sources.filter(
      (path) => path.startsWith('github') && folders.test(readDocument(join('src', path))),
    );
    expect(borrowing).toEqual([]);
  });
});

describe('every link leads somewhere', () => {
  it.each([
    'README.md',
    'src/README.md',
    'test/README.md',
    'docs/README.md',
    'docs/setup.md',
    'docs/ci.md',
    'docs/library.md',
  ])('in %s', (path) => {
    const text = readDocument(path);
    const { paths, anchors } = linksIn(text);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((target) => !existsSync(join(ROOT, dirname(path), target)))).toEqual([]);
    expect(anchors.filter((anchor) => !headingAnchors(text).includes(anchor))).toEqual([]);
  });
});
