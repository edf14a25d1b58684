/** The roles that a user can have, the least first. */
import type { Role } from "../store/session";

export const ROLES: Role[] = ["viewer", "operator", "editor", "admin"];
