import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node } from 'yaml';
import { diagnostic, type Diagnostic } from '../diagnostic/diagnostic.js';
import type { ChangeSeverity, Need } from '../reachability/change.js';
import type { Destination } from '../reachability/egress-reachability.js';
import { parseProbe } from './parse-destination.js';
import { DEFAULT_POLICY, type ChangeClass, type Policy, type SeverityTable } from './policy.js';

/** What a configuration file says about the mesh; absent where it says nothing. */
export interface MeshSettings {
  readonly istioVersion?: string;
  readonly clusterDomain?: string;
  readonly injectionDefault?: boolean;
  readonly probes?: readonly Destination[];
}

export interface PolicyFile {
  readonly policy: Policy;
  readonly mesh: MeshSettings;
  /** Everything that is wrong with the file. Where there is anything, the file must not be used. */
  readonly problems: readonly Diagnostic[];
}

const NEEDS: readonly Need[] = ['referenced', 'unknown', 'deliberate', 'potential'];
const SEVERITIES: readonly ChangeSeverity[] = ['failure', 'warning', 'notice', 'none'];
const CLASSES: readonly ChangeClass[] = ['broken', 'outside', 'absent', 'sideways', 'better'];

/** Reads the configuration: `istioVersion`, `clusterDomain`, `injectionDefault`, `probes`, `failOn`, `severities`. Every key
 * may be left out; any other key, and a value of the wrong kind, is a problem with its line.
 *
 * @param path as problems name it. */
export function parsePolicyFile(path: string, text: string): PolicyFile {
  return new PolicyReader(path, text).read();
}

/** The Istio versions that may be asked for look like this; which of them are known is the engine's business. */
export function isIstioVersion(text: string): boolean {
  return /^\d+\.\d+(?:\.\d+)?$/.test(text);
}

export function isClusterDomain(text: string): boolean {
  return /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/.test(text);
}

type Entries = ReadonlyMap<string, { readonly keyNode: unknown; readonly value: unknown }>;

class PolicyReader {
  readonly #lines = new LineCounter();
  readonly #problems: Diagnostic[] = [];

  constructor(
    private readonly path: string,
    private readonly text: string,
  ) {}

  read(): PolicyFile {
    const document = parseDocument(this.text, { lineCounter: this.#lines, stringKeys: true });
    for (const error of document.errors) this.#problem(error.message.split('\n')[0] ?? '', error.pos[0]);
    const root = document.contents;
    if (document.errors.length > 0 || root === null || (isScalar(root) && root.value === null))
      return this.#result({}, {});
    const entries = this.#entries(root, [
      'istioVersion',
      'clusterDomain',
      'injectionDefault',
      'probes',
      'failOn',
      'severities',
    ]);
    const mesh: MeshSettings = {
      ...optional('istioVersion', this.#istioVersion(entries)),
      ...optional(
        'clusterDomain',
        this.#text(entries, 'clusterDomain', isClusterDomain, 'a DNS domain such as cluster.local'),
      ),
      ...optional('injectionDefault', this.#boolean(entries, 'injectionDefault')),
      ...optional('probes', this.#probes(entries)),
    };
    const policy: Partial<Policy> = {
      ...optional('failOn', this.#choice(entries, 'failOn', ['failure', 'warning'] as const)),
      ...optional('severities', this.#severities(entries)),
    };
    return this.#result(mesh, policy);
  }

  #result(mesh: MeshSettings, policy: Partial<Policy>): PolicyFile {
    return { mesh, policy: { ...DEFAULT_POLICY, ...policy }, problems: this.#problems };
  }

  /** A version is text: of `1.30` without quotes YAML would make the number 1.3, so its source is read. */
  #istioVersion(entries: Entries): string | undefined {
    const entry = entries.get('istioVersion');
    if (entry === undefined) return undefined;
    const source = isScalar(entry.value) && typeof entry.value.value !== 'boolean' ? (entry.value.source ?? '') : '';
    if (isIstioVersion(source)) return source;
    this.#wrong('istioVersion', 'a version such as 1.30', entry);
    return undefined;
  }

  #text(entries: Entries, key: string, isValid: (text: string) => boolean, expected: string): string | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    const value = isScalar(entry.value) ? entry.value.value : undefined;
    if (typeof value === 'string' && isValid(value)) return value;
    this.#wrong(key, expected, entry);
    return undefined;
  }

  #boolean(entries: Entries, key: string): boolean | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    const value = isScalar(entry.value) ? entry.value.value : undefined;
    if (typeof value === 'boolean') return value;
    this.#wrong(key, 'true or false', entry);
    return undefined;
  }

  #choice<T extends string>(entries: Entries, key: string, choices: readonly T[]): T | undefined {
    const entry = entries.get(key);
    if (entry === undefined) return undefined;
    const value = isScalar(entry.value) ? entry.value.value : undefined;
    const chosen = choices.find((choice) => choice === value);
    if (chosen === undefined) this.#wrong(key, `one of ${choices.join(', ')}`, entry);
    return chosen;
  }

  #probes(entries: Entries): readonly Destination[] | undefined {
    const entry = entries.get('probes');
    if (entry === undefined) return undefined;
    if (!isSeq(entry.value)) {
      this.#wrong('probes', 'a list of HOST:PORT/PROTOCOL', entry);
      return undefined;
    }
    return entry.value.items.flatMap((item) => {
      const probe = isScalar(item) && typeof item.value === 'string' ? parseProbe(item.value) : null;
      if (probe === null)
        this.#wrong('a probe', 'HOST:PORT/PROTOCOL with http, tls or tcp', { keyNode: item, value: item });
      return probe === null ? [] : [probe];
    });
  }

