import { describe, expect, it } from 'vitest';
import { applyOperations, type EditOperation } from '../../src/kubernetes/edit-operations.js';
import { editManifestFile, type ObjectEdit } from '../../src/kubernetes/edit-manifest-file.js';
import type { JsonObject } from '../../src/kubernetes/manifest.js';
import { parseManifestFile } from '../../src/kubernetes/parse-manifest-file.js';

function bodyOf(text: string, index = 0): JsonObject {
  return parseManifestFile({ path: 'a.yaml', content: text }).objects[index]!.body;
}

function change(body: JsonObject, ...operations: readonly EditOperation[]): ObjectEdit {
  return { body, edited: applyOperations(body, operations), operations };
}

/** The text after an edit of one object, or why there is none. */
function edit(text: string, operations: readonly EditOperation[], index = 0, path = 'a.yaml'): string {
  const result = editManifestFile(path, text, [change(bodyOf(text, index), ...operations)]);
  return result.kind === 'edited' ? result.text : `refused: ${result.reason}`;
}

const HOSTS = ['spec', 'egress', 0, 'hosts'];

function addHost(index: number, value = 'shop/cart.shop.svc.cluster.local'): EditOperation {
  return { kind: 'insert', path: HOSTS, index, value };
}

function sidecar(egress: string): string {
  return `apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata:\n  name: default\n  namespace: shop\nspec:\n${egress}`;
}

describe('a line is added to a list', () => {
  it.each([
    [
      'that is indented, and keeps the comment behind the line above',
      '  egress:\n    - hosts:\n        - "./*" # our own\n        # of the platform\n  # the end\n',
      '  egress:\n    - hosts:\n        - "./*" # our own\n        - "shop/cart.shop.svc.cluster.local"\n        # of the platform\n  # the end\n',
    ],
    [
      'that is flush with its key, without quotes where no other needs none',
      "  egress:\n  - hosts:\n    - './*'\n    - istio-system/a.istio-system.svc.cluster.local\n",
      "  egress:\n  - hosts:\n    - './*'\n    - istio-system/a.istio-system.svc.cluster.local\n    - shop/cart.shop.svc.cluster.local\n",
    ],
    [
      'in brackets',
      '  egress: [{hosts: ["./*"]}]\n',
      '  egress: [{hosts: ["./*", "shop/cart.shop.svc.cluster.local"]}]\n',
    ],
    [
      'in brackets over several lines, with a comma at the end',
      '  egress:\n    - hosts: [\n        "./*", # our own\n      ]\n',
      '  egress:\n    - hosts: [\n        "./*", # our own\n        "shop/cart.shop.svc.cluster.local",\n      ]\n',
    ],
    [
      'that ends with the file',
      '  egress:\n    - hosts:\n        - ./*',
      '  egress:\n    - hosts:\n        - ./*\n        - shop/cart.shop.svc.cluster.local',
    ],
  ])('%s', (_name, before, after) => {
    expect(edit(sidecar(before), [addHost(before.includes('istio-system') ? 2 : 1)])).toBe(sidecar(after));
  });

  it('with the line ends of the file', () => {
    const text = sidecar('  egress:\n    - hosts:\n        - "./*"\n').replaceAll('\n', '\r\n');
    expect(edit(text, [addHost(1)])).toBe(`${text}        - "shop/cart.shop.svc.cluster.local"\r\n`);
  });

  it('and the last one taken out with the break before it, of two characters where the file has such', () => {
    const text = sidecar('  egress:\n    - hosts:\n        - a/b.c\n        - d/e.f').replaceAll('\n', '\r\n');
    const removal = { kind: 'remove', path: [...HOSTS, 1] } as const;
    expect(edit(text, [removal])).toBe(text.slice(0, text.indexOf('\r\n        - d/e.f')));
  });

  it('before others', () => {
    const text = sidecar('  egress:\n    - hosts:\n        - a/b.c\n        - d/e.f\n');
    expect(edit(text, [addHost(0, 'x/y.z')])).toContain('hosts:\n        - x/y.z\n        - a/b.c\n        - d/e.f\n');
    expect(edit(text, [addHost(1, 'x/y.z')])).toContain('hosts:\n        - a/b.c\n        - x/y.z\n        - d/e.f\n');
  });

  it('as a map of its own', () => {
    const text = sidecar("  egress:\n  - port:\n      number: 80\n    hosts:\n    - './*'\n");
    const value = { port: { number: 9080, protocol: 'HTTP', name: 'http' }, hosts: ['./a.shop.svc.cluster.local'] };
    expect(edit(text, [{ kind: 'insert', path: ['spec', 'egress'], index: 1, value }])).toBe(
      `${text}  - port:\n      number: 9080\n      protocol: HTTP\n      name: http\n    hosts:\n    - './a.shop.svc.cluster.local'\n`,
    );
  });
});

