import type { FastifyRequest } from 'fastify';
import { DreyError } from '../domain/errors.ts';

const LOOPBACK = /^(?:(?:.+\.)?localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * A loopback address is no guard against a browser: a page from anywhere can have it send requests there, and under a name of its own that leads there
 * read the answers too. So what is asked without a token is asked by a name of this machine, and by no page of another. Throws `forbidden`.
 */
export function assertLocal({ headers: { host, origin } }: Pick<FastifyRequest, 'headers'>): void {
  const asked = host === undefined ? [] : [`http://${host}`];
  const foreign = [...asked, ...(origin === undefined ? [] : [origin])].find(
    (url) => !URL.canParse(url) || !LOOPBACK.test(new URL(url).hostname),
  );
  if (foreign === undefined) return;
  throw new DreyError(
    'forbidden',
    `while drey.auth.enabled is false only http://localhost and loopback addresses are answered, not ${foreign.slice(0, 80)}; set it to true to be asked from elsewhere`,
  );
}
