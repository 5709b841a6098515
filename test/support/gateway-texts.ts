import { readFileSync } from 'node:fs';
import type { Row } from '../../src/flink/gateway-client.ts';

/** What real SQL Gateways answered (`fixtures/gateway`): texts by their lines, of both versions where these differ. The frames of stack traces are left out. */
type Version = '2.3.0' | '1.20.0';
export const VERSIONS: readonly Version[] = ['2.3.0', '1.20.0'];

type OfBoth<T> = T | Readonly<Record<Version, T>>;
type Lines = readonly string[];
type Name = readonly [catalogName: string, databaseName: string, name: string];

interface PlanEntry {
  readonly name: string;
  readonly statement: string;
  readonly sources: readonly Name[];
  readonly sinks: readonly Name[];
  /** What EXPLAIN says, up to its physical plan. */
  readonly explanation: OfBoth<Lines>;
  /** Of what COMPILE PLAN writes, whatever is about tables. */
  readonly nodes: OfBoth<readonly object[]>;
}
interface TableEntry {
  readonly name: string;
  readonly create: string;
  readonly show: OfBoth<Lines>;
  readonly describe: OfBoth<readonly Row[]>;
}
interface FailureEntry {
  readonly name: string;
  readonly statement: string;
  readonly answer: OfBoth<Lines>;
}

const read = (file: string): unknown => JSON.parse(readFileSync(new URL(`../fixtures/gateway/${file}.json`, import.meta.url), 'utf8'));
const of = <T>(version: Version, value: OfBoth<T>): T =>
  typeof value === 'object' && value !== null && version in value ? (value as Readonly<Record<Version, T>>)[version] : (value as T);
const text = (version: Version, lines: OfBoth<Lines>): string => of(version, lines).join('\n');

export const gatewayPlans = (version: Version) =>
  (read('plans') as readonly PlanEntry[]).map(({ explanation, nodes, ...entry }) => ({
    ...entry,
    explanation: text(version, explanation),
    plan: JSON.stringify({ flinkVersion: version.replace(/\.0$/, ''), nodes: of(version, nodes), edges: [] }),
  }));

export const gatewayTables = (version: Version) =>
  (read('tables') as readonly TableEntry[]).map(({ show, describe, ...entry }) => ({
    ...entry,
    show: text(version, show),
    describe: of(version, describe),
  }));

export const gatewayFailures = (version: Version) =>
  (read('failures') as readonly FailureEntry[]).map(({ answer, ...entry }) => ({ ...entry, answer: text(version, answer) }));
/** What the statements of the plans and failures name. */
export const GATEWAY_SETUP: readonly string[] = [
  "CREATE TABLE src (id BIGINT, name STRING, p AS PROCTIME()) WITH ('connector' = 'datagen')",
  "CREATE TEMPORARY TABLE snk (id BIGINT, name STRING) WITH ('connector' = 'blackhole')",
  "CREATE TABLE snk2 (id BIGINT, name STRING) WITH ('connector' = 'blackhole')",
  "CREATE TABLE orders (id BIGINT, currency STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND) WITH ('connector' = 'datagen')",
  "CREATE TABLE rates (currency STRING, rate DECIMAL(10, 2), ts TIMESTAMP(3), WATERMARK FOR ts AS ts, PRIMARY KEY (currency) NOT ENFORCED) WITH ('connector' = 'datagen')",
  "CREATE CATALOG c2 WITH ('type' = 'generic_in_memory')",
  "CREATE CATALOG `c.3` WITH ('type' = 'generic_in_memory')",
  'CREATE DATABASE c2.`my.db`',
  "CREATE TABLE c2.`my.db`.`t.one` (id BIGINT, name STRING) WITH ('connector' = 'datagen')",
  "CREATE TABLE c2.`default`.`a, b` (id BIGINT, name STRING) WITH ('connector' = 'datagen')",
  "CREATE TABLE c2.`default`.`we``ird]]` (id BIGINT, name STRING) WITH ('connector' = 'datagen')",
  "CREATE TABLE c2.`default`.`s.nk, x` (id BIGINT, name STRING) WITH ('connector' = 'blackhole')",
  "CREATE TABLE `c.3`.`default`.snk (id BIGINT, name STRING) WITH ('connector' = 'blackhole')",
  'CREATE VIEW v1 AS SELECT id, name FROM src',
  'CREATE TEMPORARY VIEW v2 AS SELECT v1.id, v1.name FROM v1 JOIN orders ON v1.id = orders.id',
  "CREATE TABLE badconn (id BIGINT, name STRING) WITH ('connector' = 'kafkaa')",
  "CREATE TABLE badopt (id BIGINT, name STRING) WITH ('connector' = 'filesystem')",
  "CREATE TABLE unkopt (id BIGINT, name STRING) WITH ('connector' = 'blackhole', 'colour' = 'red')",
  "CREATE FUNCTION nocls AS 'com.no.Such'",
  "CREATE TABLE fs (n BIGINT) WITH ('connector' = 'filesystem', 'path' = 'file:///tmp/nowhere', 'format' = 'raw')",
];
