import type { ReactNode } from "react";
import type { Part, Parts } from "../api/types";
import { useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { jump } from "./jump";
import { RunningHours } from "./RunningHours";
import { SHAPES } from "./states";

/** All about one part: its dates, what was said of it, what hangs on it, what to do. */
export function PartDetail({ part, today, onEntered }: { part: Part; today: string; onEntered(found: Parts): void }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  return (
    <dl className="parts-detail">
      {part.todo !== "" && <dt>{t("parts.todo")}</dt>}
      {part.todo !== "" && <dd className="parts-todo">{spoken(part.todo)}</dd>}
      {part.dates.length > 0 && <dt>{t("parts.dates")}</dt>}
      {part.dates.map((due) => (
        <dd key={due.what} className={`parts-state parts-${due.state}`}>
          <Icon name={SHAPES[due.state]} size={16} />
          {t(`parts.what-${due.what}`)} {due.day} ({t(due.days < 0 ? "parts.ago" : "parts.in", { count: Math.abs(due.days) })}){due.why !== "" && `: ${spoken(due.why)}`}
        </dd>
      ))}
      {part.notices.length > 0 && <dt>{t("parts.said")}</dt>}
      {part.notices.map((notice) => (
        <dd key={`${notice.id} ${notice.kind}`}>
          <strong>{notice.id}</strong> {notice.title}
          {notice.score > 0 && ` (CVSS ${notice.score})`}
          <span className="parts-remedy">{notice.remedy}</span>
        </dd>
      ))}
      {part.buy !== "" && <dt>{t("parts.buy")}</dt>}
      {part.buy !== "" && <dd>{spoken(part.buy)}</dd>}
      {part.replace !== "" && <dt>{t("parts.replace")}</dt>}
      {part.replace !== "" && <dd>{spoken(part.replace)}</dd>}
      {part.migrate !== "" && (
        <dd>
          {t("parts.migrate")} <code>{part.migrate}</code>
        </dd>
      )}
      <dt>{t("parts.hours")}</dt>
      <dd>
        <RunningHours part={part} today={today} onEntered={onEntered} />
      </dd>
      {part.tags.length > 0 && <dt>{t("parts.tags")}</dt>}
      {part.tags.length > 0 && <dd>{part.tags.join(", ")}</dd>}
      {part.outputs.length > 0 && <dt>{t("parts.stops")}</dt>}
      {part.outputs.map(({ flow, node, device, direct }) => (
        <dd key={`${flow}/${node}`}>
          <Button look="quiet" onClick={() => jump(flow, node)}>
            {flow} / {node}
          </Button>
          {device} {!direct && t("parts.depends")}
        </dd>
      ))}
    </dl>
  );
}
