#!/usr/bin/env node
// Ends with 0 while the daemon on this machine lives: for the health checks of containers. Alive, not ready: a database that is away is no reason
// to restart the daemon.
const port = process.env.DREY_MANAGEMENT_PORT || '9081';
const isAlive = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4000) }).then(
  ({ ok }) => ok,
  () => false,
);
process.exitCode = isAlive ? 0 : 1;
