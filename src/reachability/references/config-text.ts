import type { KubernetesObject } from '../../kubernetes/manifest.js';
import { asObject } from '../../kubernetes/json.js';
import { findAddressesInLine, isComment, joinHostsAndPorts, type Finding } from './address-in-text.js';
import { addressesInList } from './address-in-value.js';
import { hostOrPortStem, mayNameHost } from './address-name.js';
import { parsePort, type WrittenAddress } from './written-address.js';

/** A key and what stands behind it, as YAML, JSON, TOML, INI and properties files write it; or an item of a YAML list. */
const KEY_AND_VALUE = /^\s*(?:- +)?["']?([\w.-]{1,200})["']?\s*(?::(?=[\s"'])|=)\s*(.*)$/;
const LIST_ITEM = /^\s*- +(.*)$/;
const ONE_ADDRESS_LIST = /^[A-Za-z0-9._:,;/[\]-]+$/;

const SCANNED = new WeakMap<KubernetesObject, Map<string, readonly WrittenAddress[]>>();

/**
 * The addresses in one key of a ConfigMap, taken for a configuration file of whatever format. Bare words count only under
 * a key that names a host. A ConfigMap is shared by many workloads, so each object is scanned once.
 */
export function addressesInConfigMap(configMap: KubernetesObject, key: string): readonly WrittenAddress[] {
  let keys = SCANNED.get(configMap);
  if (keys === undefined) SCANNED.set(configMap, (keys = new Map<string, readonly WrittenAddress[]>()));
  let found = keys.get(key);
  if (found === undefined) {
    const text = asObject(configMap.body['data'])[key];
    found = typeof text === 'string' ? addressesInConfigFile(key, text) : [];
    keys.set(key, found);
  }
  return found;
}

/** @param name the file's: of a file that holds one value, it is that value's name. */
export function addressesInConfigFile(name: string, text: string): WrittenAddress[] {
  const findings: Finding[] = [];
  const lines = text.split(/\r?\n/);
  const isOneValue = lines.length === 1 || (lines.length === 2 && lines[1] === '');
  for (const [number, line] of lines.entries()) {
    if (isComment(line) || isVocabulary(line)) continue;
    const written = withoutTrailingComment(line);
    if (isOneValue && findInEntry({ key: name, value: written.trim() }, number, findings)) continue;
    const entry = keyAndValue(written);
    if (entry === null || !findInEntry(entry, number, findings)) findAddressesInLine(written, number, 'fair', findings);
  }
  return joinHostsAndPorts(findings);
}

/** Lines whose URLs name a vocabulary. */
function isVocabulary(line: string): boolean {
  if (!line.includes('://')) return false;
  return /xmlns|<!DOCTYPE|schemaLocation|"\$(?:schema|id|ref)"/.test(line);
}

function withoutTrailingComment(line: string): string {
  const end = line.search(/\s(?:#|\/\/)(?:\s|$)/);
  return end < 0 ? line : line.slice(0, end);
}

function keyAndValue(line: string): { key: string | null; value: string } | null {
  const match = KEY_AND_VALUE.exec(line);
  if (match !== null) return { key: match[1]!, value: unquote(match[2]!) };
  const item = LIST_ITEM.exec(line);
  return item === null ? null : { key: null, value: unquote(item[1]!) };
}

/** `"db:5432",` and `db:5432;` are `db:5432`. */
function unquote(value: string): string {
  let end = value.trimEnd();
  if (end.endsWith(',') || end.endsWith(';')) end = end.slice(0, -1);
  const quote = end[0];
  const isQuoted = (quote === '"' || quote === "'") && end.length > 1 && end.endsWith(quote);
  return isQuoted ? end.slice(1, -1) : end;
}

/** Takes an entry whose whole value is a list of addresses, or a port; false where the line is to be read as text. */
function findInEntry(entry: { key: string | null; value: string }, line: number, out: Finding[]): boolean {
  const { key, value } = entry;
  if (!ONE_ADDRESS_LIST.test(value) || value.includes('://')) return false;
  const kind = key === null ? undefined : hostOrPortStem(key)?.kind;
  const port = kind === 'port' ? parsePort(value) : null;
  if (typeof port === 'number') {
    out.push({ portKey: key!, port, line });
    return true;
  }
  const name = key !== null && mayNameHost(key) ? key : null;
  for (const address of addressesInList(name, value, line)) {
    // `app.version: 1.2.3`, `logger.name: org.acme`: names with dots that no key calls a host count with a port only.
    if (address.port === null && name === null && !/\.svc(?:\.|$)/i.test(address.host)) continue;
    const evidence = name === null && address.host.includes('.') ? 'fair' : 'strong';
    out.push({ ...address, evidence, key: address.port === null ? name : null });
  }
  return true;
}
