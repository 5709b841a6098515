/** A table by its whole name. */
export interface SqlTableName {
  readonly catalogName: string;
  readonly databaseName: string;
  readonly name: string;
}

/** A table that a script reads or writes (VVP: `status.sourceTables[]`, `sinkTables[]`). */
export interface SqlTable extends SqlTableName {
  readonly temporary: boolean;
  readonly columns: readonly SqlColumn[];
  /** Its WITH options; what may be a secret is masked. */
  readonly properties: Readonly<Record<string, string>>;
}

export interface SqlColumn {
  readonly name: string;
  /** As DESCRIBE writes it; with NOT NULL where it may not be null. */
  readonly type: string;
}

export interface SqlTables {
  readonly sources: readonly SqlTable[];
  readonly sinks: readonly SqlTable[];
}

/** The questions about one table that are under way at the gateway: their operation handles. */
export interface SqlTableQuestions extends SqlTableName {
  readonly columns: string;
  readonly definition: string;
}

/** Tables that a plan names. Each is a list: a name that is written without quotes may be read in several ways, of which one exists. */
export interface PlannedTables<Table> {
  readonly sources: readonly (readonly Table[])[];
  readonly sinks: readonly (readonly Table[])[];
}

/**
 * How far the script of a Job has come in its session. An `operation` is what is under way, by its handle; where it is missing nobody knows
 * whether it was begun, so that session is of no use any more. Handles are as good as passwords: they never leave the row.
 */
export interface SqlSession {
  readonly session: string;
  readonly stage: SqlStage;
}

export type SqlStage =
  | { readonly kind: 'opened' }
  /** Statement `index` of its definitions. */
  | { readonly kind: 'defining'; readonly index: number; readonly operation?: string }
  | { readonly kind: 'planning'; readonly operation: string; readonly recipe: PlanRecipe }
  | { readonly kind: 'describing'; readonly questions: PlannedTables<SqlTableQuestions> }
  | { readonly kind: 'submitting'; readonly operation?: string };

/** `compile`: COMPILE PLAN, which writes a file that the daemon reads; `explain`: EXPLAIN, whose names stand without quotes. */
export type PlanRecipe = 'compile' | 'explain';
