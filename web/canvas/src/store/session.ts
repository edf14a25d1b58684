/** Who is signed in. */
import { create } from "zustand";
import { get, post, request, setCsrf } from "../api/client";
import type { Session } from "../api/types";

export type Role = NonNullable<Session["role"]>;

const ORDER: Role[] = ["viewer", "operator", "editor", "admin"];

interface SessionState {
  /** null: not asked yet. */
  session: Session | null;
  load(): Promise<void>;
  signIn(name: string, password: string): Promise<void>;
  setUp(token: string, name: string, password: string): Promise<void>;
  signOut(): Promise<void>;
  /** The server no longer knows us. */
  lost(): void;
}

export const useSession = create<SessionState>()((set, now) => {
  const take = (session: Session): void => {
    setCsrf(session.csrf);
    set({ session });
  };
  return {
    session: null,
    load: async () => take(await get<Session>("/api/session")),
    signIn: async (name, password) => take(await post<Session>("/api/session", { name, password })),
    setUp: async (token, name, password) => take(await post<Session>("/api/setup", { token, name, password })),
    signOut: async () => {
      await request("DELETE", "/api/session");
      await now().load();
    },
    lost: () => {
      const { session } = now();
      if (session !== null && session.user !== "") void now().load();
    },
  };
});

/** Whether the signed-in user may do what needs a role. */
export function useMay(needed: Role): boolean {
  return useSession((state) => may(state.session?.role ?? null, needed));
}

export function may(role: Role | null, needed: Role): boolean {
  return role !== null && ORDER.indexOf(role) >= ORDER.indexOf(needed);
}
