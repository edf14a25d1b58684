/** Short notices at the edge of the page, and words for screen readers only. Nothing here ever takes the focus. */
import { create } from "zustand";

export interface Notice {
  id: number;
  level: "info" | "good" | "warning" | "error";
  text: string;
  /** Something the reader can do about it. */
  action?: { label: string; run(): void };
}

interface NoticesState {
  notices: Notice[];
  /** The last thing to be read out, with a number so that the same words can be read again. */
  spoken: { text: string; count: number };
}

const MOST_NOTICES = 5;
const STAYS = 8000;
let last = 0;

export const useNotices = create<NoticesState>()(() => ({ notices: [], spoken: { text: "", count: 0 } }));

/** Show a notice; an error, or one with an action, stays until it is dismissed. Returns its id. */
export function notify(level: Notice["level"], text: string, action?: Notice["action"]): number {
  const notice: Notice = { id: ++last, level, text, action };
  useNotices.setState({ notices: [...useNotices.getState().notices, notice].slice(-MOST_NOTICES) });
  if (level !== "error" && action === undefined) setTimeout(() => dismiss(notice.id), STAYS);
  return notice.id;
}

/** Say better what a notice says, if it is still there. */
export function reword(id: number, text: string): void {
  useNotices.setState({ notices: useNotices.getState().notices.map((notice) => (notice.id === id ? { ...notice, text } : notice)) });
}

export function dismiss(id: number): void {
  useNotices.setState({ notices: useNotices.getState().notices.filter((notice) => notice.id !== id) });
}

/** Say what an action did to those who do not see it ("Scale added, connected to Temperature"). */
export function announce(text: string): void {
  useNotices.setState({ spoken: { text, count: useNotices.getState().spoken.count + 1 } });
}
