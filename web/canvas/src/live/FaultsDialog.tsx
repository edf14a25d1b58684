import type { ReactNode } from "react";
import type { Fault } from "../api/types";
import { moment, useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { AcknowledgeButton, jumpTo } from "./AlarmBanner";
import { faultKey, type PastFault, unacknowledged, useFaults } from "./faults";

/** All faults, and those that have gone since this page was opened. */
export function FaultsDialog({ onClose }: { onClose(): void }): ReactNode {
  const t = useText();
  const { faults, past } = useFaults();
  const waiting = unacknowledged(faults);
  return (
    <Dialog
      wide
      title={t("live.faults")}
      onClose={onClose}
      actions={<AcknowledgeButton faults={waiting} label={t("live.acknowledge-all")} />}
    >
      {faults.length === 0 ? <p>{t("live.no-faults")}</p> : <List faults={faults} />}
      {past.length > 0 && (
        <>
          <h3 className="live-past">{t("live.past-faults")}</h3>
          <List faults={past} />
        </>
      )}
    </Dialog>
  );
}

function List({ faults }: { faults: readonly (Fault | PastFault)[] }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  return (
    <ul className="live-faults">
      {faults.map((fault) => (
        <li key={`${faultKey(fault)} ${fault.since}`} className={`live-fault live-fault-${"until" in fault ? "past" : fault.level}`}>
          <Icon name={fault.level} size={18} />
          <div>
            <strong>{[fault.flow, fault.node].filter(Boolean).join(" / ")}</strong>
            <p>{spoken(fault.text)}</p>
            <p className="live-help">
              {t(`live.level-${fault.level}`)} · {t("live.since", { time: moment(fault.since) })}
              {"until" in fault && ` · ${t("live.until", { time: moment(fault.until) })}`}
              {!("until" in fault) && !fault.active && ` · ${t("live.gone")}`}
              {fault.acknowledged_by !== "" && ` · ${t("live.seen-by", { name: fault.acknowledged_by, time: moment(fault.acknowledged_at) })}`}
            </p>
          </div>
          {!("until" in fault) && (
            <span className="live-fault-actions">
              <Button look="quiet" onClick={() => jumpTo(fault)}>
                {t("live.show")}
              </Button>
              {fault.acknowledged_by === "" && <AcknowledgeButton faults={[fault]} />}
            </span>
          )}
        </li>
      ))}
    </ul>
  );
}
