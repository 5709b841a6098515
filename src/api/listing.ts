import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { parseLabelSelector, selects, type LabelSelector } from '../domain/label-selector.ts';
import type { Page } from '../ports/store.ts';
import { ruled } from '../schema/faults.ts';
import { acceptedFormat, toYaml, YAML_OUT } from './negotiation.ts';
import { Id, listOf } from './resource.ts';

/** Rows read at once; a list without a limit never holds more of them. */
const PAGE = 500;

/** The query parameters of a list that is read in pages. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 5000, description: 'How many at most. Omitted: all.' })),
  continue: Type.Optional(Type.Unsafe<string>({ ...Id, description: 'The `metadata.continue` of the page before.' })),
};

export const labelQuery = {
  labelSelector: Type.Optional(
    ruled("Kubernetes' syntax: `a=b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a`, `!a`, with commas between.", (text) => {
      try {
        parseLabelSelector(text);
        return undefined;
      } catch (error) {
        return `cannot be read ${error instanceof Error ? error.message : String(error)}`;
      }
    }),
  ),
};

/** Whether a resource has the labels that a request asks for. */
export function labelFilter(text: string | undefined): (row: { readonly labels: Readonly<Record<string, string>> }) => boolean {
  const selector: LabelSelector = parseLabelSelector(text ?? '');
  return ({ labels }) => selects(selector, labels);
}

/** What a list is made of: rows in the order of their ids, and what is shown of them. */
export interface Listing<R extends { readonly id: string }, V extends object = object> {
  readonly kind: string;
  readonly read: (page: Page) => Promise<readonly R[]>;
  readonly accepts?: (row: R) => boolean;
  readonly view: (rows: readonly R[]) => readonly V[] | Promise<readonly V[]>;
}

/** Answers with one page where the request has a limit, otherwise with everything, written as it is read. */
export async function sendList<R extends { readonly id: string }>(
  reply: FastifyReply,
  { limit, continue: after }: { limit?: number; continue?: string },
  listing: Listing<R>,
): Promise<FastifyReply> {
  const pages = acceptedPages(listing, after, limit === undefined || listing.accepts !== undefined ? PAGE : Math.min(limit + 1, PAGE));
  if (limit === undefined) return sendAll(reply, listing, pages);
  const rows: R[] = [];
  // One more than asked for, to know whether there is a next page.
  for await (const page of pages) {
    rows.push(...page);
    if (rows.length > limit) break;
  }
  const shown = rows.slice(0, limit);
  return reply.send(listOf(listing.kind, await listing.view(shown), rows.length > limit ? shown.at(-1)?.id : undefined));
}

/** Everything that a list has, page by page. */
export async function* viewsOf<R extends { readonly id: string }, V extends object>(listing: Listing<R, V>): AsyncGenerator<readonly V[]> {
  for await (const rows of acceptedPages(listing)) yield listing.view(rows);
}

/** The rows after an id that are accepted, page by page; a page may be empty. */
async function* acceptedPages<R extends { readonly id: string }>(
  { read, accepts = () => true }: Listing<R>,
  from?: string,
  limit = PAGE,
): AsyncGenerator<readonly R[]> {
  for (let after = from; ;) {
    const rows = await read({ limit, ...(after === undefined ? {} : { after }) });
    yield rows.filter(accepts);
    if (rows.length < limit) return;
    after = rows.at(-1)?.id;
  }
}

async function sendAll<R extends { readonly id: string }>(
  reply: FastifyReply,
  { kind, view }: Listing<R>,
  pages: AsyncGenerator<readonly R[]>,
): Promise<FastifyReply> {
  // Read before anything is sent: a database that is away is still an error then. What fails later breaks the connection off.
  const first = await pages.next();
  const views = async function* (): AsyncGenerator<readonly object[]> {
    if (first.done !== true) yield view(first.value);
    for await (const rows of pages) yield view(rows);
  };
  const isYaml = acceptedFormat(reply.request.headers.accept) === 'yaml';
  void reply.type(isYaml ? YAML_OUT : 'application/json; charset=utf-8');
  return reply.send(Readable.from(isYaml ? yamlOf(kind, views()) : jsonOf(kind, views())));
}

async function* jsonOf(kind: string, pages: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  const [start = '', end = ''] = JSON.stringify(listOf(kind, ['…'])).split('"…"');
  let separator = start;
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield separator + page.map((item) => JSON.stringify(item)).join(',');
    separator = ',';
  }
  yield separator === start ? start + end : end;
}

async function* yamlOf(kind: string, pages: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  const { items, ...head } = listOf(kind, []);
  yield toYaml(head);
  let isEmpty = true;
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield isEmpty ? toYaml({ items: page }) : toYaml({ items: page }).replace(/^items:\n/, '');
    isEmpty = false;
  }
  if (isEmpty) yield toYaml({ items });
}
