import type { SqlTable } from '../../src/domain/sql-session.ts';

const table = (name: string, columns: string, properties: Readonly<Record<string, string>>, more: Partial<SqlTable> = {}): SqlTable => ({
  catalogName: 'default_catalog',
  databaseName: 'default_database',
  name,
  temporary: false,
  columns: columns.split(', ').map((column) => ({ name: column.split(' ')[0]!, type: column.slice(column.indexOf(' ') + 1) })),
  properties,
  ...more,
});
const BLACKHOLE = { connector: 'blackhole' };

/** What a script reads and writes. */
export interface Tables {
  readonly sources: readonly SqlTable[];
  readonly sinks: readonly SqlTable[];
}

/** Scripts, and the tables that their Jobs tell; FOLDER stands for a folder of files. */
export const SCRIPTS: Readonly<Record<string, { readonly script: string; readonly tables: Tables }>> = {
  'datagen to blackhole': {
    script: `
      CREATE TABLE src (id BIGINT, name STRING) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
      CREATE TABLE snk (id BIGINT NOT NULL, name STRING) WITH ('connector' = 'blackhole');
      INSERT INTO snk SELECT id, name FROM src WHERE id IS NOT NULL;`,
    tables: {
      sources: [table('src', 'id BIGINT, name STRING', { connector: 'datagen', 'rows-per-second': '5' })],
      sinks: [table('snk', 'id BIGINT NOT NULL, name STRING', BLACKHOLE)],
    },
  },
  'a statement set with two sinks, of computed and metadata columns': {
    script: `
      CREATE TABLE src (id INT, double_id AS id * 2, seen AS CURRENT_TIMESTAMP) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
      CREATE TABLE files (line STRING, from_file STRING NOT NULL METADATA FROM 'file.path' VIRTUAL)
        WITH ('connector' = 'filesystem', 'path' = 'FOLDER', 'format' = 'csv');
      CREATE TABLE snk1 (id INT, seen TIMESTAMP_LTZ(3) NOT NULL) WITH ('connector' = 'blackhole', 'property-version' = '1');
      CREATE TEMPORARY TABLE snk2 (id INT) WITH ('connector' = 'blackhole');
      EXECUTE STATEMENT SET BEGIN
        INSERT INTO snk1 SELECT CASE WHEN id > 0 THEN id ELSE 0 END, seen FROM src;
        INSERT INTO snk2 SELECT CHAR_LENGTH(from_file) FROM files;
        INSERT INTO snk2 SELECT double_id FROM src;
      END;`,
    tables: {
      sources: [
        table('src', 'id INT, double_id INT, seen TIMESTAMP_LTZ(3) NOT NULL', { connector: 'datagen', 'rows-per-second': '5' }),
        table('files', 'line STRING, from_file STRING NOT NULL', { connector: 'filesystem', path: 'FOLDER', format: 'csv' }),
      ],
      sinks: [
        table('snk1', 'id INT, seen TIMESTAMP_LTZ(3) NOT NULL', { connector: 'blackhole', 'property-version': '1' }),
        table('snk2', 'id INT', BLACKHOLE, { temporary: true }),
      ],
    },
  },
  'two views, one on the other': {
    script: `
      SET 'table.exec.state.ttl' = '1 h';
      CREATE TABLE src (id INT, k INT) WITH ('connector' = 'datagen', 'rows-per-second' = '5');
      CREATE VIEW inner_view AS SELECT id, MOD(k, 3) AS k FROM src /*+ OPTIONS('rows-per-second' = '7') */;
      CREATE TEMPORARY VIEW outer_view AS SELECT a.id FROM inner_view a JOIN inner_view b ON a.k = b.k; -- a; b
      CREATE TABLE snk (id INT) WITH ('connector' = 'blackhole');
      INSERT INTO snk SELECT id FROM outer_view`,
    tables: {
      sources: [table('src', 'id INT, k INT', { connector: 'datagen', 'rows-per-second': '5' })],
      sinks: [table('snk', 'id INT', BLACKHOLE)],
    },
  },
  'a table of a catalog, a temporary one, and quoted names': {
    script: `
      CREATE CATALOG \`my catalog\` WITH ('type' = 'generic_in_memory', 'default-database' = 'd.b');
      CREATE TABLE \`my catalog\`.\`d.b\`.\`a, table;\` (\`the id, 'x'\` INT) COMMENT 'it''s' WITH ('connector' = 'datagen', 'rows-per-second' = '5');
      USE CATALOG \`my catalog\`;
      CREATE TEMPORARY TABLE \`t.\`\`x\` (i INT) WITH ('connector' = 'blackhole');
      INSERT INTO \`t.\`\`x\` SELECT \`the id, 'x'\` FROM \`a, table;\``,
    tables: {
      sources: [
        table(
          'a, table;',
          '',
          { connector: 'datagen', 'rows-per-second': '5' },
          {
            catalogName: 'my catalog',
            databaseName: 'd.b',
            columns: [{ name: "the id, 'x'", type: 'INT' }],
          },
        ),
      ],
      sinks: [table('t.`x', 'i INT', BLACKHOLE, { catalogName: 'my catalog', databaseName: 'd.b', temporary: true })],
    },
  },
};
