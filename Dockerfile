# The daemon alone; docker-compose.yml runs it with all that it needs.

FROM node:20-bookworm-slim AS build
WORKDIR /drey
COPY package.json package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY config ./config
COPY migrations ./migrations
COPY src ./src
COPY workers ./workers
RUN npm run build && npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:20-bookworm-slim
ENV NODE_ENV=production
WORKDIR /drey
COPY --from=build /drey/node_modules ./node_modules
COPY --from=build /drey/dist ./dist
COPY package.json ./
COPY bin ./bin
COPY config/default.yaml ./config/default.yaml
# The artifact store and the cache of fetched jars.
ENV DREY_ARTIFACTS_DIRECTORY=/var/lib/drey/artifacts DREY_ARTIFACTS_CACHE_DIRECTORY=/var/lib/drey/artifact-cache
RUN mkdir -p /var/lib/drey && chown node:node /var/lib/drey
USER node
EXPOSE 8080 9081
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "bin/health.js"]
# No shell in between, so that SIGTERM arrives.
ENTRYPOINT ["node", "bin/drey.js"]
CMD ["serve"]
