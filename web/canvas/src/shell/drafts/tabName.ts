/**
 * What this tab is called, also after it was reloaded: its drafts are kept under that name. A tab that the browser has
 * duplicated begins with the name of the other; it asks around, and takes one of its own.
 */
const KEPT = "flowengine.tab";
/** Milliseconds within which another tab has answered. */
const PATIENCE = 100;

type Said = { ask: string; who: string } | { taken: string; to: string };

const who = Math.random().toString(36).slice(2);
let name = kept() ?? who;
keep(name);

/** The name of this tab; to be relied on after `named`. */
export function tabName(): string {
  return name;
}

/** Resolves when no other tab has claimed our name. */
export const named: Promise<void> = ask();

function ask(): Promise<void> {
  if (typeof BroadcastChannel === "undefined") return Promise.resolve();
  const channel = new BroadcastChannel(KEPT);
  const say = (said: Said): void => channel.postMessage(said);
  return new Promise((done) => {
    channel.onmessage = ({ data }: MessageEvent<Said>) => {
      if ("ask" in data) {
        if (data.ask === name && data.who !== who) say({ taken: name, to: data.who });
      } else if (data.to === who && data.taken === name) {
        name = who;
        keep(name);
        done();
      }
    };
    say({ ask: name, who });
    setTimeout(done, PATIENCE);
  });
}

function kept(): string | null {
  try {
    return sessionStorage.getItem(KEPT);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function keep(value: string): void {
  try {
    sessionStorage.setItem(KEPT, value);
  } catch {
    return;
  }
}
