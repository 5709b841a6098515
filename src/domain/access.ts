/** What a token may do in its namespace, each more than those before it; `admin` has no namespace, and may do everything in all of them. */
export const ROLES = ['viewer', 'editor', 'owner', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** The roles that an API token can be given. The admin is made by the configuration alone. */
export const TOKEN_ROLES = ['viewer', 'editor', 'owner'] as const;
export type TokenRole = (typeof TOKEN_ROLES)[number];

/** The least role that a request needs; `anyone`: it is answered without a token too. */
export type NeededRole = Role | 'anyone';

/** There from the first start on, and never deleted. */
export const DEFAULT_NAMESPACE = 'default';

/** Who asks. `id` tells one token from another. */
export type Caller =
  { readonly id: string; readonly role: 'admin' } | { readonly id: string; readonly role: TokenRole; readonly namespace: string };

/** VVP's binding of a role to users and groups. Drey has neither: it is kept and given back. */
export interface RoleBinding {
  readonly role: string;
  readonly members: readonly string[];
}

export interface Namespace {
  readonly name: string;
  readonly roleBindings: readonly RoleBinding[];
  readonly createdAt: Date;
}

/** A token without its secret, which is nowhere: only its SHA-256 is kept. */
export interface ApiToken {
  readonly id: string;
  readonly namespace: string;
  /** Unique in the namespace. */
  readonly name: string;
  readonly role: TokenRole;
  readonly createdAt: Date;
}

/** Whether a namespace is there for a caller at all. One that is hidden must look like one that does not exist. */
export const maySee = (caller: Caller, namespace: string): boolean => caller.role === 'admin' || caller.namespace === namespace;

/**
 * What becomes of a request for something in a namespace, or, without one, for something global. `unknown`: nobody says who asks; `hidden`: the
 * namespace is another's; `forbidden`: the role is too small.
 */
export function verdict(
  needed: NeededRole,
  caller: Caller | undefined,
  namespace: string | undefined,
): 'granted' | 'unknown' | 'hidden' | 'forbidden' {
  if (needed === 'anyone') return 'granted';
  if (caller === undefined) return 'unknown';
  if (namespace !== undefined && !maySee(caller, namespace)) return 'hidden';
  return ROLES.indexOf(caller.role) >= ROLES.indexOf(needed) ? 'granted' : 'forbidden';
}

const READ = ['GET', 'HEAD'];
const WRITE = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** The least role for what is in a namespace where nothing else is said of it; undefined: there is no rule for such a method. */
export const usualRole = (method: string): Role | undefined =>
  READ.includes(method) ? 'viewer' : WRITE.includes(method) ? 'editor' : undefined;
