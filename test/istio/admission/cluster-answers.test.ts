import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { admit } from '../../../src/istio/admission/admit.js';
import type { JsonObject, JsonValue } from '../../../src/kubernetes/manifest.js';
import { kubernetesObject } from './admission-object.js';

/** What the API server's schema validation and istiod's webhook said: null where they admitted the object, the webhook's
 * words where it refused, `{schema: true}` where the schema alone did. */
type Answer = null | string | { readonly schema: true };
type Edit = readonly [operation: 'set' | 'del' | 'dup' | 'ren', path: readonly (string | number)[], value?: JsonValue];

interface Case {
  readonly base: string;
  readonly edits: readonly Edit[];
  /** By version; one that is missing answers as 1.30 does. */
  readonly answers: Readonly<Partial<Record<string, Answer>>>;
}

/** Objects that were made by editing a few valid ones at random, and what istiod 1.28, 1.30 and 1.31 answered to them. */
const { bases, cases } = JSON.parse(readFileSync(new URL('golden/cluster-answers.json', import.meta.url), 'utf8')) as {
  bases: Record<string, JsonObject>;
  cases: Case[];
};

type Container = Record<string | number, JsonValue>;

function edited({ base, edits }: Case): JsonObject {
  const object = structuredClone(bases[base]!) as Container;
  for (const [operation, path, value] of edits) {
    const parent = path.slice(0, -1).reduce<Container>((at, key) => at[key] as Container, object);
    const key = path.at(-1)!;
    if (operation === 'set') parent[key] = value!;
    else if (operation === 'dup')
      (parent as unknown as JsonValue[]).splice(key as number, 0, structuredClone(parent[key]!));
    else if (operation === 'ren') parent[value as string] = parent[key]!;
    if (operation !== 'del' && operation !== 'ren') continue;
    if (Array.isArray(parent)) parent.splice(key as number, 1);
    else Reflect.deleteProperty(parent, key);
  }
  return object;
}

/** Istio goes through maps in no particular order, so that neither do its errors have one. */
function lines(message: string): string[] {
  return message.split('\n').sort();
}

describe.each(['1.28', '1.30', '1.31'])('a cluster with Istio %s', (version) => {
  const answers = cases.map((entry) => ({
    entry,
    answer: (version in entry.answers ? entry.answers[version] : entry.answers['1.30']) ?? null,
    rejected: admit(kubernetesObject(edited(entry)), version).rejected,
  }));

  it('admits the same objects', () => {
    const wrong = answers.filter(({ answer, rejected }) => (answer === null) !== (rejected === null));
    expect(wrong).toEqual([]);
    expect(answers.filter(({ answer }) => answer === null).length).toBeGreaterThan(300);
  });

  it('refuses others in the same words', () => {
    const told = answers.filter(({ answer }) => typeof answer === 'string');
    const wrong = told.filter(({ answer, rejected }) => {
      return lines(answer as string).join('\n') !== lines(rejected ?? '').join('\n');
    });
    expect(wrong).toEqual([]);
    expect(told.length).toBeGreaterThan(300);
  });
});
