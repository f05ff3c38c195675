import { describe, expect, it } from 'vitest';
import { runCommand } from '../cli/run-command.js';
import { temporaryFolder } from '../source/temporary-folder.js';

type Files = Readonly<Record<string, string>>;

const CLIENT = `apiVersion: apps/v1
kind: Deployment
metadata: {name: client, namespace: web}
spec:
  selector: {matchLabels: {app: client}}
  template:
    metadata: {labels: {app: client}}
    spec: {containers: [{name: app, image: client, env: [{name: CARDS_URL, value: "http://cards.pay"}]}]}
`;
const CARDS = `apiVersion: v1
kind: Service
metadata:
  name: cards
spec: {selector: {app: cards}, ports: [{name: http, port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cards
spec:
  selector: {matchLabels: {app: cards}}
  template:
    metadata: {labels: {app: cards}}
    spec: {containers: [{name: app, image: cards}]}
`;

function application(namespace: string): string {
  return `apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: pay, namespace: argocd}
spec:
  source: {repoURL: https://git.example.com/acme/pay.git, path: pay}
  destination:
    server: https://kubernetes.default.svc
    namespace: ${namespace}
`;
}

function fluxKustomization(namespace: string): string {
  return `apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: pay, namespace: flux-system}
spec:
  sourceRef: {kind: GitRepository, name: flux-system}
  path: ./pay
  prune: true
  targetNamespace: ${namespace}
`;
}

/** The places that a change of a namespace names as causes of the client's lost call, by the side that they are on. */
async function causes(treeOf: (namespace: string) => Files): Promise<readonly string[]> {
  const [before, after] = ['pay', 'cash'].map((namespace) =>
    temporaryFolder({ 'web/client.yaml': CLIENT, ...treeOf(namespace) }),
  );
  const { out, exitCode } = await runCommand(['diff', before!, after!, '--format', 'json'], {
    workingDirectory: before!,
    environment: process.env,
  });
  expect(exitCode).toBe(1);
  const { changes } = JSON.parse(out) as {
    readonly changes: readonly {
      readonly severity: string;
      readonly causes: readonly { readonly path: string; readonly line: number; readonly exact?: boolean }[];
    }[];
  };
  const failing = changes.filter(({ severity }) => severity === 'failure');
  expect(failing).not.toEqual([]);
  return [...new Set(failing.flatMap((change) => change.causes.map(({ path, line }) => `${path}:${line}`)))];
}

describe('a change of the namespace that objects are applied in is at the line that names it', () => {
  it('in a manifest', async () => {
    const placed = (namespace: string): string =>
      CARDS.replaceAll('  name: cards\n', `  name: cards\n  namespace: ${namespace}\n`);
    expect(await causes((namespace) => ({ 'pay/cards.yaml': placed(namespace) }))).toEqual(['pay/cards.yaml:5']);
  });

  it('in a kustomization', async () => {
    const tree = (namespace: string): Files => ({
      'base/kustomization.yaml': 'resources:\n  - cards.yaml\n',
      'base/cards.yaml': CARDS,
      'overlays/prod/kustomization.yaml': `resources:\n  - ../../base\nnamespace: ${namespace}\n`,
    });
    expect(await causes(tree)).toEqual(['overlays/prod/kustomization.yaml:3']);
  });

  it('in an Application', async () => {
    const tree = (namespace: string): Files => ({ 'argocd/pay.yaml': application(namespace), 'pay/cards.yaml': CARDS });
    expect(await causes(tree)).toEqual(['argocd/pay.yaml:8']);
  });

  it('in a Kustomization of Flux', async () => {
    const tree = (namespace: string): Files => ({
      'clusters/prod/pay.yaml': fluxKustomization(namespace),
      'pay/cards.yaml': CARDS,
    });
    expect(await causes(tree)).toEqual(['clusters/prod/pay.yaml:8']);
  });
});
