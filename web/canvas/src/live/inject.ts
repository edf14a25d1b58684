/** Give messages to running nodes. */
import { ApiError, part, post } from "../api/client";
import { t } from "../text";
import { announce, notify } from "../ui/notices";

/** Press the button of a node in the running flow. Only an operator may; the server says no to others. */
export async function pressButton(flow: string, node: string): Promise<void> {
  try {
    await post(`/api/flows/${part(flow)}/inject`, { node });
    announce(t("live.pressed", { node }));
  } catch (error) {
    notify("error", t("live.press-failed", { node, reason: reason(error) }));
  }
}

/** Give a message to an input of a node, as if a wire had brought it. Throws ApiError. */
export async function sendMessage(flow: string, node: string, port: string, message: Record<string, unknown>): Promise<void> {
  await post(`/api/flows/${part(flow)}/inject`, { node, port, message });
}

/** What went wrong, in a sentence or two. */
export function reason(error: unknown): string {
  if (error instanceof ApiError) return error.hint ? `${error.message} ${error.hint}` : error.message;
  return String(error);
}
