/** Who is signed in. */
import { create } from "zustand";
import { get, post, request, setCsrf } from "../api/client";
import type { Session } from "../api/types";
import { forgetSpoken } from "../text/spoken";

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
  let asked = 0;
  let taken = 0;
  /** Take the answer to a question, unless a later one has been answered already. */
  const ask = async (question: Promise<Session>, number = ++asked): Promise<void> => {
    const session = await question;
    if (number < taken) return;
    taken = number;
    setCsrf(session.csrf);
    if (now().session?.user !== session.user) forgetSpoken();
    set({ session });
  };
  return {
    session: null,
    load: () => ask(get<Session>("/api/session")),
    signIn: (name, password) => ask(post<Session>("/api/session", { name, password })),
    setUp: (token, name, password) => ask(post<Session>("/api/setup", { token, name, password })),
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

let goOn = (): void => {};

/** Say what goes on when somebody whose session has ended has signed in again; returns what ends that. */
export function whenBack(run: () => void): () => void {
  goOn = run;
  return () => (goOn = () => {});
}

/** He has. */
export function signedBack(): void {
  goOn();
}

/** Whether the signed-in user may do what needs a role: with a flow, or (without one) with what all flows share. */
export function useMay(needed: Role, flow: string | null = null): boolean {
  return useSession(() => may(needed, flow));
}

/** The same with some flow, whichever. */
export function useMaySomewhere(needed: Role): boolean {
  return useSession(() => maySomewhere(needed));
}

/** Whether the user may do what needs this role, with this flow (null: with all of them). */
export function may(needed: Role, flow: string | null = null): boolean {
  return byRole(needed) || areas(needed).some((area) => area === "*" || (flow !== null && inside(flow, area)));
}

/** Whether there is any flow with which he may. */
export function maySomewhere(needed: Role): boolean {
  return byRole(needed) || areas(needed).length > 0;
}

/** The areas of flows in which the user may do what his role alone does not let him. */
export function areas(needed: Role): string[] {
  const given = useSession.getState().session?.areas ?? [];
  return given.filter((one) => one.may !== "code" && ORDER.indexOf(one.may) >= ORDER.indexOf(needed)).map(({ area }) => area);
}

function byRole(needed: Role): boolean {
  const role = useSession.getState().session?.role ?? null;
  return role !== null && ORDER.indexOf(role) >= ORDER.indexOf(needed);
}

/** An area is a flow's name in which `*` stands for anything; no other letter of it means something to a pattern. */
function inside(flow: string, area: string): boolean {
  return new RegExp(`^${area.replaceAll("*", ".*")}$`).test(flow);
}