  #severities(entries: Entries): SeverityTable | undefined {
    const entry = entries.get('severities');
    if (entry === undefined) return undefined;
    const rows = this.#entries(entry.value, CLASSES, entry.keyNode);
    const table: Record<ChangeClass, Readonly<Record<Need, ChangeSeverity>>> = { ...DEFAULT_POLICY.severities };
    for (const changeClass of CLASSES) {
      const row = rows.get(changeClass);
      if (row === undefined) continue;
      const cells = this.#entries(row.value, NEEDS, row.keyNode);
      const chosen = NEEDS.flatMap((need) => {
        const severity = this.#choice(cells, need, SEVERITIES);
        return severity === undefined ? [] : [[need, severity] as const];
      });
      table[changeClass] = { ...table[changeClass], ...Object.fromEntries(chosen) };
    }
    return table;
  }

  /** The entries of a mapping whose keys are all known. */
  #entries(node: unknown, known: readonly string[], parent: unknown = node): Entries {
    const entries = new Map<string, { readonly keyNode: unknown; readonly value: unknown }>();
    if (!isMap(node)) {
      this.#problem(`Expected a mapping with the keys ${known.join(', ')}`, startOf(parent));
      return entries;
    }
    for (const { key, value } of node.items) {
      const name = isScalar(key) && typeof key.value === 'string' ? key.value : '';
      if (known.includes(name)) entries.set(name, { keyNode: key, value });
      else this.#problem(`Unknown key "${name}"; known are ${known.join(', ')}`, startOf(key));
    }
    return entries;
  }

  #wrong(
    key: string,
    expected: string,
    { keyNode, value }: { readonly keyNode: unknown; readonly value: unknown },
  ): void {
    this.#problem(`${key} must be ${expected}`, startOf(value) ?? startOf(keyNode));
  }

  #problem(message: string, offset: number | undefined): void {
    const line = offset === undefined ? 1 : this.#lines.linePos(offset).line;
    this.#problems.push(diagnostic('configuration-invalid', message, { path: this.path, line }));
  }
}

function startOf(node: unknown): number | undefined {
  return (node as Node | null)?.range?.[0];
}

function optional<K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [key in K]?: V });
}
