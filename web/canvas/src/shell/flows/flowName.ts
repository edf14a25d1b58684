/** What a flow may be called: a name that is free, and that lies where the user may edit. */
import { isName, LONGEST_NAME } from "../../model/ids";
import { areas, may } from "../../store/session";
import { t } from "../../text";
import { freeName, isTaken } from "./flowEdits";

/** Why a flow cannot be called that; empty: it can. */
export function nameFault(name: string): string {
  if (!isName(name)) return t("shell.bad-name", { most: LONGEST_NAME });
  if (isTaken(name)) return t("shell.taken", { name });
  return may("editor", name) ? "" : t("shell.outside-areas", { areas: areas("editor").join(", ") });
}

/** A free name near `wanted`; for who may edit in some areas only, one in the first of them. */
export function freeNameOfMine(wanted: string): string {
  const name = freeName(wanted);
  const [area] = areas("editor");
  return may("editor", name) || area === undefined ? name : freeName(area.replaceAll("*", "1"));
}
