import type { DiagnosticCode } from '../diagnostic/catalogue.js';
import type { Page } from './page.js';

const DISCOVER = 'egress-scope discover';

/** Codes of repositories, rendering, layouts, settings, snapshots, and what workloads name. */
export const SOURCE_PAGES = {
  'symlink-not-followed': {
    about:
      'A link within the tree to another manifest shows nothing new, since that is read under its own name. A link out of the tree, or to nowhere, is not followed: a change that puts one in the place of manifests is undetermined.',
    look: [{ command: 'git ls-files -s | grep ^120000', shows: 'The links of the repository.' }],
    mend: ['Commit the file itself.'],
    readOn: ['objects'],
  },
  'submodule-not-read': {
    about:
      'The other repository’s manifests belong to the mesh perhaps, and are not known. A change that puts a submodule in the place of manifests is undetermined.',
    look: [{ command: 'git submodule status', shows: 'The submodules, and the commits that they stand at.' }],
    mend: [
      'Take a snapshot of the cluster, which has what the other repository declares.',
      'Judge that repository by itself.',
    ],
    readOn: ['submodules'],
  },
  'lfs-pointer': {
    about: 'Manifests are small; LFS mostly has them by a pattern in `.gitattributes` that is too wide.',
    look: [{ command: 'git lfs ls-files', shows: 'Which files LFS has.' }],
    mend: ['Take the pattern out of `.gitattributes`, and commit the files afresh.'],
    readOn: ['git-lfs'],
  },
  'file-unreadable': {
    about: 'The system did not let the file be opened, or it is no file: a pipe, a socket, a device.',
    look: [{ command: 'ls -l FILE', shows: 'Whose it is, and who may read it.' }],
    mend: ['Make it readable for the user that runs the analysis.', 'Leave it out by `ignores`.'],
    readOn: ['objects'],
  },
  'too-much-content': {
    about: 'The limit keeps an analysis from taking all memory. What comes after it, by path, is not known.',
    look: [
      { command: 'du -ck $(git ls-files "*.yaml" "*.yml" "*.json") | sort -n | tail', shows: 'What takes the room.' },
    ],
    mend: ['Narrow the analysis: name a folder, use `--path`, or `paths` and `ignores` in the configuration.'],
    readOn: ['objects'],
  },
  'renderer-missing': {
    about: 'The rest is analysed; what the kustomization or chart would render to is not known.',
    look: [
      {
        command: 'command -v kustomize kubectl helm',
        shows: 'Where the tools are. Nothing for those that are missing.',
      },
    ],
    mend: [
      'Install the tool, or name it by `KUSTOMIZE_BIN` or `HELM_BIN`.',
      'Use the container image, which has both.',
    ],
    readOn: ['kustomize', 'helm-template'],
  },
  'rendering-refused': {
    about:
      'Nothing of a pull request is executed, and nothing is fetched that the base branch does not allow. The message says at which line what is refused.',
    look: [{ command: DISCOVER, shows: 'Which roots could not be rendered.' }],
    mend: [
      'Keep a copy of what is fetched in the repository (`helm dependency build`, and commit `charts/`).',
      'Allow the address, or `lookup` of a chart, by `allow` in the configuration.',
      'Plugins cannot be allowed: render before, and commit the output.',
    ],
    readOn: ['kustomize', 'helm-template'],
  },
  'rendering-failed': {
    about:
      'The message is the tool’s own. A change that makes it fail would make it fail for Argo CD and Flux as well.',
    look: [
      { command: 'kubectl kustomize FOLDER', shows: 'The same error.' },
      { command: 'helm template NAME CHART --values VALUES', shows: 'The same error, for a chart.' },
    ],
    mend: [
      'Correct what the tool names.',
      'Another version of the tool may be what is meant: name it by `KUSTOMIZE_BIN` or `HELM_BIN`.',
    ],
    readOn: ['kustomize', 'helm-template'],
  },
  'rendering-limit': {
    about: 'A root may take 30 seconds, 1 GiB and 32 MiB of output; all roots of one tree are limited together.',
    look: [
      {
        command: 'time helm template NAME CHART --values VALUES | wc -c',
        shows: 'How long it takes, and how much it is.',
      },
    ],
    mend: ['Look for a loop over a large range in a template.', 'Split the chart or the kustomization.'],
    readOn: ['helm-template', 'kustomize'],
  },
  'source-not-in-tree': {
    about: 'The object’s source is another repository, a chart of a registry, or a path that is not here.',
    look: [
      { command: 'argocd app manifests NAME', shows: 'What Argo CD applies for it.' },
      { command: 'flux get sources all -A', shows: 'The sources that Flux fetches.' },
    ],
    mend: [
      'Take a snapshot of the cluster: `egress-scope snapshot`.',
      'Correct the path, if it should be in this repository.',
    ],
    readOn: ['argo-cd', 'flux'],
  },
  'generator-not-known': {
    about: 'Generators of clusters, pull requests, and SCM providers ask somebody else; what they give is not in git.',
    look: [{ command: 'argocd appset get NAME -o yaml', shows: 'The Applications that it makes.' }],
    mend: ['Name the meshes and their roots in the configuration.', 'Use list, git, matrix or merge generators.'],
    readOn: ['application-set'],
  },
  'variable-without-value': {
    about:
      'Flux puts nothing in the place of a variable that has no value, unless it is strict. A host or a namespace that is empty then is wrong.',
    look: [
      {
        command: 'flux build kustomization NAME --path FOLDER',
        shows: 'The manifests with the values of the cluster.',
      },
    ],
    mend: [
      'Give the variable a default: `${name:=value}`.',
      'Set it in `postBuild.substitute`, or put the ConfigMap of `substituteFrom` into the repository.',
    ],
    readOn: ['flux'],
  },
  'configured-path-unmatched': {
    about:
      'A mesh of the configuration has a path that fits nothing. After a folder is renamed, the mesh would be empty, and nothing of it judged.',
    look: [{ command: `${DISCOVER} --config FILE`, shows: 'The meshes, with what each consists of.' }],
    mend: ['Correct the path in `meshes`. It is written from the top of the repository.'],
    readOn: ['objects'],
  },
  'contract-unmatched': {
    about:
      'A contract that is about nothing is kept whatever happens. Mostly a pattern has a slip in it, or the Service has another name by now. Of several meshes, it is said only where the contract is about nothing in each.',
    look: [
      { command: 'egress-scope contracts --config FILE', shows: 'Each contract, with the calls that it is about.' },
    ],
    mend: [
      'Correct the patterns: workloads are `namespace/name` or `namespace/Kind/name`, hosts are written in full.',
      'Add a host outside the mesh to `probes`, so that it is asked about for every workload.',
      'Remove the contract where what it was about is gone.',
    ],
    readOn: ['objects'],
  },
  'configuration-invalid': {
    about:
      'A configuration that is wrong is not used in part: on GitHub the check run fails, the command line exits with 64.',
    look: [
      { command: 'egress-scope config check FILE', shows: 'Every line that is wrong, and what was probably meant.' },
    ],
    mend: ['Correct the line. The JSON Schema in `schema/` lets an editor show it while typing.'],
    readOn: ['objects'],
  },
  'snapshot-age': {
    about:
      'What the cluster has beside the manifests is as the snapshot tells it. What was changed since is not in it.',
    look: [{ command: 'git log -1 --format=%cd -- SNAPSHOT', shows: 'When it was committed last.' }],
    mend: ['Take it afresh, and let a job do so: the file changes only where the cluster did.'],
    readOn: ['objects'],
  },
  'snapshot-too-old': {
    about: 'Every change is undetermined until the snapshot is a newer one.',
    look: [{ command: 'head SNAPSHOT', shows: 'When it was taken.' }],
    mend: [
      'Take it afresh: `egress-scope snapshot --output SNAPSHOT`.',
      'Raise `snapshotMaxAge` in the configuration.',
    ],
    readOn: ['objects'],
  },
  'evidence-stale': {
    about:
      'What was called once may still be called, so that rates go on being shown, and an edge that was seen is still `observed`. What was never seen may have come since: that weighs what it would weigh without evidence.',
    look: [{ command: 'head EVIDENCE', shows: 'When it was read, and the window that it is of.' }],
    mend: [
      'Read it afresh: `egress-scope evidence --prometheus URL --output EVIDENCE`, best in a job every night.',
      'Raise `evidence.maxAge` in the configuration.',
    ],
    readOn: ['standard-metrics'],
  },
  'evidence-incomplete': {
    about:
      'That a call was never seen is told only by evidence without gaps, of at least a day. A file of counters as they stand does not tell since when they count.',
    look: [
      { command: 'head EVIDENCE', shows: 'The window, and how many of its parts could not be read or hold nothing.' },
      {
        command: 'promtool query series URL --match istio_requests_total',
        shows: 'Whether Prometheus has the metric.',
      },
    ],
    mend: ['Read it afresh with a window that Prometheus keeps: `egress-scope evidence --window 7d`.'],
    readOn: ['standard-metrics'],
  },
  'evidence-unusable': {
    about:
      'Evidence only adds to what manifests tell. Where it cannot be had, every change is judged as without it, which is never more lenient.',
    look: [
      { command: 'git show BASE:EVIDENCE', shows: 'The file, as the base branch has it; no other is judged by.' },
      { command: 'curl -I URL', shows: 'Whether the address answers. The App asks only what `EVIDENCE_URLS` allows.' },
    ],
    mend: [
      'Correct `evidence` in the configuration of the base branch.',
      'Write the file with `egress-scope evidence`; one that was edited by hand may be wrong.',
    ],
    readOn: ['standard-metrics'],
  },
  'differs-in-cluster': {
    about:
      'Only what decides where calls go is compared, without what an API server fills in. Somebody may have edited the object by hand, or a controller may have; or the manifests were not applied since they changed.',
    look: [
      { command: 'kubectl diff -f FILE', shows: 'Everything that differs.' },
      {
        command: 'kubectl get KIND NAME -n NAMESPACE -o yaml --show-managed-fields',
        shows: 'Who wrote which field, and when.',
      },
    ],
    mend: ['Apply the manifests again.', 'Write into the manifests what was changed by hand.'],
    readOn: ['objects'],
  },
  'not-in-cluster': {
    about:
      'The object was not applied, was refused, was deleted by hand, or has gone by itself, as a Job with a time to live does.',
    look: [{ command: 'kubectl get KIND NAME -n NAMESPACE', shows: 'Whether it is there now.' }],
    mend: ['Apply the manifests again, and read what the cluster answers.'],
    readOn: ['objects'],
  },
  'not-in-manifests': {
    about:
      'Objects of Istio and of the Gateway API are looked at, in namespaces of which the manifests hold something. What a controller makes for itself counts too.',
    look: [
      { command: 'kubectl get KIND NAME -n NAMESPACE -o yaml --show-managed-fields', shows: 'Who made it, and when.' },
    ],
    mend: ['Take it into the manifests.', 'Remove it from the cluster.'],
    readOn: ['objects'],
  },
  'reference-port-not-served': {
    about:
      'The name resolves, but nothing listens at the port that the manifest names: the call is not in the mesh, and mostly times out.',
    look: [
      {
        command: 'kubectl get service NAME -n NAMESPACE -o jsonpath={.spec.ports}',
        shows: 'The ports that the Service has; `port` is what callers use, not `targetPort`.',
      },
    ],
    mend: ['Name a port that the Service or ServiceEntry has, or add the port there.'],
    example: {
      manifest:
        'apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\nspec: {selector: {app: cart}, ports: [{name: http, port: 80}]}\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: app, image: web, env: [{name: CART, value: "http://cart:8080"}]}]}\n',
    },
    readOn: ['service'],
  },
  'configmap-not-found': {
    about:
      'What the workload names there is not known, so that its need of any destination is `unknown` and weighs more.',
    look: [{ command: 'kubectl get configmap NAME -n NAMESPACE', shows: 'Whether the cluster has it from elsewhere.' }],
    mend: ['Put the ConfigMap into the manifests.', 'Mark the reference `optional: true`, if it need not be there.'],
    example: {
      manifest:
        'apiVersion: v1\nkind: Pod\nmetadata: {name: web, namespace: shop}\nspec: {containers: [{name: app, image: web, envFrom: [{configMapRef: {name: settings}}]}]}\n',
    },
    readOn: ['configmap'],
  },
  'too-many-references': {
    about:
      'A list of thousands of addresses is mostly data: a block list, a route table. Each edge of the workload counts as perhaps needed.',
    look: [{ command: 'kubectl get pod POD -o yaml | grep -c "://"', shows: 'How many addresses its manifest names.' }],
    mend: [
      'Keep such lists out of the environment and arguments, or in a ConfigMap of their own that is mounted from elsewhere.',
    ],
    readOn: ['configmap'],
  },
} as const satisfies Partial<Record<DiagnosticCode, Page>>;
