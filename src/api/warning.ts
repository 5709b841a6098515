import type { FastifyReply } from 'fastify';

/** Adds what the client should know although the request succeeded (RFC 7234 5.5: code 299). */
export function warn(reply: FastifyReply, warning: string | undefined): void {
  if (warning === undefined) return;
  void reply.header('warning', `299 - "${warning.replaceAll(/[^\x20-\x7e]/g, '?').replaceAll(/["\\]/g, '\\$&')}"`);
}
