import { type ReactNode, useEffect, useRef } from "react";
import type { Machines } from "../api/types";
import { useMay } from "../store/session";
import { useText } from "../text";
import { useSpoken } from "../text/spoken";
import { Button, IconButton } from "../ui/Button";
import { Icon } from "../ui/Icon";
import { act } from "./acts";
import { OutputRows } from "./OutputRows";
import { type MachinesState, SHAPES } from "./state";

interface Props {
  machines: Machines;
  state: MachinesState;
  onClose(): void;
}

/** All outputs of the envelope, and what can be done with them. It lies beside the work and stops nothing of it. */
export function MachinesPanel({ machines, state: { word, reason }, onClose }: Props): ReactNode {
  const t = useText();
  const may = useMay("operator");
  const panel = useRef<HTMLElement>(null);
  useEffect(() => panel.current?.focus(), []);
  const outputs = Object.entries(machines.outputs);
  return (
    <section
      ref={panel}
      className="header-panel machines-panel"
      aria-label={t("machines.title")}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        onClose();
      }}
    >
      <header className="machines-head">
        <h2>{t("machines.title")}</h2>
        <IconButton icon="close" label={t("button.close")} onClick={onClose} />
      </header>
      <p className={`machines-summary machines-${word}`}>
        <Icon name={SHAPES[word]} size={20} />
        <span>
          <strong>{t(`machines.is-${word}`)}</strong>
          {reason !== "" && ` ${reason}`}
        </span>
      </p>
      {machines.stops.length > 0 && <Stopped machines={machines} may={may} />}
      {may && outputs.length > 0 && (
        <p className="machines-acts">
          <Button onClick={() => void act({ what: "arm" })}>{t("machines.arm-all")}</Button>
          <Button onClick={() => void act({ what: "disarm" })}>{t("machines.disarm-all")}</Button>
        </p>
      )}
      {outputs.length > 0 && (
        <table className="machines-table">
          <thead>
            <tr>
              <th scope="col">{t("machines.output")}</th>
              <th scope="col">{t("machines.value")}</th>
              <th scope="col">{t("machines.mode")}</th>
              <th scope="col">{t("machines.state")}</th>
            </tr>
          </thead>
          {outputs.map(([name, output]) => (
            <OutputRows key={name} name={name} output={output} may={may} />
          ))}
        </table>
      )}
      {machines.signed_by !== "" && <p className="machines-small">{t("machines.signed", { version: machines.version, name: machines.signed_by })}</p>}
    </section>
  );
}

/** Why the emergency stop holds, the first cause first, and the way out of it or what is in that way. */
function Stopped({ machines: { stops, no_reset }, may }: { machines: Machines; may: boolean }): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  return (
    <>
      {stops.length > 1 && (
        <ol className="machines-causes">
          {stops.map((cause) => (
            <li key={cause}>{spoken(cause)}</li>
          ))}
        </ol>
      )}
      {no_reset !== "" && <p id="machines-no-reset">{t("machines.no-reset", { reason: spoken(no_reset) })}</p>}
      {may && (
        <p className="machines-acts">
          <Button
            disabled={no_reset !== ""}
            aria-describedby={no_reset === "" ? undefined : "machines-no-reset"}
            onClick={() => void act({ what: "reset-stop" })}
          >
            {t("machines.reset-stop")}
          </Button>
        </p>
      )}
    </>
  );
}
