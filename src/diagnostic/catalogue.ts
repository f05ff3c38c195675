import type { DiagnosticSeverity } from './diagnostic.js';

interface CatalogueEntry {
  readonly severity: DiagnosticSeverity;
  /** What it means, in one sentence. */
  readonly meaning: string;
  /** What the reader can do about it. */
  readonly advice: string;
}

/** Every diagnostic code there is. Codes are part of the interface: they are never reused for another meaning. */
export const CATALOGUE = {
  // --- reading manifests (kubernetes/)
  'yaml-syntax': {
    severity: 'error',
    meaning: 'A document is not valid YAML; none of its objects was read.',
    advice: 'Correct the syntax at the line named.',
  },
  'duplicate-key': {
    severity: 'warning',
    meaning: 'A map holds one key twice; the last value was read, as an API server reads it without strict validation.',
    advice: 'Remove one of the two: kubectl refuses the object when it validates strictly.',
  },
  'unknown-alias': {
    severity: 'error',
    meaning:
      'A YAML alias names no anchor, or stands inside its own anchor; none of the objects of its document was read.',
    advice: 'Define the anchor before the alias, in the same document, or write the value out.',
  },
  'alias-bomb': {
    severity: 'error',
    meaning: 'YAML aliases expand to a multiple of the document that no cluster would accept; it was not read.',
    advice: 'Write the values out, or split the document.',
  },
  'nesting-too-deep': {
    severity: 'error',
    meaning: 'A document is nested more deeply than any Kubernetes object; it was not read.',
    advice: 'Check that the file is what it should be, and flatten it.',
  },
  'document-too-large': {
    severity: 'error',
    meaning: 'A document is larger than what is read; none of its objects was.',
    advice: 'Split the document into smaller ones, or keep data of this size out of the manifests.',
  },
  'file-too-large': {
    severity: 'error',
    meaning: 'A file is larger than what is read; none of its objects was.',
    advice: 'Split the file into smaller ones.',
  },
  'empty-file': {
    severity: 'info',
    meaning: 'A file that is named like a manifest is empty.',
    advice: 'Remove the file unless something else needs it.',
  },
  'binary-file': {
    severity: 'error',
    meaning: 'A file that is named like a manifest is not text.',
    advice: 'Rename the file, or save it as UTF-8 text.',
  },
  'invalid-encoding': {
    severity: 'error',
    meaning: 'A document holds bytes that are not UTF-8; none of its objects was read.',
    advice: 'Save the file as UTF-8.',
  },
  'helm-template': {
    severity: 'error',
    meaning: 'A file is the template of a Helm chart; what it renders to depends on values that are not known here.',
    advice: 'Render the chart first, with `helm template`, and give the output.',
  },
  'foreign-syntax': {
    severity: 'info',
    meaning: 'A file is not valid YAML, and nothing in it looks like a Kubernetes object; it was left out.',
    advice: 'Correct the file if it is meant for Kubernetes.',
  },
  'not-an-object': {
    severity: 'error',
    meaning: 'A document names an apiVersion or a kind, but is no Kubernetes object.',
    advice: 'Give every object both an apiVersion and a kind, and write each as a map.',
  },
  'wrong-type': {
    severity: 'error',
    meaning: 'A field that every Kubernetes object shares holds a value of a type that the API server refuses.',
    advice: 'Correct the value; where text is wanted, put numbers and booleans into quotes.',
  },
  'missing-name': {
    severity: 'error',
    meaning: 'An object has no metadata.name, so it cannot be told from others and was left out.',
    advice: 'Give the object a name; kubectl apply refuses it without one, even with generateName.',
  },
  'duplicate-object': {
    severity: 'warning',
    meaning: 'Two objects have one identity; the last one in the order of the paths counts, as with kubectl apply.',
    advice: 'Remove one of the two, or give them different names.',
  },
  'kustomize-patches': {
    severity: 'warning',
    meaning: 'A kustomization patches its resources; they were read as they are without its patches.',
    advice: 'Build it first, with `kubectl kustomize`, and give the output.',
  },
  'ignored-after-document-end': {
    severity: 'warning',
    meaning: 'Text follows the end of a document that `...` marks; kubectl never reads it.',
    advice: 'Separate documents with a line `---`.',
  },
  // --- the mesh (istio/)
  'several-mesh-configs': {
    severity: 'warning',
    meaning: 'The manifests hold more than one mesh configuration; one of them was not used.',
    advice: 'Analyse the manifests of one mesh (one revision) at a time.',
  },
  'mesh-config-unreadable': {
    severity: 'error',
    meaning: "The mesh configuration's text could not be read; Istio's defaults were assumed.",
    advice: 'Correct the YAML inside the ConfigMap.',
  },
  'mesh-config-mode-unknown': {
    severity: 'error',
    meaning: 'The mesh configuration names an outbound traffic policy that Istio does not know.',
    advice: 'Use ALLOW_ANY or REGISTRY_ONLY.',
  },
  'unknown-istio-version': {
    severity: 'warning',
    meaning: 'The Istio version is not one whose behaviour is known; the nearest known one was used.',
    advice: 'Name a known version, or update egress-scope.',
  },
  'several-istio-versions': {
    severity: 'warning',
    meaning: 'The manifests show more than one Istio version; the lowest was used.',
    advice: 'Name the version to judge by.',
  },
  'undeclared-namespace': {
    severity: 'info',
    meaning: 'Workloads stand in a namespace that the manifests do not declare; whether it is injected was assumed.',
    advice: 'Add the Namespace object with its labels, or choose the assumption with --injection-default.',
  },
  'missing-revision': {
    severity: 'warning',
    meaning: 'Pods are labelled for a revision of Istio that the manifests do not install, though they show another.',
    advice: 'Add what installs the revision (its istiod, mesh ConfigMap or webhook), or correct the label.',
  },
  'unknown-address': {
    severity: 'warning',
    meaning: 'A traffic annotation names address ranges, and the addresses of Services are not in the manifests.',
    advice: 'Check by hand whether the ranges hold the cluster’s Service addresses; they were taken to.',
  },
  // --- what a change says to no effect, or does without an edge that differs
  'sidecar-without-workloads': {
    severity: 'warning',
    meaning: 'A Sidecar that the change adds stands in a namespace without workloads that is not the root namespace.',
    advice: 'Correct its namespace; where its workloads live elsewhere, leave it.',
  },
  'annotation-without-effect': {
    severity: 'warning',
    meaning: 'The change puts an annotation for the sidecar on what makes pods, and not on the pods.',
    advice: 'Move the annotation to the pod template.',
  },
  'served-elsewhere': {
    severity: 'warning',
    meaning: 'Several namespaces have one host name, and after the change another of them serves it.',
    advice: 'Name the namespace in the Sidecar’s host lines, or give one of the two another host name.',
  },
  'telemetry-not-imported': {
    severity: 'warning',
    meaning: 'After the change a proxy does not know the service that it has to send traces or logs to.',
    advice: 'Add the service to the hosts of the Sidecar that governs.',
  },

  // --- what is not modelled
  'envoy-filter': {
    severity: 'warning',
    meaning: 'An EnvoyFilter rewrites proxies in ways that are not modelled.',
    advice: 'Check the named workloads by hand, with istioctl proxy-config.',
  },
  'ambient-namespace': {
    severity: 'warning',
    meaning: 'A namespace is in ambient mode, which is not modelled.',
    advice: 'Do not rely on the answers for its workloads.',
  },
  waypoint: {
    severity: 'warning',
    meaning: 'A waypoint takes part in routing, which is not modelled.',
    advice: 'Do not rely on the answers for calls that it takes.',
  },
  'mesh-route-ignored': {
    severity: 'warning',
    meaning: 'A Gateway API route for a Service is of a kind that this version of Istio does not look at.',
    advice: 'Use an HTTPRoute or a VirtualService, or check that the support is turned on.',
  },
  'istiod-flag': {
    severity: 'warning',
    meaning:
      'A flag that changes what proxies are sent, and that is not modelled, is among those istiod is started with.',
    advice: 'Leave the flag at its default, or check the calls by hand.',
  },
  knative: {
    severity: 'warning',
    meaning: 'A Knative object makes workloads and routes that are not in the manifests.',
    advice: 'Check by hand what Knative makes of it.',
  },
  'dns-capture': {
    severity: 'warning',
    meaning: 'DNS capture gives hosts addresses that are not in the manifests.',
    advice: 'Check by hand calls to ServiceEntries without an address.',
  },
  'not-rendered': {
    severity: 'info',
    meaning: 'Objects stand for manifests that a controller renders or fetches; none of those is known here.',
    advice: 'Render them first (`helm template`, `kubectl kustomize`), and give the output as well.',
  },
  'change-not-rendered': {
    severity: 'warning',
    meaning: 'The change touches an object out of which a controller renders manifests; those are not known here.',
    advice: 'Render both sides (`helm template`, `kubectl kustomize`), and compare the outputs.',
  },
  'injection-template': {
    severity: 'warning',
    meaning: 'A pod is injected by a template other than the one of sidecars, so its calls may not go through a proxy.',
    advice: 'Do not rely on the answers for calls of these workloads, or to them.',
  },
  'policy-not-modelled': {
    severity: 'info',
    meaning: 'The change touches a policy that decides who is let through, which is not modelled.',
    advice: 'Review the policy by hand: the verdicts say where calls go, not whether they are allowed.',
  },
  // --- comparing (reachability/)
  'depends-on-age': {
    severity: 'warning',
    meaning: 'The answer rests on which object is older, and Git does not carry ages.',
    advice: 'Make the objects disjoint, so that applying everything afresh gives the same answer.',
  },
  'host-matches-nothing': {
    severity: 'warning',
    meaning: 'An object that the change adds or edits names a host that nothing in the mesh has.',
    advice:
      "Correct the host: a Sidecar's line is the namespace where the Service or ServiceEntry lives, `/`, and its whole host name.",
  },
  'selector-matches-nothing': {
    severity: 'warning',
    meaning: 'An object that the change adds or edits selects labels that no workload of its namespace has.',
    advice: 'Correct the labels: they are those of the pods (`spec.template.metadata.labels`), not of the Deployment.',
  },
  'sidecar-without-effect': {
    severity: 'warning',
    meaning:
      'A Sidecar that the change adds or edits governs none of the workloads that it is for, or not all of them.',
    advice: 'Make one Sidecar of those that select the same pods, or give them selectors that exclude each other.',
  },
  // --- reading repositories (github/, source/)
  'symlink-not-followed': {
    severity: 'info',
    meaning: 'A file is a symbolic link; what it points at was not read in its place.',
    advice: 'Nothing is missing when the target lies in the repository; otherwise commit the file itself.',
  },
  'submodule-not-read': {
    severity: 'info',
    meaning: 'A folder is a submodule; the manifests of the other repository were not read.',
    advice: 'Keep in mind that what the other repository declares is unknown here.',
  },
  'lfs-pointer': {
    severity: 'error',
    meaning: 'Git holds only a pointer to a file in Git LFS; none of its objects was read.',
    advice: 'Keep manifests in git itself.',
  },
  'file-unreadable': {
    severity: 'error',
    meaning: 'A file or folder could not be opened; none of its objects was read.',
    advice: 'Make it readable for the user that runs the analysis, or leave it out.',
  },
  'too-much-content': {
    severity: 'error',
    meaning: 'The files are more than what is read in one analysis; this one was left out.',
    advice: 'Analyse a part of the tree: name a folder, or narrow the paths.',
  },
  // --- rendering (source/)
  'renderer-missing': {
    severity: 'error',
    meaning: 'A kustomization or a chart could not be rendered, because the tool that renders it was not found.',
    advice:
      'Install it (https://kubectl.docs.kubernetes.io/installation/kustomize or kubectl, https://helm.sh/docs/intro/install), or name it by KUSTOMIZE_BIN or HELM_BIN.',
  },
  'rendering-refused': {
    severity: 'error',
    meaning: 'A kustomization or a chart reaches out of the repository, or runs programs; it was not rendered.',
    advice:
      'Keep a copy of what it names in the repository, and name the folder that holds all of it. Addresses and `lookup` can be allowed, by `allow` in the configuration of the base branch; programs cannot.',
  },
  'rendering-failed': {
    severity: 'error',
    meaning: 'A kustomization or a chart could not be rendered; none of its objects is known.',
    advice: 'Correct what the tool names; the same command fails for everybody.',
  },
  'rendering-limit': {
    severity: 'error',
    meaning: 'Rendering took more time, memory or output than it may, and was stopped; none of the objects is known.',
    advice: 'Look for a template that loops, or split the chart or the kustomization.',
  },
  // --- layouts (layout/)
  'source-not-in-tree': {
    severity: 'warning',
    meaning: 'An Argo CD or Flux object has something applied that is not in this repository.',
    advice: 'Keep in mind that what it adds is unknown here; a snapshot of the mesh can make up for it.',
  },
  'generator-not-known': {
    severity: 'warning',
    meaning: 'An ApplicationSet makes Applications in a way that is not understood; none of these was followed.',
    advice: 'Use list, git, matrix or merge generators, or name the meshes in the configuration.',
  },
  'variable-without-value': {
    severity: 'warning',
    meaning: 'A Flux substitution names a variable that has no value in this repository; it was left empty.',
    advice: 'Give the variable a default (`${name:=value}`), or a value in postBuild.',
  },
  'configured-path-unmatched': {
    severity: 'warning',
    meaning:
      'A path or root that the configuration gives a mesh is not in this tree; nothing of the mesh comes from it.',
    advice: 'Correct the path in `meshes`, or remove it. Paths are written from the top of the repository.',
  },
  // --- configuration (policy/)
  'configuration-invalid': {
    severity: 'error',
    meaning: 'A setting of the configuration file is unknown or has a value that it cannot have.',
    advice: 'Correct the setting at the line named; nothing is guessed from a configuration that is wrong.',
  },
  'contract-unmatched': {
    severity: 'warning',
    meaning: 'A contract of the configuration fits no call of the manifests, so it keeps nothing from happening.',
    advice:
      'Correct its patterns: workloads are namespace/name or namespace/Kind/name, hosts are fully qualified. A host outside the mesh has to be among the `probes`, or be named by a workload.',
  },
  // --- what the cluster has beside the manifests (snapshot/)
  'snapshot-age': {
    severity: 'info',
    meaning: 'What the manifests do not hold was taken from a snapshot of the cluster, and is as old as that.',
    advice: 'Take the snapshot afresh, with `egress-scope snapshot`, when the cluster has changed since.',
  },
  'snapshot-too-old': {
    severity: 'error',
    meaning: 'The snapshot of the cluster is older than the configuration lets it be.',
    advice: 'Take the snapshot afresh, with `egress-scope snapshot`, or raise snapshotMaxAge.',
  },

  // --- which calls the running mesh has counted (evidence/)
  'evidence-stale': {
    severity: 'warning',
    meaning:
      'The traffic evidence is so old that what it does not show may be called by now; nothing weighs less by it.',
    advice: 'Read it afresh, with `egress-scope evidence`, or raise evidence.maxAge.',
  },
  'evidence-incomplete': {
    severity: 'warning',
    meaning:
      'The traffic evidence has gaps, or is of too short a time to tell what is never called; nothing weighs less by it.',
    advice: 'Read it afresh, with `egress-scope evidence` and a window of some days.',
  },
  'evidence-unusable': {
    severity: 'warning',
    meaning: 'The traffic evidence that the configuration names cannot be had; what changes is judged without it.',
    advice: 'Put the file where the configuration names it, or have the App reach the address.',
  },
  'differs-in-cluster': {
    severity: 'warning',
    meaning: 'An object in the cluster is not as the manifests have it, in what decides where calls go.',
    advice: 'Apply the manifests again, or write into them what was changed by hand.',
  },
  'not-in-cluster': {
    severity: 'warning',
    meaning: 'An object of the manifests is not in the cluster.',
    advice: 'Find out why it was not applied, or who removed it.',
  },
  'not-in-manifests': {
    severity: 'warning',
    meaning:
      'The cluster has an object that steers calls in a namespace of the manifests, and the manifests do not have it.',
    advice: 'Take it into the manifests, or remove it from the cluster.',
  },
  // --- what workloads name (reachability/)
  'reference-port-not-served': {
    severity: 'warning',
    meaning: 'A workload names a host of the mesh with a port that this host does not serve.',
    advice: 'Name a port that the Service or ServiceEntry has, or add the port there.',
  },
  'configmap-not-found': {
    severity: 'info',
    meaning: 'A workload reads a ConfigMap that is not in the manifests, so what it names there is not known.',
    advice:
      'Include the ConfigMap in the manifests that are read, or mark the reference optional if it need not exist.',
  },
  'too-many-references': {
    severity: 'warning',
    meaning: 'A workload names more destinations than are looked at one by one; any edge of it may be needed.',
    advice: 'Check whether the ConfigMap that holds them really is the configuration of this workload.',
  },

  // --- admission (istio/admission/)
  'unknown-field': {
    severity: 'warning',
    meaning: 'An object has a field that its kind does not know; a cluster drops it, so it has no effect.',
    advice:
      'Correct the spelling (field names are in camelCase), or remove the field; kubectl refuses it when it validates strictly.',
  },
  'selector-mismatch': {
    severity: 'warning',
    meaning: 'The selector of a workload does not match the labels of its own pods; a cluster refuses it.',
    advice: 'Change the labels of the template or the selector (which cannot be changed in place).',
  },
  'admission-warning': {
    severity: 'info',
    meaning: "Istio's validating webhook admits the object, but warns about it.",
    advice: 'Follow the warning, or leave it: the object takes effect as it is.',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type DiagnosticCode = keyof typeof CATALOGUE;
