import type { ReactNode } from "react";
import type { Hop, Trace } from "../api/types";
import { jumpTo } from "../live/AlarmBanner";
import { number, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { preview } from "./preview";
import { since, useTrace } from "./trace";

const ICONS = { in: "right", out: "source", failed: "error" } as const;

/** The way of a message: each place with the value that it had there. The canvas shows the same. */
export function TraceList({ trace }: { trace: Trace }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const clear = useTrace((state) => state.clear);
  return (
    <section className="debug-detail" aria-label={t("debug.trace-title")}>
      <header>
        <h3>{t("debug.trace-title")}</h3>
        <IconButton icon="close" label={t("debug.trace-close")} onClick={clear} />
      </header>
      {trace.hops.length === 0 ? (
        <p className="debug-facts">{t("debug.trace-none")}</p>
      ) : (
        <ol className="debug-hops">
          {trace.hops.map((hop, i) => (
            <li key={i} className={`debug-hop debug-hop-${hop.what}`}>
              <button type="button" onClick={() => jumpTo(hop)}>
                <Icon name={ICONS[hop.what]} size={14} />
                <span className="debug-node">{place(hop)}</span>
                <span className="debug-ms">{t("debug.ms", { ms: number(since(trace, hop), 3) })}</span>
                <span className="debug-hop-what">
                  {t(`debug.hop-${hop.what}`)}
                  {hop.quality !== "good" && ` · ${t(`debug.quality-${hop.quality}`)}`}
                </span>
                <span className="mono debug-hop-value">{hop.what === "failed" ? spoken(hop.text) : preview(hop.value)}</span>
              </button>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}

function place({ node, port }: Hop): string {
  return port === "" ? node : `${node}.${port}`;
}
