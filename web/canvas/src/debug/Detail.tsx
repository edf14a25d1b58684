import { type ReactNode, useState } from "react";
import type { DebugItem } from "../api/types";
import { jumpTo } from "../live/AlarmBanner";
import { reason } from "../live/inject";
import { moment, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button, IconButton } from "../ui/Button";
import { copyText } from "../ui/copyText";
import { announce, notify } from "../ui/notices";
import { JsonTree } from "./JsonTree";
import { useTrace } from "./trace";

/** One item with all that is known of it. */
export function Detail({ item, onClose }: { item: DebugItem; onClose(): void }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const root = item.property || "payload";
  const [picked, setPicked] = useState<{ path: string; value: unknown }>({ path: root, value: item.value });
  const follow = useTrace((state) => state.follow);
  const [asking, setAsking] = useState(false);

  const copy = async (text: string): Promise<void> => {
    if (await copyText(text)) announce(t("debug.copied"));
    else notify("warning", t("debug.not-copied"));
  };
  const trace = async (): Promise<void> => {
    setAsking(true);
    await follow(item.id).catch((error: unknown) => notify("error", reason(error)));
    setAsking(false);
  };
  return (
    <section className="debug-detail" aria-label={t("debug.detail")}>
      <header>
        <h3>
          {item.flow} / {item.node}
        </h3>
        <IconButton icon="close" label={t("debug.close-detail")} onClick={onClose} />
      </header>
      <p className="debug-facts">
        {moment(item.at)}
        {item.level === "value" && ` · ${t(`debug.quality-${item.quality}`)}`}
        {item.topic !== "" && ` · ${item.topic}`}
      </p>
      {item.text !== "" && <p className="debug-text">{spoken(item.text)}</p>}
      {(item.level === "value" || item.value !== null) && (
        <JsonTree value={item.value} path={root} label={t("debug.value")} onPick={(path, value) => setPicked({ path, value })} />
      )}
      {item.cut && <p className="debug-facts">{t("debug.cut")}</p>}
      <div className="debug-actions">
        <Button icon="search" onClick={() => jumpTo(item)}>
          {t("debug.jump")}
        </Button>
        {item.id !== "" && (
          <Button icon="trace" disabled={asking} onClick={() => void trace()}>
            {t("debug.trace")}
          </Button>
        )}
        <Button icon="copy" onClick={() => void copy(text(picked.value))}>
          {t("debug.copy-value")}
        </Button>
        <Button icon="copy" title={picked.path} onClick={() => void copy(picked.path)}>
          {t("debug.copy-path")}
        </Button>
      </div>
    </section>
  );
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}
