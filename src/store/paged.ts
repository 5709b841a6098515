import type { Knex } from 'knex';
import type { Page } from '../ports/store.ts';
import { toBinary } from './columns.ts';

/** The rows of a query in the order of their ids: one page of them, or all. */
export function paged<R extends object, T>(query: Knex.QueryBuilder<R, T>, page: Page | undefined): Knex.QueryBuilder<R, T> {
  void query.orderBy('id');
  if (page !== undefined) void query.limit(page.limit);
  if (page?.after !== undefined) void query.andWhere('id', '>', toBinary(page.after));
  return query;
}
