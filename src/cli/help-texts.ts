/** What `--help` says below the options of each command. */
export const EXAMPLES = {
  program: `
Exit codes:
  diff, pr, upgrade and drift: 0 the gate passes, 1 it fails, 2 undetermined
  fix: 0 nothing that fails is left, 1 something is, 2 undetermined
  config check, contracts and doctor: 0 all is right, 1 it is not
  verify: 0 equal, 1 different, 2 undetermined
  other commands: 0
  64 wrong usage, 70 internal error

Examples:
  egress-scope diff            what this branch changes
  egress-scope diff main       the working tree against main
  egress-scope reach k8s/      every verdict in a folder
  egress-scope help explain    more about a command`,
  reach: `
PATH is a folder, a file, a git revision, or - for standard input. Several paths
are read as one tree.

Examples:
  egress-scope reach k8s/
  egress-scope reach mesh/ apps/ --format json
  egress-scope reach rev:main --path 'k8s/**'
  egress-scope reach k8s/ --istio-version 1.28 --probe api.example.com:443/tls
  kubectl get ns,svc,deploy,sidecars -A -o yaml | egress-scope reach -`,
  diff: `
Each side is a folder, a file, a git revision, or - for standard input. A path
wins over a revision of the same name; rev:NAME is always a revision. AFTER is the
working tree unless given; BEFORE is where HEAD left the default branch.

Exit codes: 0 the gate passes, 1 it fails, 2 undetermined.

Examples:
  egress-scope diff
  egress-scope diff main --path 'clusters/prod/**'
  egress-scope diff v1.4 HEAD --repo ../manifests
  egress-scope diff examples/bookinfo/before examples/bookinfo/after
  egress-scope diff before.yaml after.yaml --format markdown --fail-on warning`,
  fix: `
Prints, as a unified patch for git apply, the smallest edits that were found to mend
what fails or warns. Each was tried on the whole mesh. The sides are named as for
diff. With --write, the files of AFTER are edited, and what is left is looked at
again; AFTER must be the working tree, or a folder or file.

Exit codes: 0 nothing that fails is left, 1 something is, 2 undetermined.

Examples:
  egress-scope fix | git apply
  egress-scope fix main --write
  egress-scope fix examples/bookinfo/before examples/bookinfo/after`,
  audit: `
Lists, workload by workload, the calls that manifests name and that are broken or
go past the mesh, each with the decision that makes it so and whose it is; and the
contracts of the configuration that are broken. A pull request is never judged by
this: only by what it makes worse.

Exit codes: as for reach. With --fail-on: 1 where something is broken (failure), or
also where something goes past the mesh (warning); 2 undetermined.

Examples:
  egress-scope audit k8s/
  egress-scope audit . --config .github/egress-scope.yml --fail-on failure
  egress-scope audit rev:main --format json`,
  contracts: `
Holds the contracts of a configuration file against manifests, and lists which calls
each is about. Without --config, it is .github/egress-scope.yml.

Exit codes: 0 all are kept, 1 one is broken, 2 undetermined.

Examples:
  egress-scope contracts
  egress-scope contracts k8s/ --config examples/egress-scope.yml
  egress-scope contracts rev:main --format json`,
  upgrade: `
Compares the answers that two versions of Istio give for the same manifests. Every
edge that ends otherwise is listed, with the rule of Istio that changed, and the
release that changed it.

Exit codes: 0 the gate passes, 1 it fails, 2 undetermined.

Examples:
  egress-scope upgrade k8s/ --from 1.28 --to 1.31
  egress-scope upgrade clusters/prod --to 1.31 --format html > upgrade.html`,
  endpoints: `
Prints what istioctl proxy-config endpoint would print for the workload's sidecar.

Examples:
  egress-scope endpoints examples/bookinfo/before --workload default/my-shell
  egress-scope endpoints k8s/ --workload shop/Deployment/cart --format json`,
  explain: `
Names every decision on the way of a call, each with the line that made it.

Examples:
  egress-scope explain k8s/ --from default/my-shell \\
    --to reviews.bookinfo.svc.cluster.local:9080
  egress-scope explain k8s/ --from shop/Deployment/cart --to api.example.com:443/tls`,
  verify: `
Compares what the manifests make of a workload's sidecar with what it has: egress
mode, clusters, endpoints, and where each call ends by its listeners and routes.
FILE is what istioctl proxy-config all POD -o json prints, or clusters, endpoints,
listeners and routes in its place; Envoy's config_dump?include_eds; or istiod's
/debug/sidecarz. What is not in it is not compared, and said.

With --live, a running pod of the workload is asked, by ISTIOCTL_BIN or istioctl,
else by KUBECTL_BIN or kubectl. Nothing is written.

Exit codes: 0 equal, 1 different, 2 undetermined.

Examples:
  istioctl proxy-config all deploy/cart.shop -o json |
    egress-scope verify k8s/ --workload shop/cart --proxy-config -
  egress-scope verify k8s/ --workload shop/cart --live
  egress-scope verify k8s/ --snapshot mesh.yaml --live --all 50`,
  pr: `
Reads both sides of the pull request from GitHub. GITHUB_TOKEN is the token to
use; GITHUB_API_URL is the root of the API, for GitHub Enterprise Server. Nothing
is written unless --post is given.

Without --config, .github/egress-scope.yml of the base branch holds, else that of
the owner's repository .github, as for the App. Options given here win over it.

Exit codes: 0 the gate passes, 1 it fails, 2 undetermined.

Examples:
  egress-scope pr octo-org/manifests#17
  egress-scope pr octo-org/manifests#17 --post --format json`,
  discover: `
Argo CD and Flux objects, kustomizations, charts and plain manifests are found
and rendered; what lives together is one mesh.

Examples:
  egress-scope discover
  egress-scope discover clusters/ --render
  egress-scope discover rev:main --format json`,
  recommend: `
Prints, as a unified patch for git apply, the Sidecar that imports least and keeps
every call that manifests name or contracts ask for. Each was tried in the mesh.
Where manifests do not tell all, there is no patch without --assume-complete.

Exit codes: 0 done, 2 the manifests do not tell all that the workloads call.

Examples:
  egress-scope recommend k8s/ --namespace shop | git apply
  egress-scope recommend k8s/ --workload shop/cart --snapshot mesh/snapshot.yaml`,
  drift: `
Holds the manifests against what the cluster has: a snapshot of it, or, with --live,
what kubectl tells now. Before is as the manifests would have it, after as it is.
Objects of Istio and the Gateway API that the cluster alone has count where the
manifests hold something of their namespace.

Exit codes: 0 the gate passes, 1 it fails, 2 undetermined.

Examples:
  egress-scope drift clusters/prod --live --context prod
  egress-scope drift rev:main --path 'k8s/**' --snapshot mesh/snapshot.yaml`,
  snapshot: `
Reads the cluster through kubectl, and writes what decides where calls go as YAML
that is sorted, so that it can be kept in git. Secrets are never read. KUBECTL_BIN is
the kubectl to run.

Examples:
  egress-scope snapshot --output mesh/snapshot.yaml
  egress-scope snapshot --context production --include-env --output snapshot.yaml`,
  evidence: `
Reads istio_requests_total and istio_tcp_connections_opened_total, day by day, and
writes who called what, how often and when last, as JSON that is sorted, with a line
for each edge. PROMETHEUS_TOKEN is a bearer token, NODE_EXTRA_CA_CERTS a file with
further authorities. FILE is an answer of Prometheus's API (a matrix of counters, or a
vector), Kiali's /api/namespaces/graph, or a table in CSV.

Exit codes: 0 done, 2 parts of the window could not be read.

Examples:
  egress-scope evidence --prometheus https://prometheus.example.com \
    --output mesh/traffic.json
  egress-scope evidence --prometheus http://localhost:9090 --window 7d
  egress-scope evidence requests.json connections.json > traffic.json
  egress-scope evidence calls.csv --window 30d`,
  config: `
Exit codes: 0 the file is right, 1 it is not.

Examples:
  egress-scope config check
  egress-scope config check examples/egress-scope.yml`,
  why: `
Prints how to see it in a cluster, and how to mend it.

Examples:
  egress-scope why unmeshed
  egress-scope why depends-on-age
  egress-scope why`,
  serve: `
Configured by the environment: APP_ID, PRIVATE_KEY or PRIVATE_KEY_PATH,
WEBHOOK_SECRET, HOST, PORT, METRICS_PORT, GHE_HOST, GHE_PROTOCOL, LOG_LEVEL,
DRAIN_SECONDS, RECONCILE_SECONDS, ANALYSIS_SECONDS, EVIDENCE_URLS,
EGRESS_SCOPE_REDIS_URL.

With --setup it serves pages on this machine alone that register the App on
GitHub. FILE is egress-scope.env unless given, and is never overwritten.

Examples:
  egress-scope serve --setup
  APP_ID=1 PRIVATE_KEY_PATH=key.pem WEBHOOK_SECRET=… egress-scope serve`,
  doctor: `
Takes the same variables as serve. Asks GitHub about the key, permissions,
events, webhook, deliveries and installations, and looks whether the App answers
at its public address. Nothing is changed.

Exit codes: 0 the App can work, 1 something is in its way.

Example:
  set -a; . ./egress-scope.env; set +a; egress-scope doctor`,
} as const;
