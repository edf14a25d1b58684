import { type ReactNode, useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import type { DebugItem } from "../api/types";
import { reason } from "../live/inject";
import { watch } from "../live/start";
import { useProject } from "../store/project";
import { NOTHING, useView } from "../store/view";
import { useText } from "../text";
import { IconButton } from "../ui/Button";
import { notify } from "../ui/notices";
import { Detail } from "./Detail";
import { type Filter, passes } from "./filter";
import { itemKey, KEPT, useDebug } from "./items";
import { ItemRow, ROW } from "./ItemRow";
import { TraceList } from "./TraceList";
import { useTrace } from "./trace";
import { VirtualList } from "./VirtualList";
import "./debug.css";

/** Messages, failures and log lines as they come. */
export function DebugPane(): ReactNode {
  const t = useText();
  const [filter, setFilter] = useState<Filter>({ scope: "all", level: "everything", text: "" });
  const [chosen, setChosen] = useState<DebugItem | null>(null);
  const { items, dropped, waiting, paused, pause, clear, load } = useDebug();
  const flow = useProject((state) => state.active);
  const nodes = useView((state) => (flow === null ? undefined : state.selections[flow])?.nodes ?? NOTHING.nodes);
  const trace = useTrace((state) => state.trace);

  useEffect(() => {
    watch({ debug: true });
    void load().catch((error: unknown) => notify("error", reason(error)));
    return () => {
      watch({ debug: false });
      useTrace.getState().clear();
    };
  }, [load]);

  const asked = useDeferredValue(filter); // typing comes before filtering
  const front = useMemo(() => ({ flow, nodes }), [flow, nodes]);
  const shown = useMemo(() => items.filter((item) => passes(item, asked, front)), [items, asked, front]);
  const row = useCallback((item: DebugItem) => <ItemRow item={item} front={flow} />, [flow]);
  return (
    <div className="debug-pane">
      <div className="debug-tools" role="toolbar" aria-label={t("debug.tools")}>
        <IconButton
          icon={paused ? "play" : "pause"}
          label={paused ? t("debug.resume") : t("debug.pause")}
          aria-pressed={paused}
          onClick={() => pause(!paused)}
        />
        <IconButton
          icon="bin"
          label={t("debug.clear")}
          onClick={() => {
            clear();
            setChosen(null);
          }}
        />
        <input
          type="search"
          className="debug-search"
          aria-label={t("debug.search")}
          placeholder={t("debug.search")}
          value={filter.text}
          onChange={(event) => setFilter({ ...filter, text: event.target.value })}
        />
        <select
          aria-label={t("debug.scope")}
          value={filter.scope}
          onChange={(event) => setFilter({ ...filter, scope: event.target.value as Filter["scope"] })}
        >
          <option value="all">{t("debug.all-flows")}</option>
          <option value="flow">{t("debug.this-flow")}</option>
          <option value="nodes">{t("debug.selected")}</option>
        </select>
        <select
          aria-label={t("debug.level")}
          value={filter.level}
          onChange={(event) => setFilter({ ...filter, level: event.target.value as Filter["level"] })}
        >
          <option value="everything">{t("debug.everything")}</option>
          <option value="values">{t("debug.values")}</option>
          <option value="log">{t("debug.log")}</option>
          <option value="troubles">{t("debug.troubles")}</option>
        </select>
      </div>
      <p className="debug-count">
        {paused ? t("debug.paused", { count: waiting }) : t("debug.shown", { shown: shown.length, kept: items.length })}
        {dropped > 0 && <strong title={t("debug.dropped-why", { kept: KEPT })}> · {t("debug.dropped", { count: dropped })}</strong>}
      </p>
      {items.length > 0 && shown.length === 0 && <p className="debug-empty">{t("debug.nothing-fits")}</p>}
      {items.length === 0 ? (
        <p className="debug-empty">{t("debug.empty")}</p>
      ) : (
        <VirtualList<DebugItem>
          items={shown}
          keyOf={itemKey}
          row={row}
          rowHeight={ROW}
          label={t("debug.list")}
          chosen={chosen === null ? null : itemKey(chosen)}
          onChoose={setChosen}
          toEnd={t("debug.to-end")}
        />
      )}
      {trace !== null ? <TraceList trace={trace} /> : chosen !== null && <Detail key={itemKey(chosen)} item={chosen} onClose={() => setChosen(null)} />}
    </div>
  );
}
