import { type ReactNode, useState } from "react";
import { may, useSession } from "../store/session";
import { useView } from "../store/view";
import { useProject } from "../store/project";
import { moment, useText } from "../text";
import { useSpoken } from "../text/spoken";
import type { Fault } from "../api/types";
import { Button } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { notify } from "../ui/notices";
import { acknowledge, unacknowledged, useFaults } from "./faults";
import { reason } from "./inject";
import "./live.css";

/** Faults that someone should look at, over the canvas: it pushes nothing. Once seen it is only a small mark. */
export function AlarmBanner(): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const faults = useFaults((state) => state.faults);
  const openDialog = useView((state) => state.openDialog);
  const waiting = unacknowledged(faults);
  const first = waiting[0];
  return (
    <>
      <FreshErrors />
      {first ? (
        <section className={`live-banner live-banner-${first.active ? first.level : "over"}`} aria-label={t("live.faults")}>
          <Icon name={first.level} size={20} />
          <p>
            <strong>{[first.flow, first.node].filter(Boolean).join(" / ")}</strong>{" "}
            <span>{first.active ? spoken(first.text) : t("live.was", { text: spoken(first.text) })}</span>{" "}
            <time>{t("live.since", { time: moment(first.since) })}</time>
          </p>
          <Button look="quiet" onClick={() => jumpTo(first)}>
            {t("live.show")}
          </Button>
          <AcknowledgeButton faults={[first]} />
          {faults.length > 1 && (
            <Button look="quiet" onClick={() => openDialog("faults")}>
              {t("live.all-faults", { count: faults.length })}
            </Button>
          )}
        </section>
      ) : (
        faults.length > 0 && (
          <button type="button" className="live-seen" onClick={() => openDialog("faults")}>
            <Icon name={faults.some(({ level }) => level === "error") ? "error" : "warning"} />
            {t("live.seen-faults", { count: faults.length })}
          </button>
        )
      )}
    </>
  );
}

/** Read out at once, but only what is new: the only thing that may interrupt a reader. */
function FreshErrors(): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const fresh = useFaults((state) => state.fresh);
  return (
    <div className="only-read" role="alert">
      {(fresh ?? []).slice(0, 3).map((fault) => (
        <p key={`${fault.flow}/${fault.node}/${fault.since}`}>{t("live.fresh", { flow: fault.flow, node: fault.node, text: spoken(fault.text) })}</p>
      ))}
    </div>
  );
}

/** Says that someone has seen those which he may acknowledge; where there is none, the reason stands on the button. */
export function AcknowledgeButton({ faults, label }: { faults: readonly Fault[]; label?: string }): ReactNode {
  const t = useText();
  useSession();
  const own = faults.filter(({ flow }) => may("operator", flow));
  const [busy, setBusy] = useState(false);
  const run = async (): Promise<void> => {
    setBusy(true);
    await acknowledge(own).catch((error: unknown) => notify("error", reason(error)));
    setBusy(false);
  };
  return (
    <Button
      disabled={busy || own.length === 0}
      title={own.length > 0 || faults.length === 0 ? undefined : t("live.needs-operator")}
      onClick={() => void run()}
    >
      {label ?? t("live.acknowledge")}
    </Button>
  );
}

/** Bring a node into view, on the tab of its flow; inside a subflow it is the node that uses the subflow. */
export function jumpTo({ flow, node }: { flow: string; node: string }): void {
  const outer = node.split("/")[0] ?? node;
  useProject.getState().show(flow);
  useView.getState().closeDialog();
  useView.getState().select(flow, { nodes: [outer] });
  useView.getState().find(flow, outer);
}
