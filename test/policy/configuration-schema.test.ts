import { readFileSync, writeFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderConfigurationSchema } from '../../src/policy/json-schema.js';
import { parsePolicyFile } from '../../src/policy/parse-policy-file.js';
import { renderSettingsTable } from '../../src/policy/settings-table.js';

const at = (path: string): URL => new URL(`../../${path}`, import.meta.url);
const SCHEMA = at('schema/egress-scope.schema.json');
const DOCUMENT = at('docs/configuration.md');
const EXAMPLE = at('examples/egress-scope.yml');
const TABLE = /(?<=<!-- settings -->\n)[\s\S]*?(?=<!-- end of settings -->)/;

if (process.env['UPDATE_SCHEMA'] === '1') {
  writeFileSync(SCHEMA, renderConfigurationSchema());
  const text = readFileSync(DOCUMENT, 'utf8');
  writeFileSync(
    DOCUMENT,
    text.replace(TABLE, () => `\n${renderSettingsTable()}\n`),
  );
}

const validate = new Ajv({ strict: true, allowUnionTypes: true }).compile(
  JSON.parse(readFileSync(SCHEMA, 'utf8')) as object,
);

describe('the one definition of the configuration', () => {
  it('is what the published schema says (UPDATE_SCHEMA=1 writes it)', () => {
    expect(readFileSync(SCHEMA, 'utf8')).toBe(renderConfigurationSchema());
  });

  it('is what the documentation lists (UPDATE_SCHEMA=1 writes it)', () => {
    expect(TABLE.exec(readFileSync(DOCUMENT, 'utf8'))?.[0].trim()).toBe(renderSettingsTable().trim());
  });

  it('takes the example, which tells editors where the schema is', () => {
    const text = readFileSync(EXAMPLE, 'utf8');
    expect(text.split('\n')[0]).toBe('# yaml-language-server: $schema=../schema/egress-scope.schema.json');
    expect(parsePolicyFile('e.yml', text).problems).toEqual([]);
    expect(validate(parse(text))).toBe(true);
  });

  it.each([
    ['nothing', '{}', true],
    ['a version that YAML reads as a number', 'istioVersion: 1.30', true],
    ['an unknown key', 'failsOn: warning', false],
    ['an unknown severity', 'severities: {outside: {unknown: fatal}}', false],
    [
      'a waiver without an owner',
      'waivers: [{scope: {workload: a/b, host: c}, reason: x, expires: 2031-01-01}]',
      false,
    ],
    ['a waiver', 'waivers: [{scope: {workload: a/b, host: c}, reason: x, owner: y, expires: 2031-01-01}]', true],
    [
      'a month that there is none of',
      'waivers: [{scope: {workload: a/b, host: c}, reason: x, owner: y, expires: 2031-13-01}]',
      false,
    ],
    [
      'a contract',
      'contracts: [{rule: must-not-reach, scope: {workload: a/*, host: "*.b:443"}, reason: x, owner: y}]',
      true,
    ],
    ['a contract without a reason', 'contracts: [{rule: must-be-meshed, scope: {workload: a/b, host: c}}]', false],
    [
      'a contract of another rule',
      'contracts: [{rule: must-reach, scope: {workload: a/b, host: c}, reason: x}]',
      false,
    ],
    ['owners who must approve', 'owners: {mustApprove: true}', true],
    ['owners who must approve by a word', 'owners: {mustApprove: always}', false],
    ['a probe on its own', 'probes: a.b:1/http', false],
    ['a permission that reads only', 'accept: {permission: read}', false],
    [
      'a mesh',
      'meshes: [{name: prod, paths: [clusters/prod], rootNamespace: istio-system, defaultNamespace: shop}]',
      true,
    ],
    ['meshes with roots', 'meshes: [{name: "a-*", roots: [{path: b/*, kind: helm, parameters: [a=1]}]}]', true],
    ['a root without a folder', 'meshes: [{name: a, roots: [{kind: helm}]}]', false],
    ['a root of another kind', 'meshes: [{name: a, roots: [{path: b, kind: chart}]}]', false],
    ['an address', 'allow: {remotes: ["https://example.com/charts"], lookups: [charts/a]}', true],
    ['an address of another kind', 'allow: {remotes: ["ssh://git@example.com"]}', false],
    ['a path outside', 'ignores: ["a\\\\b"]', false],
  ])('judges %s in the schema as in the parser', (_what, text, isRight) => {
    expect(parsePolicyFile('p.yml', text).problems.length === 0).toBe(isRight);
    expect(validate(parse(text, { version: '1.2' }))).toBe(isRight);
  });
});
