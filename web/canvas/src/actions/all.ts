/** Every action of every room, and the one way to run one: menus, keys, buttons and the command palette come here. */
import { useSyncExternalStore } from "react";
import { canvasActions } from "../canvas/actions";
import { debugActions } from "../debug/actions";
import { deployActions } from "../deploy/actions";
import { liveActions } from "../live/actions";
import { settingsActions } from "../settings/actions";
import { shellActions } from "../shell/actions";
import { useFolder } from "../store/folder";
import { useProject } from "../store/project";
import { may, maySomewhere, useSession } from "../store/session";
import { useView } from "../store/view";
import type { Action } from "./registry";

let known: Map<string, Action> | null = null;

/** All of them by id; made when first asked for, since rooms may ask for each other's. */
export function allActions(): Map<string, Action> {
  known ??= new Map([...shellActions, ...deployActions, ...settingsActions, ...canvasActions, ...liveActions, ...debugActions].map((action) => [action.id, action]));
  return known;
}

/** Whether it can be done now, by this user. */
export function canRun(action: Action): boolean {
  return mayRun(action) && (action.can?.() ?? true);
}

/** Whether the user's role lets him; whether it fits what is selected is `canRun`. */
export function mayRun(action: Action): boolean {
  const { role, anyFlow } = action;
  return role === undefined || (anyFlow ? maySomewhere(role) : may(role, useProject.getState().active));
}

/** Run an action, if it can be done now. */
export function runAction(id: string): void {
  const action = allActions().get(id);
  if (action !== undefined && canRun(action)) action.run();
}

/** An action with whether it can be done, kept up to date. */
export function useAction(id: string): { action: Action; can: boolean } | undefined {
  const action = allActions().get(id);
  const can = useSyncExternalStore(listen, () => action !== undefined && canRun(action));
  return action === undefined ? undefined : { action, can };
}

function listen(heard: () => void): () => void {
  const ends = [useProject.subscribe(heard), useView.subscribe(heard), useSession.subscribe(heard), useFolder.subscribe(heard)];
  return () => ends.forEach((end) => end());
}
