/** A part of the spec of a Deployment, as JSON: checked as one, and whole only once it is merged. */
export type PartialSpec = Readonly<Record<string, unknown>>;

/** What new Deployments of a namespace have unless they say otherwise. */
export interface DeploymentDefaults {
  readonly id: string;
  readonly namespace: string;
  readonly spec: PartialSpec;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly createdAt: Date;
  readonly modifiedAt: Date;
  readonly version: number;
}
