import { describe, expect, it } from 'vitest';
import { deployment, namespace, service, sidecar } from '../reachability/change-mesh.js';
import { commitAll, git, temporaryFolder, temporaryRepository, writeFiles } from '../source/temporary-folder.js';
import { runCommand, type Answer } from './run-command.js';

const MESH = {
  'k8s/mesh.yaml': [namespace('shop'), namespace('pay'), service('pay/card'), deployment('pay/card')].join('---\n'),
  'k8s/shop/web.yaml': deployment('shop/web', ['http://card.pay']),
};
const NARROW = { 'k8s/platform/sidecar.yaml': sidecar('shop/default', ['./*', 'istio-system/*']) };
const OWNERS = '/k8s/shop/ @acme/shop\n/k8s/platform/ @acme/platform\n';

const run = (workingDirectory: string, ...args: readonly string[]): Promise<Answer> =>
  runCommand(args, { workingDirectory });

interface Owned {
  readonly owners?: readonly { readonly path: string; readonly owners: string[]; readonly causedBy: string[] }[];
}

async function owners(folder: string, ...sides: readonly string[]): Promise<Owned['owners']> {
  const { out } = await run(folder, 'diff', ...sides, '--format', 'json');
  return (JSON.parse(out) as Owned).owners;
}

describe('whose problem a change is, on the command line', () => {
  it('is told by the CODEOWNERS of the base revision', async () => {
    const repository = temporaryRepository({ ...MESH, '.github/CODEOWNERS': OWNERS });
    git(repository, 'switch', '--quiet', '-c', 'topic');
    writeFiles(repository, { ...NARROW, '.github/CODEOWNERS': '* @everybody\n' });
    commitAll(repository, 'narrow');
    const expected = [{ path: 'k8s/shop/web.yaml', owners: ['@acme/shop'], causedBy: ['@acme/platform'] }];
    expect(await owners(repository)).toMatchObject(expected);
    expect(await owners(repository, 'main', 'topic')).toMatchObject(expected);
    expect(await owners(repository, 'topic~1', 'topic')).toMatchObject(expected);
    const { out } = await run(repository, 'diff', 'main');
    expect(out.replaceAll(/\s+/g, ' ')).toContain(
      'The change of @acme/platform makes calls of @acme/shop worse: shop/Deployment/web. ',
    );
  });

  it('is told by the CODEOWNERS of the repository that a folder lies in, else of the folder', async () => {
    const repository = temporaryRepository({ CODEOWNERS: '/old/k8s/shop/ @acme/shop\n' });
    const below = (folder: string, files: object): Readonly<Record<string, string>> =>
      Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text as string]));
    writeFiles(repository, { ...below('old', MESH), ...below('new', { ...MESH, ...NARROW }) });
    expect(await owners(repository, 'old', 'new')).toMatchObject([
      { path: 'k8s/shop/web.yaml', owners: ['@acme/shop'] },
    ]);
    writeFiles(repository, { 'old/docs/CODEOWNERS': '/k8s/ @folder\n' });
    expect(await owners(repository, 'old', 'new')).toMatchObject([{ owners: ['@folder'] }]);
  });

  it('is not told without CODEOWNERS', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { ...MESH });
    expect(await owners(folder, '.', '.')).toBeUndefined();
  });

  it('is told by the audit, of several paths as well', async () => {
    const repository = temporaryRepository({ ...MESH, ...NARROW, CODEOWNERS: OWNERS });
    for (const paths of [['.'], ['k8s/mesh.yaml', 'k8s/shop', 'k8s/platform'], ['rev:main']]) {
      expect((await run(repository, 'audit', ...paths)).out).toContain('shop/Deployment/web\n  owned by @acme/shop\n');
    }
  });
});

describe('the exit code of audit', () => {
  it.each([
    ['is 0 whatever it finds', [], 0],
    ['is 1 for what goes past the mesh, where that is asked for', ['--fail-on', 'warning'], 1],
    ['is 0 for what is not broken, where only that is asked for', ['--fail-on', 'failure'], 0],
  ])('%s', async (_what, options, exitCode) => {
    const folder = temporaryFolder();
    writeFiles(folder, { ...MESH, ...NARROW });
    expect((await run(folder, 'audit', '.', ...options)).exitCode).toBe(exitCode);
  });

  it('is 2 where not all is known, and that is asked for', async () => {
    const folder = temporaryFolder();
    writeFiles(folder, { ...MESH, 'k8s/broken.yaml': 'kind: [' });
    expect((await run(folder, 'audit', '.')).exitCode).toBe(0);
    expect((await run(folder, 'audit', '.', '--fail-on', 'failure')).exitCode).toBe(2);
  });

  it('is 2 where nothing is found', async () => {
    expect((await run(temporaryFolder(), 'audit', '.')).exitCode).toBe(2);
  });
});

describe('contracts', () => {
  const contract = (rule: string) =>
    `contracts: [{rule: ${rule}, scope: {workload: "shop/*", host: "card.*"}, reason: Agreed.}]\n`;
  const CONFIGURATION = '.github/egress-scope.yml';

  it('are those of the repository’s configuration, unless another is named', async () => {
    const repository = temporaryRepository({ ...MESH, [CONFIGURATION]: contract('must-be-meshed') });
    expect(await run(repository, 'contracts')).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('kept') as string,
    });
    writeFiles(repository, { 'other.yml': contract('must-not-reach') });
    expect((await run(repository, 'contracts', '--config', 'other.yml')).exitCode).toBe(1);
    expect((await run(repository, 'contracts', 'rev:main', 'k8s/platform')).exitCode).toBe(64);
  });

  it('are undetermined where not all is known, and none is broken', async () => {
    const repository = temporaryRepository({
      ...MESH,
      'k8s/broken.yaml': 'kind: [',
      [CONFIGURATION]: contract('must-be-meshed'),
    });
    expect((await run(repository, 'contracts')).exitCode).toBe(2);
    writeFiles(repository, NARROW);
    expect((await run(repository, 'contracts')).exitCode).toBe(1);
  });

  it('need to be there', async () => {
    const repository = temporaryRepository({ ...MESH, [CONFIGURATION]: '{}\n' });
    expect(await run(repository, 'contracts')).toMatchObject({
      exitCode: 64,
      err: 'error: .github/egress-scope.yml has no contracts to test\n',
    });
    expect((await run(temporaryFolder(), 'contracts')).err).toContain(
      '--config .github/egress-scope.yml cannot be read',
    );
  });
});