describe('a value is set', () => {
  const pod = 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop # ours\n';

  it('where there is none, with the map that it belongs to', () => {
    const value = { 'istio-injection': 'enabled' };
    expect(edit(pod, [{ kind: 'set', path: ['metadata', 'labels'], value }])).toBe(
      `${pod}  labels:\n    istio-injection: enabled\n`,
    );
  });

  it('in place of another, quoted as that was', () => {
    const text = `${pod}  labels:\n    a: 'b' # why\n    c: d\n`;
    const path = ['metadata', 'labels', 'a'];
    expect(edit(text, [{ kind: 'set', path, value: 'true' }])).toBe(text.replace("'b'", "'true'"));
    expect(edit(text, [{ kind: 'set', path: ['metadata', 'labels', 'c'], value: 'true' }])).toBe(
      text.replace('c: d', "c: 'true'"),
    );
  });

  it('behind a key without one', () => {
    const text = `${pod}  labels: # none yet\n`;
    expect(edit(text, [{ kind: 'set', path: ['metadata', 'labels'], value: { a: 'b' } }])).toBe(
      `${pod}  labels: # none yet\n    a: b\n`,
    );
  });

  it('in text of several lines, which stays as it is around it', () => {
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\ndata:\n  mesh: |\n      # why\n      rootNamespace: a\n\n      enableAutoMtls: true\n  other: x\n`;
    const value = '# why\nrootNamespace: b\n\nenableAutoMtls: true\n';
    expect(edit(text, [{ kind: 'set', path: ['data', 'mesh'], value }])).toBe(
      text.replace('rootNamespace: a', 'rootNamespace: b'),
    );
    const quoted = text.replace(/mesh: [^]*other/, "mesh: 'a: b'\n  other");
    expect(edit(quoted, [{ kind: 'set', path: ['data', 'mesh'], value: 'a: c\nd: e' }])).toContain(
      '  mesh: |-\n    a: c\n    d: e\n  other: x\n',
    );
  });
});

describe('a value is removed', () => {
  const text = sidecar('  egress:\n  - port:\n      number: 80\n    hosts: # all\n    - a/b.c # why\n    - d/e.f\n');

  it('with its lines', () => {
    expect(edit(text, [{ kind: 'remove', path: [...HOSTS, 0] }])).toBe(text.replace('    - a/b.c # why\n', ''));
    expect(edit(text, [{ kind: 'remove', path: [...HOSTS, 1] }])).toBe(text.replace('    - d/e.f\n', ''));
  });

  it('from behind a dash, where the next one moves up', () => {
    expect(edit(text, [{ kind: 'remove', path: ['spec', 'egress', 0, 'port'] }])).toBe(
      text.replace('- port:\n      number: 80\n    hosts', '- hosts'),
    );
  });

  it('from brackets, with its comma', () => {
    const flow = sidecar('  egress: [{hosts: [a/b.c, d/e.f], port: {number: 80}}]\n');
    expect(edit(flow, [{ kind: 'remove', path: [...HOSTS, 0] }])).toBe(flow.replace('a/b.c, ', ''));
    expect(edit(flow, [{ kind: 'remove', path: ['spec', 'egress', 0, 'port'] }])).toBe(
      flow.replace(', port: {number: 80}', ''),
    );
  });

  it('and leaves an empty list or map where it was the last', () => {
    expect(edit(text, [{ kind: 'remove', path: ['spec', 'egress', 0] }])).toBe(sidecar('  egress: []\n'));
    expect(edit(text, [{ kind: 'remove', path: ['spec', 'egress'] }])).toBe(sidecar('').replace('spec:', 'spec: {}'));
  });
});

