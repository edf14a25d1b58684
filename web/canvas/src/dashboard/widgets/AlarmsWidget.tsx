import { type ReactNode, useState } from "react";
import { AlarmRow as PlantAlarm } from "../../alarms/AlarmRow";
import { useAlarms } from "../../alarms/store";
import type { Fault, Widget } from "../../api/types";
import { acknowledge, faultKey, useFaults } from "../../live/faults";
import { reason } from "../../live/inject";
import { useMay } from "../../store/session";
import { moment, useText } from "../../text";
import { useSpoken } from "../../text/spoken";
import { Icon } from "../../ui/Icon";
import { notify } from "../../ui/notices";
import { figure } from "../figure";
import { useShown } from "../shown";
import "../../alarms/alarms.css";
import "./alarms.css";

interface Alarm {
  alarm: string;
  area: string;
  state: "active" | "cleared";
  priority: "high" | "medium" | "low";
  text: string;
  value: unknown;
  since: number;
  until?: number;
}

interface AlarmsShown {
  alarms: Alarm[];
  cleared: Alarm[];
}

/** What stands, what is in trouble, and what was: the most urgent first. */
export function AlarmsWidget({ widget }: { widget: Widget }): ReactNode {
  const t = useText();
  const shown = useShown<AlarmsShown>(`${widget.flow}/${widget.node}`);
  const all = useFaults((state) => state.faults);
  const faults = widget.options["faults"] === false ? [] : all;
  const plant = useAlarms((state) => state.alarms);
  const guard = widget.options["faults"] === false ? [] : (plant?.alarms ?? []).filter(({ name, aside }) => aside === "" && name.startsWith("guard:"));
  const may = useMay("operator");
  const alarms = shown?.alarms ?? [];
  const cleared = shown?.cleared ?? [];
  return (
    <div className="dash-scroll" tabIndex={0} role="group" aria-label={widget.title}>
      {alarms.length === 0 && faults.length === 0 && guard.length === 0 && (
        <p className="dash-all-well">
          <Icon name="check" />
          {t("dashboard.no-alarms")}
        </p>
      )}
      <ul className="dash-alarms">
        {guard.map((alarm) => (
          <PlantAlarm key={alarm.name} alarm={alarm} may={may} />
        ))}
        {alarms.map((alarm) => (
          <AlarmRow key={`${alarm.area}/${alarm.alarm}`} alarm={alarm} />
        ))}
        {faults.map((fault) => (
          <FaultRow key={`${faultKey(fault)} ${fault.since}`} fault={fault} />
        ))}
        {cleared.map((alarm) => (
          <AlarmRow key={`${alarm.area}/${alarm.alarm} ${alarm.since}`} alarm={alarm} />
        ))}
      </ul>
    </div>
  );
}

function AlarmRow({ alarm }: { alarm: Alarm }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const stands = alarm.state === "active";
  return (
    <li className={`dash-alarm ${stands ? `dash-alarm-${alarm.priority}` : "dash-alarm-over"}`}>
      <Icon name={!stands ? "check" : alarm.priority === "high" ? "error" : "warning"} size={20} />
      <div>
        <strong>{[alarm.area, alarm.alarm].filter(Boolean).map(spoken).join(": ")}</strong>
        {alarm.value !== null && alarm.value !== undefined && <span> ({figure(alarm.value, null)})</span>}
        {stands && alarm.text !== "" && <p>{spoken(alarm.text)}</p>}
        <p className="dash-when">
          {stands
            ? `${t(`dashboard.priority-${alarm.priority}`)} · ${t("live.since", { time: moment(alarm.since) })}`
            : t("dashboard.over", { from: moment(alarm.since), until: moment(alarm.until ?? alarm.since) })}
        </p>
      </div>
    </li>
  );
}

function FaultRow({ fault }: { fault: Fault }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const may = useMay("operator");
  const [busy, setBusy] = useState(false);
  const seen = fault.acknowledged_by !== "";
  const run = async (): Promise<void> => {
    setBusy(true);
    await acknowledge([fault]).catch((error: unknown) => notify("error", reason(error)));
    setBusy(false);
  };
  return (
    <li className={`dash-alarm ${!fault.active ? "dash-alarm-over" : fault.level === "error" ? "dash-alarm-high" : "dash-alarm-medium"}`}>
      <Icon name={fault.level} size={20} />
      <div>
        <strong>
          {[fault.flow, fault.node].filter(Boolean).join(": ")}
        </strong>
        <p>{spoken(fault.text)}</p>
        <p className="dash-when">
          {t("dashboard.fault")} · {t("live.since", { time: moment(fault.since) })}
          {!fault.active && ` · ${t("live.gone")}`}
          {seen && ` · ${t("live.seen-by", { name: fault.acknowledged_by, time: moment(fault.acknowledged_at) })}`}
        </p>
      </div>
      {!seen && (
        <button type="button" className="button dash-touch" disabled={!may || busy} title={may ? undefined : t("live.needs-operator")} onClick={() => void run()}>
          {t("live.acknowledge")}
        </button>
      )}
    </li>
  );
}
