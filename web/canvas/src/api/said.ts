/** What went wrong, as a sentence to be shown. */
import { ApiError } from "./client";

/** What the server said, with what to do. */
export function said(reason: unknown): string {
  if (!(reason instanceof ApiError)) return reason instanceof Error ? reason.message : String(reason);
  const text = reason.message.charAt(0).toUpperCase() + reason.message.slice(1);
  return reason.hint ? `${text} – ${reason.hint}` : text;
}
