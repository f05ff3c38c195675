/** What `--help` says below the options of each command. */
export const EXAMPLES = {
  program: `
Exit codes:
  diff and pr: 0 the gate passes, 1 it fails, 2 undetermined; other commands: 0
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
  pr: `
Reads both sides of the pull request from GitHub. GITHUB_TOKEN is the token to
use; GITHUB_API_URL is the root of the API, for GitHub Enterprise Server. Nothing
is written unless --post is given.

Exit codes: 0 the gate passes, 1 it fails, 2 undetermined.

Examples:
  egress-scope pr octo-org/manifests#17
  egress-scope pr octo-org/manifests#17 --post --format json`,
  config: `
Exit codes: 0 the file is right, 1 it is not.

Examples:
  egress-scope config check
  egress-scope config check examples/egress-scope.yml`,
  serve: `
Configured by the environment: APP_ID, PRIVATE_KEY or PRIVATE_KEY_PATH,
WEBHOOK_SECRET, HOST, PORT, GHE_HOST, GHE_PROTOCOL, LOG_LEVEL.

Example:
  APP_ID=1 PRIVATE_KEY_PATH=key.pem WEBHOOK_SECRET=… egress-scope serve`,
} as const;