describe('a file with several objects', () => {
  const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\n';
  const text = `# head\n${service}---\n${sidecar('  egress:\n    - hosts: ["./*"]\n')}--- # last\n${service.replace('cart', 'web')}`;

  it('keeps the others as they are', () => {
    expect(edit(text, [addHost(1)], 1)).toBe(text.replace('"./*"]', '"./*", "shop/cart.shop.svc.cluster.local"]'));
  });

  it('gets another one at its end, or loses one', () => {
    const added = {
      body: null,
      edited: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } },
      operations: [],
    };
    const result = editManifestFile('a.yaml', text, [added]);
    expect(result).toMatchObject({
      text: `${text}---\napiVersion: v1\nkind: Namespace\nmetadata:\n  name: x\n`,
      patches: [{ startLine: 17, endLine: 17, after: expect.arrayContaining(['---']) as unknown }],
    });
    const removed = (index: number): unknown =>
      editManifestFile('a.yaml', text, [{ body: bodyOf(text, index), edited: null, operations: [] }]);
    expect(removed(1)).toMatchObject({ text: `# head\n${service}--- # last\n${service.replace('cart', 'web')}` });
    expect(removed(0)).toMatchObject({ text: text.slice(text.indexOf('apiVersion: networking')) });
    expect(removed(2)).toMatchObject({ text: text.slice(0, text.indexOf('--- # last')) });
  });

  it('is edited where an item of a list is meant', () => {
    const list = `apiVersion: v1\nkind: List\nitems:\n- ${service.trim().replaceAll('\n', '\n  ')}\n- ${sidecar('  egress:\n    - hosts:\n        - ./*\n').trim().replaceAll('\n', '\n  ')}\n`;
    expect(edit(list, [addHost(1)], 1)).toBe(`${list}          - shop/cart.shop.svc.cluster.local\n`);
    const named = list
      .replace('kind: List', 'kind: ServiceList')
      .replace('apiVersion: v1\n  kind: Service\n  metadata', 'metadata');
    expect(edit(named, [{ kind: 'set', path: ['metadata', 'name'], value: 'x' }])).toBe(named.replace('cart', 'x'));
  });

  it('takes an edit of each of several', () => {
    const edits = [
      change(bodyOf(text, 1), addHost(1)),
      change(bodyOf(text, 0), { kind: 'set', path: ['metadata', 'labels'], value: { a: 'b' } }),
    ];
    const result = editManifestFile('a.yaml', text, edits);
    expect(result).toMatchObject({
      kind: 'edited',
      patches: [
        { startLine: 4, endLine: 4, after: ['metadata: {name: cart, namespace: shop, labels: {a: b}}'] },
        { startLine: 13, endLine: 13 },
      ],
    });
  });
});

describe('JSON stays JSON', () => {
  it('with keys and texts in quotes', () => {
    const text = `${JSON.stringify({ ...bodyOf(sidecar('  egress: [{hosts: [a/b.c]}]\n')) }, null, 2)}\n`;
    const after = edit(
      text,
      [addHost(1), { kind: 'set', path: ['metadata', 'labels'], value: { a: 'b' } }],
      0,
      'a.json',
    );
    expect(JSON.parse(after)).toMatchObject({ metadata: { labels: { a: 'b' } } });
    expect(after).toContain('          "a/b.c",\n          "shop/cart.shop.svc.cluster.local"\n');
  });
});

describe('an edit is refused', () => {
  it('where an anchor would carry it to another place', () => {
    const text = sidecar('  egress:\n    - hosts: &h\n        - a/b.c\n    - port: {number: 80}\n      hosts: *h\n');
    expect(edit(text, [addHost(1)])).toMatch(/^refused: .* an anchor, an alias or a merge key/);
    expect(edit(text, [{ kind: 'insert', path: ['spec', 'egress', 1, 'hosts'], index: 1, value: 'x/y.z' }])).toMatch(
      /^refused: /,
    );
  });

  it('where a merge key brings the value', () => {
    const text = `apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  labels: &l\n    a: b\nspec:\n  selector:\n    <<: *l\n    c: d\n`;
    expect(edit(text, [{ kind: 'remove', path: ['spec', 'selector', 'a'] }])).toMatch(/^refused: /);
    // What is set beside the merge outranks it, and touches nothing else.
    expect(edit(text, [{ kind: 'set', path: ['spec', 'selector', 'a'], value: 'x' }])).toBe(`${text}    a: x\n`);
  });

  it('where the object is not in the file as it is applied', () => {
    const text = sidecar('  egress: [{hosts: [a/b.c]}]\n');
    const other = bodyOf(text.replace('a/b.c', 'overlay/b.c'));
    expect(editManifestFile('a.yaml', text, [change(other, addHost(1))])).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('does not stand in the file') as unknown,
    });
  });
});
