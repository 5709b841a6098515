interface ClusterPlan {
  readonly restPort: number;
  readonly rpcPort: number;
  readonly gatewayPort: number;
  readonly slots: number;
  /** Absolute; holds the cluster's files. */
  readonly workFolder: string;
}

/** Folders under the work folder that Flink expects to be there. */
export const workFolders = ['conf', 'checkpoints', 'savepoints', 'archive', 'tmp', 'upload'];

/** The config.yaml of a small session cluster whose processes are plain `java` children of ours. */
export function configYaml(plan: ClusterPlan): string {
  // A JSON string is a YAML string, whatever a path may hold.
  const lines = Object.entries(settings(plan)).map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`);
  return lines.join('');
}

function settings({ restPort, rpcPort, gatewayPort, slots, workFolder }: ClusterPlan): Readonly<Record<string, string | number>> {
  return {
    'jobmanager.rpc.address': 'localhost',
    'jobmanager.rpc.port': rpcPort,
    'jobmanager.bind-host': 'localhost',
    'taskmanager.host': 'localhost',
    'taskmanager.bind-host': 'localhost',
    'rest.address': 'localhost',
    'rest.bind-address': 'localhost',
    'rest.port': restPort,
    'sql-gateway.endpoint.rest.address': 'localhost',
    'sql-gateway.endpoint.rest.bind-address': 'localhost',
    'sql-gateway.endpoint.rest.port': gatewayPort,
    'web.tmpdir': `${workFolder}/tmp`,
    'web.upload.dir': `${workFolder}/upload`, // uploaded jars outlive the JobManager
    'io.tmp.dirs': `${workFolder}/tmp`,
    'blob.storage.directory': `${workFolder}/tmp`,
    'execution.checkpointing.dir': `file://${workFolder}/checkpoints`,
    'execution.checkpointing.savepoint-dir': `file://${workFolder}/savepoints`,
    'execution.checkpointing.externalized-checkpoint-retention': 'RETAIN_ON_CANCELLATION', // by default a SIGTERM of the JobManager deletes the last one
    'execution.checkpointing.num-retained': 5, // of a job's own configuration Flink ignores it
    'jobmanager.archive.fs.dir': `file://${workFolder}/archive`,
    'parallelism.default': 1,
    // Lost and returned processes are noticed within seconds; the defaults (10 s, 50 s, 10 s, 10 s, 10 s, 3 s) make one wait.
    'heartbeat.interval': 1000,
    'heartbeat.timeout': 5000,
    'cluster.registration.error-delay': 500,
    'taskmanager.slot.timeout': '3 s',
    'metrics.fetcher.update-interval': 1000,
    'web.refresh-interval': 500,
    // All explicit: Flink's own start scripts would compute them, `java` alone does not.
    'taskmanager.numberOfTaskSlots': slots,
    'taskmanager.cpu.cores': slots,
    'taskmanager.memory.framework.heap.size': '64m',
    'taskmanager.memory.framework.off-heap.size': '32m',
    'taskmanager.memory.task.heap.size': '192m',
    'taskmanager.memory.task.off-heap.size': '0m',
    'taskmanager.memory.network.min': '32m',
    'taskmanager.memory.network.max': '32m',
    'taskmanager.memory.managed.size': '32m',
    'taskmanager.memory.jvm-metaspace.size': '192m',
    'taskmanager.memory.jvm-overhead.min': '64m',
    'taskmanager.memory.jvm-overhead.max': '64m',
  };
}
