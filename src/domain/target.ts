import { DEFAULT_NAMESPACE } from './access.ts';

/** An existing Flink session cluster, reached by its REST endpoint. */
interface SessionTargetSpec {
  readonly session: {
    readonly url: string;
    /** The REST endpoint of the SQL Gateway that submits to this cluster; without one no SQL script runs there. */
    readonly sqlGatewayUrl?: string;
    /** `file:` URI of the folder in which the JobManager archives ended jobs (its `jobmanager.archive.fs.dir`), as the daemon sees it. */
    readonly archiveDir?: string;
  };
}

/** A place that runs Jobs. The spec never changes after creation. */
export type TargetSpec = SessionTargetSpec;

/** What has to be known of a target to reach its cluster. */
export interface TargetReference {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly spec: TargetSpec;
}

/** What metrics call a target: two namespaces may have one of the same name. */
export const targetLabel = ({ namespace, name }: Pick<TargetReference, 'namespace' | 'name'>): string =>
  namespace === DEFAULT_NAMESPACE ? name : `${namespace}/${name}`;

export interface DeploymentTarget {
  readonly id: string;
  readonly namespace: string;
  readonly name: string;
  readonly spec: TargetSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** crc32 of the id: modulo the number of shards, the sweep that looks at it. */
  readonly hash: number;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly version: number;
}
