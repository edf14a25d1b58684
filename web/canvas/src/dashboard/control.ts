/**
 * What an operator did, and what became of it. A control never pretends: sent is not done. Its state is what the flow
 * says back; until that comes it says "sent", and when something else comes it says so.
 */
import { useEffect, useRef, useState } from "react";
import { post } from "../api/client";
import type { Widget } from "../api/types";
import { reason } from "../live/inject";
import { useLink } from "../live/link";
import { same } from "../model/same";
import { useMay } from "../store/session";
import { readsKey } from "./pages";
import { useShown } from "./shown";

/** Milliseconds within which the flow should have said what came of it. */
const ANSWER_WITHIN = 3000;

export type Outcome =
  | { kind: "idle" }
  | { kind: "sending"; value: unknown }
  /** The flow has it, and has not said yet what came of it. */
  | { kind: "sent"; value: unknown }
  | { kind: "taken"; value: unknown }
  /** The flow made something else of it. */
  | { kind: "other"; value: unknown }
  /** Nothing came back. */
  | { kind: "silent"; value: unknown }
  | { kind: "refused"; reason: string };

/** What a display shows, as far as a control is interested. */
interface Read {
  value: unknown;
  quality?: string;
  time?: number;
}

export interface Control {
  /** What is really set; undefined: nobody says. */
  real: unknown;
  /** Whether a display says what is really set. */
  reads: boolean;
  /** Sent last, by whoever, when no display says what came of it. */
  lastSent: { value: unknown; at: number } | null;
  outcome: Outcome;
  /** Why nothing can be done now; null: it can. */
  barred: "role" | "link" | null;
  operate(value: unknown): Promise<void>;
}

/** `sends` is what the flow will be sent for a value, where it is known and another one. */
export function useControl(widget: Widget, sends: (value: unknown) => unknown = (value) => value): Control {
  const key = readsKey(widget);
  const read = useShown<Read>(key);
  const own = useShown<{ sent: unknown; time: number }>(`${widget.flow}/${widget.node}`);
  const may = useMay("operator", widget.flow);
  const lost = useLink((link) => link.state === "lost");
  const [outcome, setOutcome] = useState<Outcome>({ kind: "idle" });
  const before = useRef<Read | null>(null);

  const newest = useRef(read);
  newest.current = read;
  const { kind } = outcome;
  const wanted = "value" in outcome ? outcome.value : undefined;
  useEffect(() => {
    if (key === null || read === null) return;
    const here = same(read.value, wanted);
    if (here && (kind === "sent" || kind === "other" || kind === "silent")) setOutcome({ kind: "taken", value: wanted });
    if (!here && kind === "taken") setOutcome({ kind: "idle" }); // someone else has set it since
    if (!here && kind === "silent" && read !== before.current) setOutcome({ kind: "other", value: wanted }); // it came late
  }, [kind, key, read, wanted]);
  useEffect(() => {
    if (kind !== "sent" || key === null) return;
    const timer = setTimeout(() => {
      const came = before.current !== newest.current && newest.current !== null;
      setOutcome({ kind: came ? "other" : "silent", value: wanted });
    }, ANSWER_WITHIN);
    return () => clearTimeout(timer);
  }, [kind, key, wanted]);

  return {
    real: read?.quality === "bad" ? undefined : read?.value,
    reads: key !== null,
    lastSent: own === null ? null : { value: own.sent, at: own.time },
    outcome,
    barred: !may ? "role" : lost ? "link" : null,
    operate: async (value) => {
      before.current = read;
      setOutcome({ kind: "sending", value: sends(value) });
      try {
        await post("/api/dashboard/operate", { flow: widget.flow, node: widget.node, value });
        setOutcome({ kind: "sent", value: sends(value) });
      } catch (error) {
        setOutcome({ kind: "refused", reason: reason(error) });
      }
    },
  };
}
