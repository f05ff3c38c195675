import { SeededRandom } from '../github/stand-in/seeded-random.js';
import type { Files } from '../github/stand-in/git-store.js';

export interface BenchRepository {
  readonly files: Files;
  /** Kustomizations and releases of charts that are applied by themselves. */
  readonly roots: number;
  /** Two edits of one file each: an egress host goes. */
  readonly edits: readonly [Files, Files];
}

const ENVIRONMENTS = ['dev', 'staging', 'prod-eu', 'prod-us'] as const;
const BASES_OF_AN_APP = 3;

/**
 * A repository such as a platform team has: apps of a few kustomize bases each, with an overlay an environment, and charts
 * with values for each environment. Of three apps two are kustomizations. Equal for equal seeds.
 *
 * @param roots at least 8; what is over a multiple of 4 is left out.
 */
export function makeBenchRepository(roots: number, seed: number): BenchRepository {
  const random = new SeededRandom(seed);
  const count = Math.max(2, Math.floor(roots / ENVIRONMENTS.length));
  const names = Array.from({ length: count }, (_unused, index) => `app-${index}`);
  const charts = names.filter((_name, index) => index % 3 === 1);
  const files: Record<string, string> = {};
  for (const name of names) {
    const calls = Array.from({ length: 4 }, () => random.pick(names.filter((other) => other !== name)));
    const isChart = charts.includes(name);
    Object.assign(files, isChart ? chart(name, calls, random) : kustomizations(name, calls, random));
  }
  const [first = '', second = ''] = names.filter((name) => !charts.includes(name));
  const editOf = (path: string): Files => ({ [path]: files[path]!.replace(/^ +- 'app-\d+\/\*'\n/m, '') });
  const last = charts.at(-1)!;
  return {
    files,
    roots: count * ENVIRONMENTS.length,
    edits: [
      editOf(`apps/${first}/base-0/sidecar.yaml`),
      second === '' ? editOf(`charts/${last}/values.yaml`) : editOf(`apps/${second}/base-0/sidecar.yaml`),
    ],
  };
}

function kustomizations(name: string, calls: readonly string[], random: SeededRandom): Record<string, string> {
  const folder = `apps/${name}`;
  const files: Record<string, string> = {};
  for (let base = 0; base < BASES_OF_AN_APP; base += 1) {
    const part = base === 0 ? name : `${name}-part-${base}`;
    const resources = ['workload.yaml', 'service.yaml', ...(base === 0 ? ['namespace.yaml', 'sidecar.yaml'] : [])];
    files[`${folder}/base-${base}/kustomization.yaml`] = `resources:\n${list(resources)}`;
    files[`${folder}/base-${base}/workload.yaml`] = workload(part, calls);
    files[`${folder}/base-${base}/service.yaml`] = service(part);
  }
  files[`${folder}/base-0/namespace.yaml`] = namespace(name);
  files[`${folder}/base-0/sidecar.yaml`] = `${SIDECAR}metadata: {name: default}
spec:
  egress:
    - hosts:
${hostsOf(calls)
  .map((host) => `        - '${host}'\n`)
  .join('')}`;
  for (const environment of ENVIRONMENTS) {
    const bases = Array.from({ length: BASES_OF_AN_APP }, (_unused, base) => `../../base-${base}`);
    files[`${folder}/overlays/${environment}/kustomization.yaml`] = `namespace: ${name}
resources:
${list(bases)}replicas:
  - {name: ${name}, count: ${1 + random.integer(9)}}
labels:
  - {pairs: {environment: ${environment}}}
`;
  }
  return files;
}

function chart(name: string, calls: readonly string[], random: SeededRandom): Record<string, string> {
  const folder = `charts/${name}`;
  const files: Record<string, string> = {
    [`${folder}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
    [`${folder}/values.yaml`]: `replicas: 1\nhosts:\n${hostsOf(calls)
      .map((host) => `  - '${host}'\n`)
      .join('')}`,
    [`${folder}/templates/namespace.yaml`]: namespace(name),
    [`${folder}/templates/workload.yaml`]: workload(name, calls).replace(
      `name: ${name}}`,
      `name: ${name}, namespace: ${name}}`,
    ),
    [`${folder}/templates/service.yaml`]: service(name).replace(`name: ${name}}`, `name: ${name}, namespace: ${name}}`),
    [`${folder}/templates/sidecar.yaml`]: `${SIDECAR}metadata: {name: default, namespace: ${name}}
spec:
  egress:
    - hosts: {{ .Values.hosts | toJson }}
`,
  };
  for (const environment of ENVIRONMENTS)
    files[`${folder}/values-${environment}.yaml`] = `replicas: ${1 + random.integer(9)}\n`;
  return files;
}

const SIDECAR = 'apiVersion: networking.istio.io/v1\nkind: Sidecar\n';

function hostsOf(calls: readonly string[]): readonly string[] {
  return ['./*', 'istio-system/*', ...new Set(calls.map((name) => `${name}/*`))];
}

function list(items: readonly string[]): string {
  return items.map((item) => `  - ${item}\n`).join('');
}

function namespace(name: string): string {
  return `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${name}, labels: {istio-injection: enabled}}\n`;
}

function service(name: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata: {name: ${name}}\nspec: {selector: {app: ${name}}, ports: [{name: http, port: 80}]}\n`;
}

function workload(name: string, calls: readonly string[]): string {
  const env = calls.map((called, index) => `            - {name: URL_${index}, value: 'http://${called}.${called}'}\n`);
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: app
          image: ${name}
          env:
${env.join('')}`;
}
