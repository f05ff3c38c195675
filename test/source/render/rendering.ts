import { execFileSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { afterAll } from 'vitest';
import type { Origin } from '../../../src/diagnostic/diagnostic.js';
import type { JsonObject, KubernetesObject } from '../../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../../src/kubernetes/parse-manifest-file.js';
import type { ChartRoot, GivenValues } from '../../../src/layout/root.js';
import { createRenderer, type Renderer, type RendererOptions } from '../../../src/source/render/renderer.js';
import { createSourceTree } from '../../../src/source/create-source-tree.js';
import { blobName } from '../../../src/source/blob-name.js';
import type { SourceTree } from '../../../src/source/source-tree.js';

const renderers: Renderer[] = [];

afterAll(async () => {
  await Promise.all(renderers.splice(0).map((renderer) => renderer.close()));
});

/** A renderer that ends with the test file. */
export function testRenderer(options?: RendererOptions): Renderer {
  const renderer = createRenderer(options);
  renderers.push(renderer);
  return renderer;
}

/** The binaries of a release; the ones before the current with `previous`. */
export function toolsOf(release: 'current' | 'previous'): NodeJS.ProcessEnv {
  const prefix = release === 'current' ? '' : 'PREVIOUS_';
  return { KUSTOMIZE_BIN: process.env[`${prefix}KUSTOMIZE_BIN`], HELM_BIN: process.env[`${prefix}HELM_BIN`] };
}

export type Files = Readonly<Record<string, string | Uint8Array>>;

/** A tree in memory, which counts how often its files are read. */
export function treeOf(files: Files): SourceTree & { readonly reads: () => number } {
  let reads = 0;
  const contents = new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)]));
  const entries = [...contents].map(([path, content]) => {
    return [path, { size: content.byteLength, digest: blobName(content) }] as const;
  });
  const tree = createSourceTree(new Map(entries), (paths) => {
    reads += 1;
    return Promise.resolve(new Map(paths.map((path) => [path, contents.get(path)!])));
  });
  return { ...tree, reads: () => reads };
}

export function chart(path: string, more: Partial<ChartRoot> = {}): ChartRoot {
  return {
    kind: 'chart',
    path,
    releaseName: 'shop',
    namespace: 'shop-ns',
    valuesFiles: [],
    values: [],
    parameters: [],
    includeCrds: true,
    ...more,
  };
}

/** Values that all stand on one line. */
export function valuesAt(values: JsonObject, origin: Origin = { path: 'app.yaml', line: 1 }): GivenValues {
  return { values, locate: () => origin };
}

/** `path:line` of a value, with a `~` where it is only near. */
export function placeOf({ path, line, isExact }: Origin): string {
  return `${isExact === false ? '~' : ''}${path}:${line}`;
}

export function find(objects: readonly KubernetesObject[], kind: string, name = ''): KubernetesObject {
  const found = objects.find((object) => object.kind === kind && object.metadata.name.includes(name));
  if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
  return found;
}

/** What a tool prints in a folder, as objects. */
export function byHand(folder: string, command: string, args: readonly string[]): readonly unknown[] {
  const env = { HOME: mkdtempSync(join(tmpdir(), 'egress-scope-home-')), PATH: process.env['PATH'] };
  const content = execFileSync(command, args, { cwd: folder, env, encoding: 'utf8' });
  return bodiesOf(parseManifestFile({ path: 'output.yaml', content }).objects);
}

/** In an order of their own: it means nothing. */
export function bodiesOf(objects: readonly KubernetesObject[]): readonly unknown[] {
  return objects
    .map(({ body }) => JSON.parse(JSON.stringify(body)) as unknown)
    .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** A packed chart. */
export async function packChart(files: Readonly<Record<string, string | Uint8Array>>): Promise<Buffer> {
  const archive = pack();
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, Buffer.from(content));
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  return gzipSync(Buffer.concat(chunks));
}
