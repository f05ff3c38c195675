# The App as a container:
#   docker build -t egress-scope .
#   docker run --read-only -p 3000:3000 -e APP_ID -e WEBHOOK_SECRET -e PRIVATE_KEY egress-scope
# Any image with Node 24 will do; give another registry's, or a pinned digest, with --build-arg.
ARG NODE_IMAGE=node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json app.yml LICENSE* ./
# A number, so that Kubernetes can tell that it is not root; nothing in the image belongs to it, nothing needs to be written.
USER 10001:10001
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=10s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Without a shell or npm in between, SIGTERM reaches the App itself.
CMD ["node", "dist/cli/main.js", "serve"]
