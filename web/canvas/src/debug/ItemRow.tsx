import { memo, type ReactNode } from "react";
import type { DebugItem } from "../api/types";
import { moment, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Icon } from "../ui/Icon";
import { preview } from "./preview";

/** Height of a row in pixels. */
export const ROW = 44;

const ICONS = { value: "debug", info: "info", warning: "warning", error: "error" } as const;

/** One item in two lines: when and where, and what. */
export const ItemRow = memo(function ItemRow({ item, front }: { item: DebugItem; front: string | null }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  return (
    <div className={`debug-item debug-item-${item.level}`}>
      <div className="debug-where">
        <Icon name={ICONS[item.level]} size={14} />
        <span className="only-read">{t(`debug.level-${item.level}`)}</span>
        <span className="debug-node">{item.flow === front ? item.node : `${item.flow} / ${item.node}`}</span>
        {item.quality !== "good" && <span className="debug-quality">{t(`debug.quality-${item.quality}`)}</span>}
        <time>{moment(item.at)}</time>
      </div>
      <div className="debug-what mono">{item.level === "value" ? preview(item.value) : spoken(item.text)}</div>
    </div>
  );
});
