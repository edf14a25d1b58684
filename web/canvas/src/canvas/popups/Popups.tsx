import type { ReactNode } from "react";
import { AddPicker } from "./AddPicker";
import { ContextMenu } from "./ContextMenu";
import { FeedbackDialog } from "../wires/FeedbackDialog";
import { NameDialog } from "./NameDialog";
import type { Popup } from "./popups";
import { ConnectPicker, DisconnectPicker } from "../wires/WirePicker";
import "./popups.css";

/** What can be open over the canvas. */
export function Popups({ popup }: { popup: Popup }): ReactNode {
  switch (popup.kind) {
    case "add":
      return <AddPicker popup={popup} />;
    case "connect":
      return <ConnectPicker popup={popup} />;
    case "disconnect":
      return <DisconnectPicker popup={popup} />;
    case "menu":
      return <ContextMenu popup={popup} />;
    case "feedback":
      return <FeedbackDialog popup={popup} />;
    case "name":
      return <NameDialog popup={popup} />;
  }
}
