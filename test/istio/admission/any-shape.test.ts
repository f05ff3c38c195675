import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/istio/admission/admit.js';
import { ISTIO_KINDS } from '../../../src/istio/admission/istio-kinds.js';
import { NATIVE_KINDS } from '../../../src/istio/admission/native-kinds.js';
import { isArray } from '../../../src/istio/admission/decode-spec.js';
import type { Schema } from '../../../src/istio/admission/schema.js';
import type { JsonValue } from '../../../src/kubernetes/manifest.js';
import { istioObject, kubernetesObject } from './admission-object.js';

const KINDS = Object.entries({ ...ISTIO_KINDS, ...NATIVE_KINDS });

/** Values that have the shape the schema asks for about as often as not. */
function valueOf(schema: Schema | undefined): fc.Arbitrary<JsonValue> {
  const anything = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<JsonValue>;
  switch (schema?.type) {
    case 'object': {
      const fields = Object.entries(schema.fields).map(([name, field]) => [name, valueOf(field)] as const);
      const record = fc.record(Object.fromEntries(fields), { requiredKeys: [] }) as fc.Arbitrary<JsonValue>;
      return fc.oneof({ weight: 9, arbitrary: record }, { weight: 1, arbitrary: anything });
    }
    case 'array':
      return fc.oneof(
        { weight: 9, arbitrary: fc.array(valueOf(schema.items), { maxLength: 2 }) },
        { weight: 1, arbitrary: anything },
      );
    case 'enum':
      return fc.oneof(fc.constantFrom(...schema.values), anything);
    default:
      return anything;
  }
}

/** Whether the way leads to something that is there, or past where something is missing or of another type. */
function leadsSomewhere(body: JsonValue, path: readonly (string | number)[]): boolean {
  let at: JsonValue | undefined = body;
  for (const step of path) {
    if (typeof at !== 'object' || at === null || isArray(at) !== (typeof step === 'number')) return true;
    at = (at as Record<string | number, JsonValue>)[step];
    if (typeof step === 'number' && at === undefined) return false;
  }
  return true;
}

describe('admit', () => {
  it.each(KINDS)('answers to any shape of %s, and its paths lead somewhere', (key, kind) => {
    const [group = '', name = ''] = key.split('/');
    const apiVersion = group === '' ? kind.versions[0]! : `${group}/${kind.versions[0]!}`;
    fc.assert(
      fc.property(valueOf(kind.schema), fc.constantFrom('1.28', '1.31'), (spec, version) => {
        const object = kubernetesObject({ apiVersion, kind: name, metadata: { name: 'x' }, spec });
        const { rejected, rejectedPath, warnings } = admit(object, version);
        expect(rejected === null || rejected.length > 0).toBe(true);
        if (rejected === null) expect(rejectedPath).toEqual([]);
        for (const path of [rejectedPath, ...warnings.map((warning) => warning.path)]) {
          expect(leadsSomewhere(object.body, path)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('answers to long texts and long lists in good time', () => {
    const long = 'a'.repeat(2_000_000);
    const hosts = Array.from({ length: 150_000 }, (_, index) => `*/h${index}.example`);
    expect(admit(istioObject('Sidecar', 'default', { egress: [{ hosts }] }), '1.30').rejected).toBeNull();
    expect(
      admit(istioObject('Sidecar', 'default', { egress: [{ hosts: [`*/${long}.b`] }] }), '1.30').rejected,
    ).toContain('too long (max 255)');
    const repeated = Array.from({ length: 20_000 }, () => 'a.example');
    const service = istioObject('VirtualService', 'v', { hosts: repeated, http: [{ redirect: { uri: '/' } }] });
    expect(admit(service, '1.30').rejected).toContain('duplicate hosts in virtual service: a.example & a.example');
    const headers = { request: { set: { a: '%%'.repeat(1_500_000) } } };
    const route = { route: [{ destination: { host: 'a' } }], headers, timeout: '1'.repeat(2_000_000) };
    expect(admit(istioObject('VirtualService', 'v', { hosts: ['a.b'], http: [route] }), '1.30').rejected).toContain(
      'bad Duration',
    );
    const untimed = { ...route, timeout: '1s' };
    expect(admit(istioObject('VirtualService', 'v', { hosts: ['a.b'], http: [untimed] }), '1.30').rejected).toContain(
      'larger than a cluster stores',
    );
  }, 20_000);
});
