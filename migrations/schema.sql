-- What the migrations make, on MariaDB 10.11. For reading; nothing runs it.

CREATE TABLE `api_tokens` (
  `id` binary(16) NOT NULL COMMENT 'UUIDv7',
  `namespace` varchar(63) NOT NULL,
  `name` varchar(63) NOT NULL,
  `role` varchar(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'viewer, editor or owner',
  `hash` binary(32) NOT NULL COMMENT 'SHA-256 of the secret, which is kept nowhere',
  `created_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `api_tokens_name` (`namespace`,`name`),
  UNIQUE KEY `api_tokens_hash` (`hash`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `artifacts` (
  `id` binary(16) NOT NULL COMMENT 'UUIDv7',
  `namespace` varchar(63) NOT NULL,
  `filename` varchar(200) NOT NULL,
  `sha256` char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the bytes; names their file in the folder of the store',
  `size` bigint(20) unsigned NOT NULL COMMENT 'bytes',
  `created_at` datetime(3) NOT NULL COMMENT 'when these bytes were uploaded under this name',
  `version` int(10) unsigned NOT NULL COMMENT 'raised by each upload of other bytes',
  PRIMARY KEY (`id`),
  UNIQUE KEY `artifacts_name` (`namespace`,`filename`),
  KEY `artifacts_sha256` (`sha256`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `deletions` (
  `id` binary(16) NOT NULL COMMENT 'of what was deleted',
  `kind` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'deployments, jobs, ...',
  `namespace` varchar(63) NOT NULL,
  `deployment_id` binary(16) DEFAULT NULL,
  `name` varchar(250) DEFAULT NULL,
  `version` int(10) unsigned NOT NULL,
  `deleted_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  KEY `deletions_at` (`deleted_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `deployment_defaults` (
  `id` binary(16) NOT NULL COMMENT 'UUIDv7',
  `namespace` varchar(63) NOT NULL,
  `spec` longtext NOT NULL COMMENT 'a part of the spec of a Deployment' CHECK (json_valid(`spec`)),
  `labels` longtext NOT NULL CHECK (json_valid(`labels`)),
  `annotations` longtext NOT NULL CHECK (json_valid(`annotations`)),
  `created_at` datetime(3) NOT NULL,
  `modified_at` datetime(3) NOT NULL,
  `version` int(10) unsigned NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
  PRIMARY KEY (`id`),
  UNIQUE KEY `deployment_defaults_namespace` (`namespace`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `deployment_targets` (
  `id` binary(16) NOT NULL COMMENT 'UUIDv7',
  `namespace` varchar(63) NOT NULL,
  `name` varchar(250) NOT NULL,
  `live` tinyint(4) DEFAULT 1 COMMENT '1, or NULL once deleted: the name is free again',
  `spec` longtext NOT NULL COMMENT 'never changed after creation' CHECK (json_valid(`spec`)),
  `labels` longtext NOT NULL CHECK (json_valid(`labels`)),
  `annotations` longtext NOT NULL CHECK (json_valid(`annotations`)),
  `hash` int(10) unsigned NOT NULL COMMENT 'crc32 of the id: modulo the number of shards, the sweep that looks at it',
  `foreign_jobs` int(10) unsigned NOT NULL DEFAULT 0 COMMENT 'alive at the last look and never made by Drey',
  `created_at` datetime(3) NOT NULL,
  `modified_at` datetime(3) NOT NULL,
  `version` int(10) unsigned NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
  PRIMARY KEY (`id`),
  UNIQUE KEY `deployment_targets_name` (`namespace`,`name`,`live`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `deployments` (
  `id` binary(16) NOT NULL COMMENT 'UUIDv7',
  `namespace` varchar(63) NOT NULL,
  `name` varchar(63) NOT NULL,
  `live` tinyint(4) DEFAULT 1 COMMENT '1, or NULL once deleted: the name is free again',
  `display_name` text DEFAULT NULL,
  `labels` longtext NOT NULL CHECK (json_valid(`labels`)),
  `annotations` longtext NOT NULL CHECK (json_valid(`annotations`)),
  `spec` longtext NOT NULL CHECK (json_valid(`spec`)),
  `defaults` longtext DEFAULT NULL COMMENT 'those that it was made with, NULL for none' CHECK (json_valid(`defaults`)),
  `template_hash` char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'canonical hash of spec.template',
  `target_id` binary(16) NOT NULL,
  `created_at` datetime(3) NOT NULL,
  `modified_at` datetime(3) NOT NULL,
  `state` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `transition_at` datetime(3) NOT NULL COMMENT 'when state changed last',
  `outcome` varchar(16) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL COMMENT 'how the last Job ended since the last act of the user',
  `failures` longtext NOT NULL COMMENT 'times of failed Jobs since the last act of the user' CHECK (json_valid(`failures`)),
  `savepoint_failures` longtext DEFAULT NULL COMMENT 'failed tries to stop with a savepoint since the last act of the user' CHECK (json_valid(`savepoint_failures`)),
  `failure` longtext DEFAULT NULL COMMENT 'why it is FAILED' CHECK (json_valid(`failure`)),
  `keeps_state` tinyint(4) DEFAULT NULL COMMENT '1 within a STATEFUL upgrade: the next Job starts from the newest state',
  `fresh_since` datetime(3) DEFAULT NULL COMMENT 'STATELESS upgrade: state of Jobs made earlier is not used',
  `event_number` int(10) unsigned NOT NULL DEFAULT 0 COMMENT 'number of the newest event',
  `due_at` datetime(3) DEFAULT NULL COMMENT 'when the deployment command has something to do',
  `deleted_at` datetime(3) DEFAULT NULL,
  `spec_version` int(10) unsigned NOT NULL COMMENT 'version that the last change of the spec made',
  `version` int(10) unsigned NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
  PRIMARY KEY (`id`),
  UNIQUE KEY `deployments_name` (`namespace`,`name`,`live`),
  KEY `deployments_due` (`due_at`),
  KEY `deployments_target` (`target_id`),
  KEY `deployments_modified` (`modified_at`,`version`,`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `events` (
  `id` binary(16) NOT NULL COMMENT 'UUIDv7',
  `namespace` varchar(63) NOT NULL,
  `deployment_id` binary(16) NOT NULL,
  `number` int(10) unsigned NOT NULL COMMENT 'gapless per Deployment, from 1',
  `job_id` binary(16) DEFAULT NULL,
  `name` varchar(80) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `message` text NOT NULL,
  `created_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`),
  UNIQUE KEY `events_number` (`deployment_id`,`number`),
  KEY `events_of_namespace` (`namespace`,`id`),
  KEY `events_of_job` (`job_id`,`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `flink_ids` (
  `flink_id` binary(16) NOT NULL,
  `job_id` binary(16) NOT NULL,
  `deployment_id` binary(16) NOT NULL,
  `target_id` binary(16) NOT NULL,
  `submitted_at` datetime(3) NOT NULL COMMENT 'when the newest submission under it was begun',
  `ended_at` datetime(3) DEFAULT NULL COMMENT 'when its Job became final',
  `stray_since` datetime(3) DEFAULT NULL COMMENT 'alive at every look since, although its Job has ended',
  `stray_due_at` datetime(3) DEFAULT NULL COMMENT 'when it is to be cancelled again',
  `forget_at` datetime(3) DEFAULT NULL COMMENT 'set when its Job is deleted',
  PRIMARY KEY (`flink_id`),
  KEY `flink_ids_deployment` (`deployment_id`,`target_id`),
  KEY `flink_ids_ended` (`ended_at`),
  KEY `flink_ids_target` (`target_id`),
  KEY `flink_ids_stray` (`stray_since`),
  KEY `flink_ids_forget` (`forget_at`),
  KEY `flink_ids_stray_due` (`stray_due_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `idempotency_keys` (
  `key_hash` binary(32) NOT NULL COMMENT 'of who sent it, the namespace and the key',
  `request_hash` binary(32) NOT NULL COMMENT 'of method, path and body',
  `resource_id` binary(16) NOT NULL COMMENT 'reserved before anything is made, so that whoever goes on makes the same',
  `location` varchar(1000) DEFAULT NULL COMMENT 'path of what was made; NULL while it is being made',
  `claimed_until` datetime(3) NOT NULL COMMENT 'until then it is being made; later another request may go on',
  `expires_at` datetime(3) NOT NULL,
  PRIMARY KEY (`key_hash`),
  KEY `idempotency_keys_expired` (`expires_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `jobs` (
  `id` binary(16) NOT NULL COMMENT 'UUIDv7; without dashes the id in Flink',
  `namespace` varchar(63) NOT NULL,
  `deployment_id` binary(16) NOT NULL,
  `deployment_name` varchar(63) NOT NULL,
  `target_id` binary(16) NOT NULL,
  `annotations` longtext NOT NULL COMMENT 'of the template' CHECK (json_valid(`annotations`)),
  `spec` longtext NOT NULL COMMENT 'never in an UPDATE' CHECK (json_valid(`spec`)),
  `spec_hash` char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'canonical hash of spec',
  `template_hash` char(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'of the template it was made from',
  `created_at` datetime(3) NOT NULL,
  `modified_at` datetime(3) NOT NULL,
  `state` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `transition_at` datetime(3) DEFAULT NULL COMMENT 'when state changed last',
  `active` tinyint(4) DEFAULT NULL COMMENT '1 until the state is final, then NULL',
  `terminate_mode` varchar(8) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL COMMENT 'how its termination counts: cancel or fail',
  `terminating_at` datetime(3) DEFAULT NULL,
  `start_deadline_at` datetime(3) NOT NULL,
  `stop_id` binary(16) DEFAULT NULL COMMENT 'the Savepoint that is to stop it',
  `submission` varchar(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'none, inDoubt, settled',
  `attempt` int(10) unsigned NOT NULL COMMENT 'submissions begun',
  `fingerprint` varchar(64) DEFAULT NULL COMMENT 'JobManager incarnation that was given it or last showed it alive',
  `submission_open_until` datetime(3) DEFAULT NULL COMMENT 'a submission without an answer may arrive until then',
  `artifact_sha256` char(64) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL,
  `sql_session` longtext DEFAULT NULL COMMENT 'of a SQL script: its session at the gateway and how far it has come there, until the session is closed' CHECK (json_valid(`sql_session`)),
  `sql_tables` longtext DEFAULT NULL COMMENT 'of a SQL script: the tables that it reads and writes; written once' CHECK (json_valid(`sql_tables`)),
  `waiting_for` text DEFAULT NULL COMMENT 'what a STARTING Job waits for, in words',
  `started_at` datetime(3) DEFAULT NULL,
  `flink_word` varchar(16) CHARACTER SET ascii COLLATE ascii_bin DEFAULT NULL COMMENT 'JobStatus of Flink, or UNKNOWN',
  `flink_started_at_ms` bigint(20) unsigned DEFAULT NULL COMMENT 'start-time of the job by Flink: a new JobManager sets it anew',
  `restarts` int(10) unsigned NOT NULL COMMENT 'lower bound, never falls',
  `restart_base` int(10) unsigned NOT NULL DEFAULT 0 COMMENT 'restarts before this JobManager began to count from zero',
  `restart_history` longtext DEFAULT NULL COMMENT 'when restarts was seen to grow in the last hour, and since when the conditions are what they are' CHECK (json_valid(`restart_history`)),
  `checkpoints_completed` int(10) unsigned DEFAULT NULL COMMENT 'since this JobManager runs it',
  `checkpoints_failed` int(10) unsigned DEFAULT NULL,
  `checkpoint_path` varchar(1000) DEFAULT NULL COMMENT 'of the last completed checkpoint',
  `checkpoint_at` datetime(3) DEFAULT NULL COMMENT 'when it was first seen',
  `unreachable` text DEFAULT NULL COMMENT 'why Flink could not be asked at the last look',
  `reach_changed_at` datetime(3) DEFAULT NULL COMMENT 'when that began or ended',
  `missing_fingerprint` varchar(64) DEFAULT NULL COMMENT 'JobManager whose look-up did not find it',
  `missing_since` datetime(3) DEFAULT NULL,
  `observed_at` datetime(3) NOT NULL COMMENT 'when the observation began that the row speaks of',
  `failure` longtext DEFAULT NULL CHECK (json_valid(`failure`)),
  `evidence` longtext DEFAULT NULL COMMENT 'what was seen when it moved last' CHECK (json_valid(`evidence`)),
  `set_aside` longtext DEFAULT NULL COMMENT 'why its command is left alone for a while' CHECK (json_valid(`set_aside`)),
  `terminated_at` datetime(3) DEFAULT NULL,
  `released_at` datetime(3) DEFAULT NULL COMMENT 'when nothing of a final Job was left to do',
  `due_at` datetime(3) DEFAULT NULL COMMENT 'when its command has something to do',
  `version` int(10) unsigned NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
  PRIMARY KEY (`id`),
  UNIQUE KEY `jobs_one_active` (`deployment_id`,`active`),
  KEY `jobs_of_target` (`target_id`,`active`),
  KEY `jobs_due` (`due_at`),
  KEY `jobs_of_namespace` (`namespace`,`id`),
  KEY `jobs_ended` (`deployment_id`,`active`,`terminated_at`),
  KEY `jobs_terminated` (`terminated_at`),
  KEY `jobs_of_state` (`state`,`terminated_at`),
  KEY `jobs_unreleased` (`deployment_id`,`released_at`),
  KEY `jobs_modified` (`modified_at`,`version`,`created_at`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `namespaces` (
  `name` varchar(63) NOT NULL COMMENT 'what all other tables call it',
  `role_bindings` longtext NOT NULL COMMENT 'kept for the clients of VVP, without effect' CHECK (json_valid(`role_bindings`)),
  `created_at` datetime(3) NOT NULL,
  `version` int(10) unsigned NOT NULL,
  PRIMARY KEY (`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `regime` (
  `id` tinyint(4) NOT NULL COMMENT 'always 1',
  `settings` longtext NOT NULL COMMENT 'intervals, shards and retention, as of the daemon that was started last' CHECK (json_valid(`settings`)),
  `declared_at` datetime(3) NOT NULL,
  PRIMARY KEY (`id`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `savepoints` (
  `id` binary(16) NOT NULL COMMENT 'UUIDv7; without dashes the trigger id',
  `namespace` varchar(63) NOT NULL,
  `deployment_id` binary(16) NOT NULL,
  `job_id` binary(16) DEFAULT NULL COMMENT 'NULL: copied from elsewhere',
  `job_made_at` datetime(3) NOT NULL COMMENT 'when that Job was made: tells state from before a STATELESS upgrade',
  `target_id` binary(16) NOT NULL,
  `origin` varchar(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `annotations` longtext NOT NULL CHECK (json_valid(`annotations`)),
  `state` varchar(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  `directory` text DEFAULT NULL COMMENT 'its own; written before Flink is asked',
  `triggered_at` datetime(3) DEFAULT NULL COMMENT 'when Flink was about to be asked first',
  `location` text DEFAULT NULL,
  `state_at` datetime(3) DEFAULT NULL COMMENT 'orders the snapshots of a Deployment',
  `taken_at` datetime(3) DEFAULT NULL COMMENT 'of a retained checkpoint: when it was first seen',
  `failure` longtext DEFAULT NULL CHECK (json_valid(`failure`)),
  `evidence` longtext DEFAULT NULL COMMENT 'what was seen when it became final' CHECK (json_valid(`evidence`)),
  `created_at` datetime(3) NOT NULL,
  `modified_at` datetime(3) NOT NULL,
  `ended_at` datetime(3) DEFAULT NULL COMMENT 'when it became final',
  `deleted_at` datetime(3) DEFAULT NULL COMMENT 'hidden since then, while its files are deleted',
  `due_at` datetime(3) DEFAULT NULL COMMENT 'when the savepoint command has something to do',
  `version` int(10) unsigned NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
  PRIMARY KEY (`id`),
  KEY `savepoints_due` (`due_at`),
  KEY `savepoints_modified` (`modified_at`,`version`,`created_at`),
  KEY `savepoints_of_deployment` (`deployment_id`,`state`,`state_at`),
  KEY `savepoints_of_job` (`job_id`,`state`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TABLE `secret_values` (
  `id` binary(16) NOT NULL COMMENT 'UUIDv7',
  `namespace` varchar(63) NOT NULL,
  `name` varchar(250) NOT NULL,
  `sealed` mediumtext CHARACTER SET ascii COLLATE ascii_bin NOT NULL COMMENT 'the value, encrypted for this namespace and name',
  `former` longtext NOT NULL COMMENT 'what it was before, encrypted too: Jobs that were submitted with it may tell it' CHECK (json_valid(`former`)),
  `labels` longtext NOT NULL CHECK (json_valid(`labels`)),
  `annotations` longtext NOT NULL CHECK (json_valid(`annotations`)),
  `created_at` datetime(3) NOT NULL,
  `modified_at` datetime(3) NOT NULL,
  `version` int(10) unsigned NOT NULL COMMENT 'guard of every write, resourceVersion of the API',
  PRIMARY KEY (`id`),
  UNIQUE KEY `secret_values_name` (`namespace`,`name`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;

CREATE TRIGGER jobs_spec_guard BEFORE UPDATE ON jobs FOR EACH ROW
      IF NOT (NEW.spec <=> OLD.spec AND NEW.spec_hash <=> OLD.spec_hash AND NEW.annotations <=> OLD.annotations
        AND NEW.id <=> OLD.id AND NEW.deployment_id <=> OLD.deployment_id AND NEW.target_id <=> OLD.target_id
        AND NEW.namespace <=> OLD.namespace AND NEW.deployment_name <=> OLD.deployment_name
        AND NEW.template_hash <=> OLD.template_hash AND NEW.created_at <=> OLD.created_at) THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'the spec of a Job is immutable';
      END IF;
