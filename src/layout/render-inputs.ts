/** Files that are read by people, or built into programs: no chart or kustomization is made of them. */
const NEVER_RENDERED =
  /(?:^|\/)(?:LICENSE|NOTICE|CODEOWNERS|Makefile|Dockerfile|OWNERS|\.gitignore|\.gitattributes|\.editorconfig|\.dockerignore)$|\.(?:md|markdown|mdx|adoc|rst|png|jpe?g|gif|webp|ico|svg|pdf|docx?|pptx?|xlsx?|drawio|puml|mp4|zip|go|mod|sum|tsx?|jsx?|mjs|cjs|vue|svelte|css|scss|less|map|py|ipynb|rb|php|java|kt|kts|scala|groovy|gradle|cs|csproj|sln|c|cc|cpp|h|hpp|rs|swift|dart|ex|exs|erl|hs|clj|tf|tfvars|hcl|bicep|proto|snap|lock)$/i;

/** Whether a change of a file could change what a chart or kustomization renders to, by its name alone. */
export function mayBeRendered(path: string): boolean {
  return !NEVER_RENDERED.test(path) || /(?:^|\/)Chart\.lock$/.test(path);
}

/** Files in YAML or JSON that belong to tools for code, by their names. */
const OF_OTHER_TOOLS =
  /(?:^|\/)(?:\.[^/]+(?:\/.*)?|(?:package(?:-lock)?|composer|[jt]sconfig(?:\.[\w-]+)?|renovate|angular|nx|turbo|vercel|firebase)\.json|(?:docker-)?compose(?:\.[\w-]+)?\.ya?ml|(?:pnpm-workspace|mkdocs|codecov)\.ya?ml)$/;

/**
 * Whether Argo CD could make something of a file that is part of no chart or kustomization, by its name alone: objects, or
 * the parameters of an ApplicationSet.
 * https://argo-cd.readthedocs.io/en/stable/user-guide/jsonnet/
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git/
 */
export function mayBeReadByArgo(path: string): boolean {
  return /\.(?:jsonnet|libsonnet)$/.test(path) || (/\.(?:json|ya?ml)$/.test(path) && !OF_OTHER_TOOLS.test(path));
}
