import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import type { Page } from './page.js';

const DRY_RUN = 'kubectl apply --dry-run=server -f FILE';

/** Codes of reading manifests, and of what a cluster says of them. */
export const MANIFEST_PAGES = {
  'yaml-syntax': {
    about:
      'The rest of the file is read: documents are parted by lines `---`. What the broken document would have held is not known, so that a change with one in it is undetermined.',
    look: [{ command: DRY_RUN, shows: '`error parsing FILE: error converting YAML to JSON: yaml: line N: …`.' }],
    mend: [
      'Correct the line; tabs, a missing colon and a missing closing bracket are the usual ones.',
      'Where the file is a template of another tool, render it first, or leave it out by `ignores`.',
    ],
    example: { manifest: 'apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop\n' },
    readOn: ['yaml', 'objects'],
  },
  'duplicate-key': {
    about: 'Which of the two was meant, nothing tells. Strict validation is what kubectl does by default.',
    look: [
      {
        command: DRY_RUN,
        shows: '`Error from server (BadRequest): … yaml: unmarshal errors: line N: key "…" already set in map`.',
      },
    ],
    mend: ['Remove one of the two keys, or move its value below the other.'],
    example: {
      manifest:
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata:\n  url: http://cart\n  url: http://pay\n',
    },
    readOn: ['yaml', 'field-validation'],
  },
  'unknown-alias': {
    about: 'An anchor (`&name`) holds for its own document, and only for aliases (`*name`) that come after it.',
    look: [{ command: DRY_RUN, shows: "`yaml: unknown anchor '…' referenced`." }],
    mend: [
      'Write the anchor before the alias, in the same document.',
      'Write the value out; Kustomize and Helm can share values in other ways.',
    ],
    example: {
      manifest: 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\ndata: *common\n',
    },
    readOn: ['yaml'],
  },
  'alias-bomb': {
    about: 'Aliases of aliases grow by a factor each. An API server refuses the document for the same reason.',
    look: [{ command: DRY_RUN, shows: '`yaml: document contains excessive aliasing`.' }],
    mend: ['Write the values out, or split the document.'],
    readOn: ['yaml'],
  },
  'nesting-too-deep': {
    about:
      'No object of Kubernetes or Istio is nested like that. It is mostly a file of another kind, or made to be in the way.',
    look: [{ command: DRY_RUN, shows: '`yaml: exceeded max depth of 10000`, or that the object is invalid.' }],
    mend: ['Look what the file is, and leave it out by `ignores` where it is no manifest.'],
    readOn: ['yaml', 'objects'],
  },
  'document-too-large': {
    about: 'An API server takes about 1.5 MiB of one object. More is mostly data that was put into a ConfigMap.',
    look: [
      {
        command: DRY_RUN,
        shows: '`Request entity too large: limit is 3145728`, or `etcdserver: request is too large`.',
      },
    ],
    mend: [
      'Keep data of this size elsewhere: in a volume, in an image, in an object store.',
      'Split a `List` into documents.',
    ],
    readOn: ['configmap'],
  },
  'file-too-large': {
    about: 'Nothing of the file is known. Bundles of definitions and dashboards are the usual ones.',
    look: [
      { command: 'git ls-files -z | xargs -0 du -k | sort -n | tail', shows: 'The largest files of the repository.' },
    ],
    mend: ['Split the file by its lines `---`.', 'Leave it out by `ignores` where it holds nothing of the mesh.'],
    readOn: ['objects'],
  },
  'empty-file': {
    about: 'It changes nothing. A file that was emptied by mistake may be meant to hold something.',
    look: [{ command: 'git log -p -1 -- FILE', shows: 'What the file held before.' }],
    mend: ['Remove the file, unless a kustomization or a program wants it.'],
    example: { manifest: '\n' },
    readOn: ['objects'],
  },
  'binary-file': {
    about:
      'It holds a byte 0, which no text does. Mostly it is an archive or a picture with the wrong name, or UTF-16.',
    look: [{ command: 'file FILE', shows: 'What the file is.' }],
    mend: ['Rename it, or save it as UTF-8.'],
    readOn: ['objects'],
  },
  'invalid-encoding': {
    about: 'Kubernetes takes UTF-8 alone. Files from old editors may be Latin-1 or Windows-1252.',
    look: [{ command: 'iconv -f utf-8 -t utf-8 FILE >/dev/null', shows: '`illegal input sequence at position N`.' }],
    mend: ['Save the file as UTF-8: `iconv -f latin1 -t utf-8`.'],
    readOn: ['yaml'],
  },
  'helm-template': {
    about:
      'A template is no manifest: `{{ … }}` stands for values. Where the chart’s `Chart.yaml` is in the tree as well, `diff` renders the chart; a template by itself, on standard input or among several paths, is not rendered.',
    look: [{ command: 'helm template NAME CHART --values VALUES', shows: 'What the template becomes.' }],
    mend: [
      'Name the folder that holds `Chart.yaml` with its templates.',
      'Render it before, and give the output: `helm template … | egress-scope reach -`.',
    ],
    example: { manifest: 'apiVersion: v1\nkind: Service\nmetadata:\n  name: {{ .Values.name }}\n' },
    readOn: ['helm-template'],
  },
  'foreign-syntax': {
    about: 'The file ends in `.yaml`, `.yml` or `.json`, and is of another program. It holds nothing up.',
    look: [{ command: DRY_RUN, shows: 'An error of YAML, if it was meant for Kubernetes.' }],
    mend: ['Correct it if it is a manifest. Otherwise leave it, or leave it out by `ignores`.'],
    example: { manifest: 'steps: [build, test\n' },
    readOn: ['yaml'],
  },
  'not-an-object': {
    about: 'A fragment, such as a patch that is not listed as one, or an object that has lost a line.',
    look: [
      { command: DRY_RUN, shows: "`error validating data: [apiVersion not set …]`, or `Object 'Kind' is missing`." },
    ],
    mend: ['Give it `apiVersion` and `kind`.', 'List a patch under `patches` of its kustomization.'],
    example: { manifest: 'kind: Service\nmetadata: {name: cart, namespace: shop}\n' },
    readOn: ['objects'],
  },
  'wrong-type': {
    about:
      'Names, labels and annotations are texts. `yes`, `on`, `1.0` and `0755` are none in YAML, unless they stand in quotes.',
    look: [
      { command: DRY_RUN, shows: '`cannot unmarshal number into Go struct field ObjectMeta.labels of type string`.' },
    ],
    mend: ['Put the value into quotes.'],
    example: {
      manifest: 'apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop, labels: {release: 1.10}}\n',
    },
    readOn: ['objects', 'yaml'],
  },
  'missing-name': {
    about:
      'Without a name nothing tells whether the object is the one of before. `generateName` works with `kubectl create` alone.',
    look: [{ command: DRY_RUN, shows: '`error: resource name may not be empty`.' }],
    mend: ['Give the object `metadata.name`.'],
    example: { manifest: 'apiVersion: v1\nkind: Service\nmetadata: {namespace: shop}\n' },
    readOn: ['names'],
  },
  'duplicate-object': {
    about:
      'Kind, namespace and name are the same. With `kubectl apply` the last file wins; with Argo CD and Flux it depends. Often a copy was made and not renamed, or two environments lie in one folder.',
    look: [{ command: 'egress-scope discover --render', shows: 'Each object, and the line that it comes from.' }],
    mend: ['Remove one of the two.', 'Where they are of two clusters, say so: `meshes` in the configuration.'],
    example: {
      manifest:
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n',
    },
    readOn: ['names', 'kustomize'],
  },
  'kustomize-patches': {
    about: 'It is said of kustomizations that are read as they are: on standard input, or among several paths.',
    look: [{ command: 'kubectl kustomize FOLDER', shows: 'The resources with the patches.' }],
    mend: [
      'Name the folder alone, so that it is rendered.',
      'Give the output: `kubectl kustomize … | egress-scope reach -`.',
    ],
    example: {
      manifest:
        'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\npatches:\n  - patch: |-\n      kind: Service\n',
    },
    readOn: ['kustomize'],
  },
  'ignored-after-document-end': {
    about:
      '`...` ends a document; what follows, up to the next `---`, is none of kubectl’s business. Objects below it are never applied.',
    look: [{ command: DRY_RUN, shows: 'The objects before the line, and not those after it.' }],
    mend: ['Replace the line `...` by `---`.'],
    example: {
      manifest:
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, namespace: shop}\n...\napiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\n',
    },
    readOn: ['yaml'],
  },
  'unknown-field': {
    about:
      'A typing error in a field’s name is not refused by every way to a cluster: the value is dropped without a word, and the default holds.',
    look: [
      { command: `${DRY_RUN} --validate=strict`, shows: '`strict decoding error: unknown field "spec.…"`.' },
      { command: 'kubectl explain sidecars.networking.istio.io.spec', shows: 'The fields that there are.' },
    ],
    mend: [
      'Correct the spelling: field names are in camelCase.',
      'Move the field to where it belongs: indentation decides.',
    ],
    example: {
      manifest:
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: default, namespace: shop}\nspec:\n  egres:\n    - hosts: ['./*']\n",
    },
    readOn: ['field-validation', 'sidecar'],
  },
  'selector-mismatch': {
    about:
      'A Deployment, StatefulSet, DaemonSet or ReplicaSet has to select the pods that it makes. The API server refuses it otherwise.',
    look: [{ command: DRY_RUN, shows: '`selector` does not match template `labels`.' }],
    mend: [
      'Give the pod template the labels that the selector names.',
      'A selector cannot be changed in place: delete the workload, or make a new one beside it.',
    ],
    example: {
      manifest:
        'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: cart, namespace: shop}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: cart}}\n    spec: {containers: [{name: app, image: cart}]}\n',
    },
    readOn: ['selectors'],
  },
  'admission-warning': {
    about: 'The object takes effect. What istiod warns about is often a line that does nothing.',
    look: [
      { command: DRY_RUN, shows: 'A line `Warning: …` before the object’s name.' },
      { command: 'istioctl validate -f FILE', shows: 'The same warning, without a cluster.' },
    ],
    mend: ['Follow the warning, or leave the object as it is.'],
    example: {
      manifest:
        "apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: default, namespace: shop}\nspec:\n  workloadSelector: {labels: {}}\n  egress:\n    - hosts: ['./*']\n",
    },
    readOn: ['validation-problems'],
  },
} as const satisfies Partial<Record<DiagnosticCode, Page>>;
