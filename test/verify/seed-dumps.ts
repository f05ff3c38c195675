import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDump } from '../../src/envoy/read-dump.js';
import type { ProxyDump } from '../../src/envoy/proxy-dump.js';
import { meshToVerify, verifyWorkload } from '../../src/verify/verify-workload.js';
import type { Verification } from '../../src/verify/verification.js';
import { parseText, readCase } from '../conformance/conformance-case.js';

/** What istiod's generators send to `default/Pod/my-shell` of the case seed-bookinfo, before and after its change. */
export const DUMPS_FOLDER = join(import.meta.dirname, '../conformance/proxy-config');
export const SEED = readCase('seed-bookinfo');
export const MY_SHELL = { namespace: 'default', kind: 'Pod', name: 'my-shell' };

export type Side = 'before' | 'after';

export function seedText(side: Side): string {
  return side === 'before' ? SEED.beforeText : SEED.afterText;
}

export function dumpText(side: Side, kind: 'config_dump' | 'sidecarz' = 'config_dump'): string {
  return readFileSync(join(DUMPS_FOLDER, `${side}.${kind}.json`), 'utf8');
}

export function dumpOf(text: string): ProxyDump {
  return readDump(new TextEncoder().encode(text));
}

/** Holds manifests against a dump, both as text. */
export function verify(manifests: string, dump: string, istioVersion = '1.30'): Verification {
  const mesh = meshToVerify({ manifests: parseText(manifests), mesh: { istioVersion, probes: SEED.probes } });
  return verifyWorkload(mesh, MY_SHELL, dumpOf(dump), 'dump.json');
}
