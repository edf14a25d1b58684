import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLink } from "../live/link";
import { useText } from "../text";
import { useSpoken } from "../text/spoken";
import { useDialogHead } from "../ui/Dialog";
import { Icon } from "../ui/Icon";
import { useMay } from "../store/session";
import { learnTheWay } from "./door";
import { MachinesPanel } from "./MachinesPanel";
import { SHAPES, stateOf } from "./state";
import { StopButton } from "./StopButton";
import { useMachines } from "./store";
import "../ui/panel.css";
import "./machines.css";

/** In the header: how the machines stand, the way to their panel, and the emergency stop, which dialogs show, too. */
export function MachinesBar(): ReactNode {
  const t = useText();
  const spoken = useSpoken();
  const machines = useMachines((state) => state.machines);
  const lost = useLink((link) => link.state === "lost");
  const [open, setOpen] = useState(false);
  const opener = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    useDialogHead.setState({ Head: StopButton });
    return () => useDialogHead.setState({ Head: null });
  }, []);
  const may = useMay("operator");
  useEffect(() => (may && !lost ? learnTheWay() : undefined), [may, lost]); // an engine that was started anew has another
  if (machines === null) return null;
  const { word, reason: said } = stateOf(machines, lost);
  const reason = spoken(said);
  const close = (): void => {
    setOpen(false);
    opener.current?.focus();
  };
  return (
    <div className="machines-bar">
      <button
        ref={opener}
        type="button"
        className={`machines-state machines-${word}`}
        title={reason === "" ? t("machines.show") : reason}
        aria-expanded={open}
        onClick={() => (open ? close() : setOpen(true))}
      >
        <Icon name={SHAPES[word]} />
        <span className="machines-words">
          <strong>{t(`machines.is-${word}`)}</strong>
          {reason !== "" && <small>{reason}</small>}
        </span>
      </button>
      <StopButton />
      <div className="only-read" role="alert">
        {(word === "stopped" || word === "tripped") && `${t(`machines.is-${word}`)}: ${reason}`}
      </div>
      {open && <MachinesPanel machines={machines} state={{ word, reason }} onClose={close} />}
    </div>
  );
}
