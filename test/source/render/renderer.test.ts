import { chmodSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openDirectoryTree } from '../../../src/source/open-tree.js';
import { temporaryFolder } from '../temporary-folder.js';
import { chart, find, placeOf, testRenderer, treeOf, valuesAt } from './rendering.js';

const CHART = {
  'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 0.1.0\n',
  'web/templates/cm.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\ndata:\n  a: {{ .Values.a | default "none" }}\n',
};

/** A Helm that notes each time it renders. */
function countedHelm(): { readonly env: NodeJS.ProcessEnv; readonly count: () => number } {
  const folder = temporaryFolder({ log: '' });
  const command = join(folder, 'helm');
  writeFileSync(
    command,
    `#!/bin/sh\n[ "$1" = template ] && echo run >> ${folder}/log\nexec ${process.env['HELM_BIN']!} "$@"\n`,
  );
  chmodSync(command, 0o755);
  const log = join(folder, 'log');
  return { env: { ...process.env, HELM_BIN: command }, count: () => readFileSync(log, 'utf8').split('\n').length - 1 };
}

describe('a renderer', () => {
  it('renders what is equal once: both sides, other trees, and while it is being rendered', async () => {
    const { env, count } = countedHelm();
    const renderer = testRenderer({ env });
    const [base, head] = await Promise.all([
      renderer.render(treeOf({ ...CHART, 'other.yaml': '1' }), chart('web')),
      renderer.render(treeOf({ ...CHART, 'other.yaml': '2' }), chart('web')),
    ]);
    expect(head).toBe(base);
    const tree = treeOf(CHART);
    expect(await renderer.render(tree, chart('web'))).toBe(base);
    expect(count()).toBe(1);
    expect(tree.reads()).toBe(1);
  });

  it('renders again what any of its inputs changes', async () => {
    const { env, count } = countedHelm();
    const renderer = testRenderer({ env });
    await renderer.render(treeOf(CHART), chart('web'));
    const changes = [
      [{ ...CHART, 'web/values.yaml': 'a: b\n' }, chart('web')],
      [{ ...CHART, 'web/.helmignore': 'x\n' }, chart('web')],
      [CHART, chart('web', { releaseName: 'other' })],
      [CHART, chart('web', { values: [valuesAt({ a: 'c' })] })],
    ] as const;
    for (const [index, [files, root]] of changes.entries()) {
      expect((await renderer.render(treeOf(files), root)).isComplete).toBe(true);
      expect(count()).toBe(index + 2);
    }
    expect(await testRenderer({ env, cacheBytes: 1 }).render(treeOf(CHART), chart('web'))).toMatchObject({
      isComplete: true,
    });
  });

  it('keeps a failure of the chart as well, and tells equal ones by their digest', async () => {
    const { env, count } = countedHelm();
    const renderer = testRenderer({ env });
    const broken = { ...CHART, 'web/templates/x.yaml': '{{ fail "no" }}' };
    const [first, second] = [
      await renderer.render(treeOf(broken), chart('web')),
      await renderer.render(treeOf(broken), chart('web')),
    ];
    expect(count()).toBe(1);
    expect(first.unreadable[0]?.digest).toBe(second.unreadable[0]?.digest);
    const moved = await renderer.render(treeOf(broken), chart('web', { origin: { path: 'app.yaml', line: 7 } }));
    expect(moved.unreadable[0]?.digest).toBe(first.unreadable[0]?.digest);
    const other = await renderer.render(treeOf({ ...broken, 'web/values.yaml': 'a: b' }), chart('web'));
    expect(other.unreadable[0]?.digest).not.toBe(first.unreadable[0]?.digest);
  });

  it('says how to get a tool that is missing, and renders the rest', async () => {
    const files = {
      ...CHART,
      'k/kustomization.yaml': 'resources: [cm.yaml]\n',
      'k/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
      'h/kustomization.yaml': 'helmCharts: [{name: web}]\nhelmGlobals: {chartHome: ..}\n',
    };
    const renderer = testRenderer({ env: { KUSTOMIZE_BIN: process.env['KUSTOMIZE_BIN'], PATH: '/nonexistent' } });
    const tree = treeOf(files);
    const rendering = await renderer.render(tree, chart('web'));
    expect(rendering).toMatchObject({
      isComplete: false,
      objects: [],
      diagnostics: [{ code: 'renderer-missing', path: 'web/Chart.yaml', line: 1 }],
      unreadable: [{ path: 'web/Chart.yaml' }],
    });
    expect(rendering.diagnostics[0]?.message).toContain('helm is not on the PATH');
    expect(await renderer.render(tree, { kind: 'kustomization', path: 'k' })).toMatchObject({
      isComplete: true,
      objects: [{ kind: 'ConfigMap' }],
    });
    expect(await renderer.render(tree, { kind: 'kustomization', path: 'h' })).toMatchObject({
      isComplete: false,
      diagnostics: [{ code: 'renderer-missing' }],
    });
    const wrong = testRenderer({ env: { HELM_BIN: '/nonexistent/helm', KUSTOMIZE_BIN: '/bin/false' } });
    expect((await wrong.render(tree, chart('web'))).diagnostics[0]?.message).toContain('/nonexistent/helm (HELM_BIN)');
    expect((await wrong.render(tree, { kind: 'kustomization', path: 'k' })).diagnostics[0]?.message).toContain(
      '/bin/false does not tell its version',
    );
  });

  it('renders a chart with links that stay in the tree', async () => {
    const folder = temporaryFolder(CHART);
    symlinkSync('../web', join(folder, 'web/again'));
    writeFileSync(join(folder, 'values.txt'), 'a: linked\n');
    symlinkSync('../values.txt', join(folder, 'web/values.yaml'));
    const { objects, inputs } = await testRenderer().render(await openDirectoryTree(folder), chart('web'));
    expect(objects).toHaveLength(1);
    const config = find(objects, 'ConfigMap');
    expect(config.body['data']).toEqual({ a: 'linked' });
    expect(placeOf(config.locate(['data', 'a']))).toBe('web/values.yaml:1');
    expect(inputs).toEqual(['web/Chart.yaml', 'web/templates/cm.yaml', 'web/values.yaml']);
  });

  it('renders no chart with a link that leads out of the tree', async () => {
    const folder = temporaryFolder(CHART);
    symlinkSync('/etc/hostname', join(folder, 'web/templates/secret.yaml'));
    expect(await testRenderer().render(await openDirectoryTree(folder), chart('web'))).toMatchObject({
      isComplete: false,
      objects: [],
      diagnostics: [{ code: 'symlink-not-followed', path: 'web/templates/secret.yaml' }],
    });
  });

  it('renders more roots than it runs tools at a time', async () => {
    const renderer = testRenderer({ concurrency: 2 });
    const names = Array.from({ length: 6 }, (_, index) => `release-${index}`);
    const renderings = await Promise.all(
      names.map((releaseName) => renderer.render(treeOf(CHART), chart('web', { releaseName }))),
    );
    expect(renderings.map(({ objects }) => objects[0]?.metadata.name)).toEqual(names);
  });
});
